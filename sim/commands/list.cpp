#include "sim/commands/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/algorithms/methods.hpp"
#include "sim/commands/command_line.hpp"
#include "sim/commands/platform_program.hpp"
#include "sim/learn/data/catalogue.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::pair<std::string, std::string>>;

void print(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  for (const auto& [name, summary] : rows) fmt::print("{:<{}}  {}\n", name, width, summary);
}

std::string with_source(std::string_view summary, std::string_view source) {
  return source.empty() ? std::string(summary) : fmt::format("{} [{}]", summary, source);
}

/// The groups of the methods, in the order of the table.
std::vector<std::string_view> groups() {
  std::vector<std::string_view> names;
  for (const algorithms::Method& method : algorithms::methods()) {
    if (std::ranges::find(names, method.group) == names.end()) names.push_back(method.group);
  }
  return names;
}

void print_method(std::string_view name, std::string_view summary, std::size_t width) {
  fmt::print("  {:<{}}  {}\n", name, width, summary);
}

/// Each method under the heading of its group, with its source and what of it is not verified.
void print_algorithms() {
  std::size_t width = 0;
  for (const algorithms::Method& method : algorithms::methods()) {
    width = std::max(width, method.name.size());
  }
  const auto print_detail = [width](std::string_view what, std::string_view text) {
    if (!text.empty()) fmt::print("  {:<{}}  {}: {}.\n", "", width, what, text);
  };
  for (const std::string_view group : groups()) {
    fmt::print("{}:\n", group);
    for (const algorithms::Method& method : algorithms::methods()) {
      if (method.group != group) continue;
      print_method(method.name, method.summary, width);
      print_detail("Source", method.source);
      print_detail("Not verified", method.unverified);
    }
    fmt::print("\n");
  }
  fmt::print("composed:\n");
  print_method(algorithms::custom_name, "ingredients of your choice: gradwire list ingredients",
               width);
}

template <class Kind>
void add_kinds(std::string_view key, const std::vector<const Kind*>& kinds, Rows& rows) {
  for (const Kind* kind : kinds) {
    std::string parameters;
    for (const algorithms::Parameter& parameter : kind->parameters) {
      parameters += (parameters.empty() ? "; " : ", ") + std::string(key_of(parameter));
    }
    rows.emplace_back(fmt::format("{}: {}", key, kind->name),
                      with_source(kind->summary, kind->source) + parameters);
  }
}

/// The ingredients, with their parameters.
Rows ingredients() {
  Rows rows;
  add_kinds("send", algorithms::send_rules(), rows);
  add_kinds("compress", algorithms::compressors(), rows);
  add_kinds("memory", algorithms::memories(), rows);
  add_kinds("server_step", algorithms::server_steps(), rows);
  return rows;
}

Rows entries(const std::vector<learn::Entry>& known) {
  Rows rows;
  for (const learn::Entry& entry : known) rows.emplace_back(entry.name, entry.description);
  return rows;
}

/// The first sentence of the comment at the beginning of a platform file; empty without one.
std::string summary_of(const fs::path& file) {
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::size_t open = text.find("<!--");
  if (open == std::string::npos) return "";
  const std::string_view comment =
      std::string_view(text).substr(open + 4, text.find("-->", open) - open - 4);
  std::string words;
  for (const char c : comment) {
    const bool space = c == '\n' || c == ' ';
    if (!space) words += c;
    if (space && !words.empty() && words.back() != ' ') words += ' ';
    if (words.ends_with(". ")) break;
  }
  return words.substr(0, words.find_last_not_of(' ') + 1);
}

Rows platforms() {
  Rows rows{{"star", "each worker with a link of its own to the server and one back (built in)"}};
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(platforms_folder(), missing)) {
    if (entry.path().extension() == ".xml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) rows.emplace_back(file.string(), summary_of(file));
  return rows;
}

/// Adds `list hosts`: the names that platform.server and platform.workers accept for a platform
/// file.
void add_hosts(Command& list) {
  const auto file = std::make_shared<std::string>();
  Command* hosts = list.add_subcommand("hosts", "Hosts of a SimGrid platform file");
  hosts->add_option("file", *file, "Platform file")->required()->type_name("FILE.xml");
  hosts->footer("Example:\n  gradwire list hosts platforms/fat-tree-16.xml");
  hosts->callback([file] {
    for (const std::string& pattern : hosts_of(*file)) fmt::print("{}\n", pattern);
  });
}

}  // namespace

void add_list(Command& app) {
  Command* command = app.add_subcommand("list", "What an experiment can name");
  command->require_subcommand();
  command->footer("Example:\n  gradwire list algorithms");
  const auto add_printed = [command](const char* what, const char* help, auto printed) {
    Command* sub = command->add_subcommand(what, help);
    sub->footer(std::string("Example:\n  gradwire list ") + what);
    sub->callback(printed);
  };
  const auto add = [&](const char* what, const char* help, Rows (*rows)()) {
    add_printed(what, help, [rows] { print(rows()); });
  };
  add_printed("algorithms", "Methods of learning", print_algorithms);
  add("ingredients", "What methods are composed of", ingredients);
  add("models", "Models", [] { return entries(learn::known_models()); });
  add("datasets", "Data sets", [] { return entries(learn::known_datasets()); });
  add("platforms", "Networks", platforms);
  add_hosts(*command);
}

}  // namespace gradwire::commands
