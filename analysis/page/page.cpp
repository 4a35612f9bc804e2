#include "analysis/page/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include "analysis/page/assets.hpp"
#include "analysis/tables/render.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_images = 40;
constexpr std::size_t most_image_bytes = 1'400'000;  // bytes of SVG; keeps the page under 3 MB

/// Replaces the marks <!--gradwire:NAME--> of a template in one pass: inserted text is not searched
/// again.
class Template {
 public:
  explicit Template(std::string_view text) : rest_(text) {}

  /// Copies the text before the next mark and returns the mark's name; empty after the last mark.
  std::string_view next() {
    constexpr std::string_view open = "<!--gradwire:", close = "-->";
    const std::size_t begin = rest_.find(open);
    result_ += rest_.substr(0, begin);
    if (begin == std::string_view::npos) return {};
    rest_.remove_prefix(begin + open.size());
    const std::string_view name = rest_.substr(0, rest_.find(close));
    rest_.remove_prefix(name.size() + close.size());
    return name;
  }
  void put(std::string_view text) { result_ += text; }
  std::string take() { return std::move(result_); }

 private:
  std::string_view rest_;
  std::string result_;
};

std::string title_of(const Results& results) {
  std::string title;
  for (const std::string& name : results.names) title += (title.empty() ? "" : ", ") + name;
  return title.empty() ? "gradwire report" : title;
}

std::string descriptions(const Results& results) {
  std::string html;
  for (const std::string& text : results.descriptions) {
    if (!text.empty()) html += "<p>" + escape_xml(text) + "</p>\n";
  }
  return html;
}

std::string notes(const std::vector<std::string>& notes) {
  if (notes.empty()) return "";
  std::string html = "<details class=\"warning\" open><summary>What to know before reading (" +
                     std::to_string(notes.size()) + ")</summary>\n<ul>\n";
  for (const std::string& note : notes) html += "<li>" + escape_xml(note) + "</li>\n";
  return html + "</ul></details>\n";
}

std::string images(const PageContent& content, Part part) {
  std::string html = "<div class=\"gallery\">\n";
  for (std::size_t i = part.first; i < part.end(); ++i) {
    const Figure& figure = content.figures[i];
    html += fmt::format(
        "<figure><img loading=\"lazy\" src=\"data:image/svg+xml;base64,{}\" alt=\"{}\">"
        "<figcaption>{}</figcaption></figure>\n",
        base64(content.drawn[i]), escape_xml(figure.title + ". " + figure.description),
        escape_xml(figure.title));
  }
  return html + "</div>\n";
}

/// Number of leading figures of `part` that fit into the page's limits; at least one if it has any.
std::size_t fitting(const PageContent& content, Part part) {
  std::size_t shown = 0, bytes = 0;
  while (shown < std::min(part.count, most_images)) {
    bytes += content.drawn[part.first + shown].size();
    if (shown > 0 && bytes > most_image_bytes) break;
    ++shown;
  }
  return shown;
}

std::string gallery(const PageContent& content, Part part) {
  if (part.count == 0) return "";
  const std::size_t shown = fitting(content, part);
  std::string html = images(content, {part.first, shown});
  if (part.count > shown) {
    html += fmt::format("<p class=\"note\">{} more are in the folder figures/.</p>\n",
                        part.count - shown);
  }
  return html;
}

std::string tables(std::span<const Table> tables) {
  std::string html;
  for (const Table& table : tables) html += to_html(table);
  return html;
}

std::string section(std::string_view id, std::string_view title, const std::string& content) {
  return fmt::format("<section aria-labelledby=\"{0}\">\n<h2 id=\"{0}\">{1}</h2>\n{2}</section>\n",
                     id, title, content);
}

/// The section that precedes all others on the page of a what-if study.
std::string what_if_section(const PageContent& content) {
  if (!content.has_what_if()) return "";
  return section("asked", what_if_title,
                 gallery(content, content.figure_sections.what_if) +
                     tables(content.tables_in(content.table_sections.what_if)));
}

std::string pays_section(const PageContent& content) {
  if (!content.has_pays()) return "";
  return section("pays", pays_title,
                 gallery(content, content.figure_sections.pays) +
                     tables(content.tables_in(content.table_sections.pays)));
}

std::string figures(const PageContent& content) {
  if (content.figures.empty()) return "<p>Nothing could be drawn.</p>";
  return gallery(content, content.figure_sections.others);
}

std::string link(std::string_view id, std::string_view title) {
  return fmt::format("<a href=\"#{}\">{}</a>\n", id, title);
}

std::string about(const Vega& vega) {
  if (vega.scripts.empty()) return "";
  return "It contains parts of Vega, by the UW Interactive Data Lab, under the BSD "
         "licence.<details>"
         "<summary>Vega’s copyright and licence</summary><pre>" +
         escape_xml(vega.licence.empty() ? "https://vega.github.io" : vega.licence) +
         "</pre></details>";
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? digits[group >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return text;
}

std::string page(const PageContent& content, const Vega& vega) {
  Template html(assets::page_html());
  for (std::string_view name = html.next(); !name.empty(); name = html.next()) {
    if (name == "title") html.put(escape_xml(title_of(content.results)));
    if (name == "css") html.put(assets::page_css());
    if (name == "descriptions") html.put(descriptions(content.results));
    if (name == "notes") html.put(notes(content.notes));
    if (name == "what-if") {
      html.put(what_if_section(content));
      if (content.has_what_if()) html.put(pays_section(content));
    }
    if (name == "pays" && !content.has_what_if()) html.put(pays_section(content));
    if (name == "first-links") {
      if (content.has_what_if()) html.put(link("asked", what_if_title));
      if (content.has_pays()) html.put(link("pays", pays_title));
    }
    if (name == "tables") html.put(tables(content.tables_in(content.table_sections.others)));
    if (name == "figures") html.put(figures(content));
    if (name == "runs") html.put(to_html(content.runs));
    if (name == "version") html.put(escape_xml(content.version));
    if (name == "vega") html.put(about(vega));
    if (name == "data") html.put(page_data(content));
    if (name == "modules") html.put(vega.scripts);
    if (name == "js") html.put(assets::page_js());
  }
  return html.take();
}

}  // namespace gradwire::analysis
