#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gradwire::commands {

/// An option of a command. Setters return the option, for chaining.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option* required();
  Option* type_name(const std::string& name);  ///< shown in --help, in place of TEXT
  Option* group(const std::string& name);      ///< heading in --help
  Option* between(double least, double most);
  Option* between(std::int64_t least, std::int64_t most);
  Option* positive();
  Option* excludes(Option* other);
  Option* optional_value();  ///< may be given without a value
  Option* one_value_each();  ///< a list that takes one value per occurrence
  Option* show_default();

 private:
  CLI::Option* option_;
};

/// An option as declared, for manual pages and completion.
struct OptionText {
  std::vector<std::string> names;  ///< "-o", "--output"; of a positional argument: its own name
  std::string type;                ///< of the value: "DIR"; empty for a flag
  std::string limits;              ///< of the value: "1 to 4096"; empty where there are none
  std::string help;
  bool is_positional = false;
  bool is_required = false;
  bool takes_many = false;
};

/// A command as declared. Hidden commands are left out.
struct CommandText {
  std::string name;
  std::string description;
  std::string footer;
  std::vector<OptionText> options;
  std::vector<CommandText> subcommands;
};

/// A command line, or one of its subcommands. A thin layer over CLI11, so that its templates are
/// compiled once and not in each command. Owns its options and subcommands; pointers to them are
/// valid as long as the object.
class Command {
 public:
  Command(const std::string& description, const std::string& name);
  ~Command();
  Command(Command&&) noexcept;
  Command& operator=(Command&&) = delete;

  Command* add_subcommand(const std::string& name, const std::string& description);
  /// `name` as CLI11 writes it: "-o,--output", or "file" for a positional one. T: string, path,
  /// int, int64, double, optional int64, or a vector of strings or paths.
  template <class T>
  Option* add_option(const std::string& name, T& value, const std::string& help = "");
  /// Calls `take` with the option's value.
  Option* add_option_function(const std::string& name,
                              const std::function<void(const std::string&)>& take,
                              const std::string& help);
  Option* add_flag(const std::string& name, bool& value, const std::string& help);
  Option* add_flag_callback(const std::string& name, const std::function<void()>& callback,
                            const std::string& help);
  void add_version_flag(const std::string& version);
  void require_subcommand();
  void footer(const std::string& text);
  void callback(const std::function<void()>& callback);

  /// Parses and runs the callbacks of the subcommands that were given, whose exceptions it passes
  /// on. Returns the exit status if the process has nothing left to do: 0 after --help and
  /// --version, 2 after wrong arguments, which it reports in one line on standard error.
  std::optional<int> parse(int argc, char** argv);
  /// Leaves the command out of --help and text().
  void hide();
  [[nodiscard]] CommandText text() const;
  /// Whether this subcommand was given.
  [[nodiscard]] bool parsed() const;

 private:
  struct Parts;
  explicit Command(CLI::App* app);
  Option* add(CLI::Option* option);

  std::unique_ptr<Parts> parts_;
};

}  // namespace gradwire::commands
