#include "sim/commands/documentation/documentation.hpp"

#include <filesystem>
#include <memory>
#include <string>

#include "sim/commands/documentation/completion.hpp"
#include "sim/commands/documentation/manual.hpp"
#include "sim/results/results_folder.hpp"
#include "sim/scenario/declarations.hpp"
#include "sim/version.hpp"

namespace gradwire::commands {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  results::write_atomically(file, text, results::Durability::no);
}

void write_manuals(const CommandText& command, const std::string& parent, const fs::path& folder) {
  write(folder / manual_name(command, parent), manual_page(command, parent, std::string(version)));
  const std::string name = parent.empty() ? command.name : parent + " " + command.name;
  for (const CommandText& sub : command.subcommands) write_manuals(sub, name, folder);
}

void write_documentation(const CommandText& program, const fs::path& folder) {
  fs::create_directories(folder / "man1");
  write_manuals(program, "", folder / "man1");
  write(folder / "gradwire", bash_completion(program, scenario::known_paths()));
  write(folder / "_gradwire", zsh_completion(program, scenario::known_paths()));
}

}  // namespace

void add_documentation(Command& app) {
  const auto folder = std::make_shared<std::string>();
  Command* command =
      app.add_subcommand("documentation", "Write manual pages, and completions for bash and zsh");
  command->add_option("folder", *folder, "For man1/*.1, gradwire (bash) and _gradwire (zsh)")
      ->required()
      ->type_name("DIR");
  command->hide();
  command->callback([folder, &app] { write_documentation(app.text(), *folder); });
}

}  // namespace gradwire::commands
