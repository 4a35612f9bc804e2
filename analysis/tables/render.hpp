#pragma once

#include <string>
#include <string_view>

#include "analysis/tables/table.hpp"

namespace gradwire::analysis {

/// A pipe table under a heading, its notes below.
[[nodiscard]] std::string to_markdown(const Table& table);
/// For a terminal: columns aligned, no markup, no notes.
[[nodiscard]] std::string to_text(const Table& table);
/// RFC 4180 with plain line feeds, numbers in full.
[[nodiscard]] std::string to_csv(const Table& table);
/// A table environment for the packages booktabs and (below notes) none other.
[[nodiscard]] std::string to_latex(const Table& table);
/// A <section> with an <h3>, a <table> with its header cells marked, and the notes.
[[nodiscard]] std::string to_html(const Table& table);

/// Text from files, fit for each language. What a language cannot hold (control characters) is
/// left out.
[[nodiscard]] std::string escape_markdown(std::string_view text);
[[nodiscard]] std::string escape_latex(std::string_view text);
/// Also for SVG and for attributes in double quotes.
[[nodiscard]] std::string escape_xml(std::string_view text);

}  // namespace gradwire::analysis
