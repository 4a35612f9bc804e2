#pragma once

#include <string>
#include <string_view>

#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// A pipe table below a heading, followed by its notes.
[[nodiscard]] std::string to_markdown(const Table& table);
/// For terminals: aligned columns, no markup, no notes.
[[nodiscard]] std::string to_text(const Table& table);
/// RFC 4180 with plain line feeds, numbers at full precision.
[[nodiscard]] std::string to_csv(const Table& table);
/// A table environment, notes included, that needs only the package booktabs.
[[nodiscard]] std::string to_latex(const Table& table);
/// A <section> with an <h3>, a <table> with marked header cells, and the notes.
[[nodiscard]] std::string to_html(const Table& table);

/// Escapes text from files for each language. Control characters are left out.
[[nodiscard]] std::string escape_markdown(std::string_view text);
[[nodiscard]] std::string escape_latex(std::string_view text);
/// Valid in SVG and in attributes in double quotes as well.
[[nodiscard]] std::string escape_xml(std::string_view text);

}  // namespace gradwire::analysis
