#include "sim/commands/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <filesystem>

#include "sim/core/did_you_mean.hpp"

namespace gradwire::commands {
namespace {

/// The error text for a word in the place of one of `app`'s commands, with the nearest command;
/// "" where the error is another one.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> known;
  for (const CLI::App* sub : command->get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(sub->get_name());
  }
  const std::vector<std::string> words = app.remaining(true);
  if (words.empty() || known.empty() || words.front().starts_with("-")) return "";
  const std::string suggestion = did_you_mean(words.front(), known);
  return fmt::format("unknown command {}{}", words.front(),
                     suggestion.empty() ? "" : ", did you mean " + suggestion + "?");
}

struct ValueText {
  std::string type, limits;
};

/// CLI11 appends its checks to the name of a type: "N:INT in [1 - 4096]", "N:POSITIVE".
ValueText value_text(const CLI::Option& option) {
  const std::string text = option.get_type_name();
  if (option.get_items_expected_max() == 0) return {};
  if (const auto at = text.find(":POSITIVE"); at != std::string::npos) {
    return {text.substr(0, at), "positive"};
  }
  for (const char* mark : {":INT in [", ":FLOAT in ["}) {
    const auto at = text.find(mark);
    if (at == std::string::npos) continue;
    const auto begin = text.find('[', at) + 1, middle = text.find(" - ", begin);
    return {text.substr(0, at), text.substr(begin, middle - begin) + " to " +
                                    text.substr(middle + 3, text.rfind(']') - middle - 3)};
  }
  return {text, ""};
}

OptionText text_of(const CLI::Option& option) {
  const auto [type, limits] = value_text(option);
  OptionText text{.names = {},
                  .type = type,
                  .limits = limits,
                  .help = option.get_description(),
                  .is_positional = option.get_positional(),
                  .is_required = option.get_required(),
                  .takes_many = option.get_items_expected_max() > 1};
  for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  if (text.is_positional) text.names = {option.get_name(true)};
  return text;
}

CommandText text_of(const CLI::App& app) {
  CommandText text{.name = app.get_name(),
                   .description = app.get_description(),
                   .footer = app.get_footer(),
                   .options = {},
                   .subcommands = {}};
  for (const CLI::Option* option : app.get_options()) text.options.push_back(text_of(*option));
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty()) text.subcommands.push_back(text_of(*sub));
  }
  return text;
}

/// Not fmt::print, which throws when standard error cannot be written.
int report_usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::string unknown = unknown_command(app);
  const std::string text = fmt::format("{}: {} (see {} --help)\n", app.get_name(),
                                       unknown.empty() ? error.what() : unknown, app.get_name());
  std::fputs(text.c_str(), stderr);
  return 2;
}

}  // namespace

Option* Option::required() { return option_->required(), this; }
Option* Option::type_name(const std::string& name) { return option_->type_name(name), this; }
Option* Option::group(const std::string& name) { return option_->group(name), this; }
Option* Option::between(double least, double most) {
  return option_->check(CLI::Range(least, most)), this;
}
Option* Option::between(std::int64_t least, std::int64_t most) {
  return option_->check(CLI::Range(least, most)), this;
}
Option* Option::positive() { return option_->check(CLI::PositiveNumber), this; }
Option* Option::excludes(Option* other) { return option_->excludes(other->option_), this; }
Option* Option::optional_value() { return option_->expected(0, 1), this; }
Option* Option::one_value_each() { return option_->allow_extra_args(false), this; }
Option* Option::show_default() { return option_->capture_default_str(), this; }

struct Command::Parts {
  std::unique_ptr<CLI::App> owned;  ///< of the whole command line; null in subcommands
  CLI::App* app = nullptr;
  std::deque<Option> options;
  std::deque<Command> subcommands;
};

Command::Command(const std::string& description, const std::string& name)
    : Command(static_cast<CLI::App*>(nullptr)) {
  parts_->owned = std::make_unique<CLI::App>(description, name);
  parts_->app = parts_->owned.get();
}
Command::Command(CLI::App* app) : parts_(std::make_unique<Parts>()) { parts_->app = app; }
Command::Command(Command&&) noexcept = default;
Command::~Command() = default;

Command* Command::add_subcommand(const std::string& name, const std::string& description) {
  CLI::App* app = parts_->app->add_subcommand(name, description);
  return &parts_->subcommands.emplace_back(Command(app));
}

Option* Command::add(CLI::Option* option) { return &parts_->options.emplace_back(option); }

template <class T>
Option* Command::add_option(const std::string& name, T& value, const std::string& help) {
  return add(parts_->app->add_option(name, value, help));
}
template Option* Command::add_option(const std::string&, std::string&, const std::string&);
template Option* Command::add_option(const std::string&, std::filesystem::path&,
                                     const std::string&);
template Option* Command::add_option(const std::string&, int&, const std::string&);
template Option* Command::add_option(const std::string&, std::int64_t&, const std::string&);
template Option* Command::add_option(const std::string&, double&, const std::string&);
template Option* Command::add_option(const std::string&, std::optional<std::int64_t>&,
                                     const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::string>&,
                                     const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::filesystem::path>&,
                                     const std::string&);

Option* Command::add_option_function(const std::string& name,
                                     const std::function<void(const std::string&)>& take,
                                     const std::string& help) {
  return add(parts_->app->add_option_function<std::string>(name, take, help));
}

Option* Command::add_flag(const std::string& name, bool& value, const std::string& help) {
  return add(parts_->app->add_flag(name, value, help));
}

Option* Command::add_flag_callback(const std::string& name, const std::function<void()>& callback,
                                   const std::string& help) {
  return add(parts_->app->add_flag_callback(name, callback, help));
}

void Command::add_version_flag(const std::string& version) {
  parts_->app->set_version_flag("--version", version);
}
void Command::require_subcommand() { parts_->app->require_subcommand(1); }
void Command::footer(const std::string& text) { parts_->app->footer(text); }
void Command::callback(const std::function<void()>& callback) { parts_->app->callback(callback); }

std::optional<int> Command::parse(int argc, char** argv) {
  try {
    parts_->app->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return parts_->app->exit(error);  // --help, --version
    return report_usage_error(*parts_->app, error);
  }
}

void Command::hide() { parts_->app->group(""); }
CommandText Command::text() const { return text_of(*parts_->app); }
bool Command::parsed() const { return parts_->app->parsed(); }

}  // namespace gradwire::commands
