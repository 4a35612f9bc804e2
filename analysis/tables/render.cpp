#include "analysis/tables/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "analysis/results/csv.hpp"

namespace gradwire::analysis {
namespace {

/// Whether a spreadsheet would evaluate a text as a formula.
bool is_formula(const std::string& cell) {
  return !cell.empty() &&
         std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos &&
         !number_in(cell);
}

/// A CSV cell, quoted if necessary. Formulas get a leading apostrophe, so that spreadsheets show
/// them as text.
std::string csv_cell(const std::string& cell) {
  const bool formula = is_formula(cell);
  if (!formula && cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string result = formula ? "\"'" : "\"";
  for (const char c : cell) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

void add_csv(std::string& line, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + csv_cell(cell);
}

/// Width in characters, not bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string to_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    widths.push_back(width_of(table.columns[i].title));
    for (const auto& row : table.rows) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  std::string text = table.title + "\n";
  const auto add = [&](std::size_t i, const std::string& cell) {
    const std::string space(widths[i] - width_of(cell), ' ');
    text += (i == 0 ? "  " : "   ") + (table.columns[i].numeric ? space + cell : cell + space);
  };
  for (std::size_t i = 0; i < widths.size(); ++i) add(i, table.columns[i].title);
  text += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) add(i, row[i].text);
    text += "\n";
  }
  return text;
}

std::string to_csv(const Table& table) {
  std::string header;
  for (const Column& column : table.columns) add_csv(header, column.csv);
  std::string text = header + "\n";
  for (const std::vector<Cell>& row : table.rows) {
    std::vector<std::string> cells;
    for (const Cell& cell : row) cells.insert(cells.end(), cell.csv.begin(), cell.csv.end());
    std::string line = csv_cell(cells.front());
    for (std::size_t i = 1; i < cells.size(); ++i) line += "," + csv_cell(cells[i]);
    text += line + "\n";
  }
  return text;
}

std::string to_markdown(const Table& table) {
  std::string text = fmt::format("### {}\n\n|", escape_markdown(table.title));
  std::string rule = "|";
  for (const Column& column : table.columns) {
    text += fmt::format(" {} |", escape_markdown(column.title));
    rule += column.numeric ? "--:|" : "---|";
  }
  text += "\n" + rule + "\n";
  for (const std::vector<Cell>& row : table.rows) {
    text += "|";
    for (const Cell& cell : row) text += fmt::format(" {} |", escape_markdown(cell.text));
    text += "\n";
  }
  for (const std::string& note : table.notes) text += "\n" + escape_markdown(note) + "\n";
  return text;
}

std::string to_latex(const Table& table) {
  std::string columns;
  for (const Column& column : table.columns) columns += column.numeric ? 'r' : 'l';
  const auto line = [&](const auto& cells, const auto& text_of) {
    std::string joined;
    for (const auto& cell : cells) {
      joined += (joined.empty() ? "    " : " & ") + escape_latex(text_of(cell));
    }
    return joined + " \\\\\n";
  };
  std::string text = fmt::format(
      "% needs \\usepackage{{booktabs}}\n\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n"
      "  \\label{{tab:{}}}\n  \\begin{{tabular}}{{{}}}\n    \\toprule\n",
      escape_latex(table.title), table.slug, columns);
  text += line(table.columns, [](const Column& column) { return column.title; });
  text += "    \\midrule\n";
  for (const std::vector<Cell>& row : table.rows) {
    text += line(row, [](const Cell& cell) { return cell.text; });
  }
  text += "    \\bottomrule\n  \\end{tabular}\n";
  for (const std::string& note : table.notes) {
    text += fmt::format("  \\par\\smallskip\\footnotesize {}\n", escape_latex(note));
  }
  return text + "\\end{table}\n";
}

std::string to_html(const Table& table) {
  const std::string id = "table-" + table.slug;
  std::string text = fmt::format(
      "<section class=\"table\">\n<h3 id=\"{0}\">{1}</h3>\n<div class=\"scroll\" tabindex=\"0\" "
      "role=\"region\" aria-labelledby=\"{0}\">\n<table aria-labelledby=\"{0}\">\n<thead><tr>",
      id, escape_xml(table.title));
  for (const Column& column : table.columns) {
    text += fmt::format("<th scope=\"col\"{}>{}</th>", column.numeric ? " class=\"n\"" : "",
                        escape_xml(column.title));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const std::vector<Cell>& row : table.rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool numeric = table.columns[i].numeric;
      text += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", escape_xml(row[i].text))
                     : fmt::format("<td{}>{}</td>", numeric ? " class=\"n\"" : "",
                                   escape_xml(row[i].text));
    }
    text += "</tr>\n";
  }
  text += "</tbody></table></div>\n";
  for (const std::string& note : table.notes) {
    text += fmt::format("<p class=\"note\">{}</p>\n", escape_xml(note));
  }
  return text + "</section>\n";
}

}  // namespace gradwire::analysis
