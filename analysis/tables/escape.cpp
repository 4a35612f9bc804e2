#include <array>
#include <utility>

#include "analysis/tables/render.hpp"

namespace gradwire::analysis {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

constexpr std::array<Replacement, 5> xml{
    {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}}};
constexpr std::array<Replacement, 24> latex{{{"\\", "\\textbackslash{}"},
                                             {"{", "\\{"},
                                             {"}", "\\}"},
                                             {"$", "\\$"},
                                             {"&", "\\&"},
                                             {"#", "\\#"},
                                             {"%", "\\%"},
                                             {"_", "\\_"},
                                             {"^", "\\textasciicircum{}"},
                                             {"~", "\\textasciitilde{}"},
                                             {"<", "$<$"},
                                             {">", "$>$"},
                                             {"|", "\\textbar{}"},
                                             {"\"", "\\textquotedbl{}"},
                                             {"[", "{[}"},
                                             {"]", "{]}"},
                                             {"±", "$\\pm$"},
                                             {"–", "--"},
                                             {"×", "$\\times$"},
                                             {"≥", "$\\ge$"},
                                             {"≤", "$\\le$"},
                                             {"α", "$\\alpha$"},
                                             {"…", "\\dots{}"},
                                             {"µ", "$\\mu$"}}};
constexpr std::array<Replacement, 10> markdown{{{"\\", "\\\\"},
                                                {"|", "\\|"},
                                                {"*", "\\*"},
                                                {"_", "\\_"},
                                                {"`", "\\`"},
                                                {"[", "\\["},
                                                {"]", "\\]"},
                                                {"<", "&lt;"},
                                                {">", "&gt;"},
                                                {"&", "&amp;"}}};

template <class Replacements>
std::string replaced(std::string_view text, const Replacements& replacements) {
  std::string result;
  while (!text.empty()) {
    const Replacement* match = nullptr;
    for (const Replacement& candidate : replacements) {
      if (text.starts_with(candidate.first)) match = &candidate;
    }
    if (match != nullptr) {
      result += match->second;
      text.remove_prefix(match->first.size());
      continue;
    }
    const auto c = static_cast<unsigned char>(text.front());
    if (c >= 0x20 && c != 0x7f) result += text.front();
    if (c == '\n' || c == '\t' || c == '\r') result += ' ';
    text.remove_prefix(1);
  }
  return result;
}

}  // namespace

std::string escape_xml(std::string_view text) { return replaced(text, xml); }
std::string escape_latex(std::string_view text) { return replaced(text, latex); }
std::string escape_markdown(std::string_view text) { return replaced(text, markdown); }

}  // namespace gradwire::analysis
