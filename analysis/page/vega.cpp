#include "analysis/page/vega.hpp"

#include <array>
#include <string_view>

#include "analysis/results/json.hpp"

namespace gradwire::analysis {
namespace {

/// Modules needed to parse a specification and draw lines, areas, symbols and rectangles, each
/// after its dependencies.
constexpr std::array<std::string_view, 19> modules{
    "util",    "time",           "format",     "loader",     "dataflow",        "statistics",
    "scale",   "canvas",         "scenegraph", "expression", "selection",       "functions",
    "runtime", "event-selector", "parser",     "transforms", "view-transforms", "encode",
    "view"};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// Makes a source safe to embed in a <script> element: no text in it ends the element or makes a
/// browser request a source map.
std::string embeddable(std::string source) {
  replace_all(source, "</script", "<\\/script");
  replace_all(source, "<!--", "<\\!--");
  replace_all(source, "//# sourceMappingURL=", "// source map: ");
  return source;
}

}  // namespace

Vega read_vega(const std::filesystem::path& folder) {
  Vega vega;
  for (const std::string_view name : modules) {
    const std::filesystem::path file = folder / ("vega-" + std::string(name) + ".min.js");
    if (!std::filesystem::is_regular_file(file)) return {.missing = file.string()};
    vega.scripts += "<script>provide(\"vega-" + std::string(name) +
                    "\", function (module, exports, require) {\n" + embeddable(read_text(file)) +
                    "\n});</script>\n";
  }
  const std::filesystem::path licence = "/usr/share/doc/libjs-vega/copyright";
  if (std::filesystem::is_regular_file(licence)) vega.licence = read_text(licence);
  return vega;
}

}  // namespace gradwire::analysis
