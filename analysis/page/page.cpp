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

/// Markup of `count` figures, starting with figure `first`.
std::string images(const PageContent& content, std::size_t first, std::size_t count) {
  std::string html = "<div class=\"gallery\">\n";
  for (std::size_t i = first; i < first + count; ++i) {
    const Figure& figure = content.figures[i];
    html += fmt::format(
        "<figure><img loading=\"lazy\" src=\"data:image/svg+xml;base64,{}\" alt=\"{}\">"
        "<figcaption>{}</figcaption></figure>\n",
        base64(content.drawn[i]), escape_xml(figure.title + ". " + figure.description),
        escape_xml(figure.title));
  }
  return html + "</div>\n";
}

/// Number of figures, starting with figure `first`, that fit into the page's limits; at least one
/// if `count` is not 0.
std::size_t fitting(const PageContent& content, std::size_t first, std::size_t count) {
  std::size_t shown = 0, bytes = 0;
  while (shown < std::min(count, most_images)) {
    bytes += content.drawn[first + shown].size();
    if (shown > 0 && bytes > most_image_bytes) break;
    ++shown;
  }
  return shown;
}

std::string gallery(const PageContent& content, std::size_t first, std::size_t count) {
  const std::size_t shown = fitting(content, first, count);
  std::string html = images(content, first, shown);
  if (count > shown) {
    html +=
        fmt::format("<p class=\"note\">{} more are in the folder figures/.</p>\n", count - shown);
  }
  return html;
}

std::string tables(std::span<const Table> tables) {
  std::string html;
  for (const Table& table : tables) html += to_html(table);
  return html;
}

/// The section that precedes all others on the page of a what-if study.
std::string what_if_section(const PageContent& content) {
  if (!content.has_what_if()) return "";
  std::string html =
      fmt::format("<section aria-labelledby=\"asked\">\n<h2 id=\"asked\">{}</h2>\n", what_if_title);
  if (content.what_if_figure_count > 0) html += gallery(content, 0, content.what_if_figure_count);
  return html + tables(content.what_if_tables()) + "</section>\n";
}

std::string figures(const PageContent& content) {
  const std::size_t others = content.other_figures().size();
  if (content.figures.empty()) return "<p>Nothing could be drawn.</p>";
  return others == 0 ? "" : gallery(content, content.what_if_figure_count, others);
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
    if (name == "what-if") html.put(what_if_section(content));
    if (name == "what-if-link" && content.has_what_if()) {
      html.put(fmt::format("<a href=\"#asked\">{}</a>", what_if_title));
    }
    if (name == "tables") html.put(tables(content.other_tables()));
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
