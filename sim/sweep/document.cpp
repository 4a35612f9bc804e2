#include "sim/sweep/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"
#include "sim/scenario/declarations.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/scenario_json.hpp"
#include "sim/scenario/settings.hpp"
#include "sim/scenario/settings/json_reader.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::sweep {

namespace {

const std::vector<std::string>& top_keys() {
  static const std::vector<std::string> keys = {"$schema", "name",       "description", "base",
                                                "sweep",   "crossovers", "gradwire"};
  return keys;
}

/// Whether the file is a scenario.json of a results folder, which always has an algorithm and never
/// a base.
bool is_scenario(const scenario::Json& json) {
  return json.is_object() && json.contains("algorithm") && !json.contains("base");
}

/// Whether the text can be a JSON string.
bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(scenario::Json(text).dump());
    return true;
  } catch (const scenario::Json::type_error&) {
    return false;
  }
}

/// Shortens a command-line argument for an error message.
std::string shown_argument(const std::string& text) {
  constexpr std::size_t longest = 100;
  return scenario::shortened(text, longest);
}

[[noreturn]] void fail(const Document& document, const std::string& pointer,
                       const std::string& message) {
  throw InputError(document.source_map.file + (pointer.empty() ? "" : ": " + pointer), message);
}

void check_name(const Document& document) {
  if (!document.json.contains("name")) fail(document, "", "name is missing");
  const scenario::Json& name = document.json["name"];
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  const std::string text = name.is_string() ? name.get<std::string>() : "";
  const bool usable = !text.empty() && text.size() <= 100 && std::ranges::all_of(text, good) &&
                      text.front() != '.' && text.front() != '-';
  if (!usable) {
    fail(document, "/name",
         "must be 1 to 100 letters, digits, dots, dashes or underscores, not beginning with a dot "
         "or a dash, got " +
             scenario::shown(name));
  }
}

void check_top(const Document& document) {
  const scenario::Json& json = document.json;
  if (!json.is_object()) fail(document, "", "must be an object, got " + scenario::shown(json));
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(top_keys(), key) == top_keys().end()) {
      fail(document, "/" + scenario::pointer_step(key), scenario::unknown_key(key, top_keys()));
    }
  }
  check_name(document);
  for (const char* key : {"$schema", "description"}) {
    if (json.contains(key) && !json[key].is_string()) {
      fail(document, fmt::format("/{}", key),
           "must be a string, got " + scenario::shown(json[key]));
    }
  }
  if (json.contains("gradwire") && !json["gradwire"].is_object()) {
    fail(document, "/gradwire", "must be an object, got " + scenario::shown(json["gradwire"]));
  }
}

/// Moves base.replay, a results folder or a list of them, to document.replays.
void take_replays(Document& document) {
  scenario::Json& base = document.json["base"];
  if (!base.is_object() || !base.contains("replay")) return;
  const scenario::Json replay = base["replay"];
  base.erase("replay");
  const scenario::Json list = replay.is_array() ? replay : scenario::Json::array({replay});
  for (const scenario::Json& folder : list) {
    if (!folder.is_string() || folder.get<std::string>().empty()) {
      fail(document, "/base/replay",
           "must be a results folder or a list of them, got " + scenario::shown(replay));
    }
    document.replays.push_back(folder.get<std::string>());
  }
  if (list.empty()) fail(document, "/base/replay", "must name a results folder");
}

/// Checks base on its own, so that an error in a value that the sweep replaces is reported, too.
void check_base(const Document& document) {
  scenario::Scenario ignored;
  scenario::read_object(document.json["base"], scenario::JsonLocation(document.source_map),
                        [&](scenario::SettingVisitor& in) { scenario::describe(in, ignored); });
}

Document open_document(const std::filesystem::path& file) {
  scenario::Json json = scenario::read_json_file(file);
  Document document{.json = {}, .source_map = {.file = file.string(), .moved = {}}};
  if (is_scenario(json)) {
    document.json["name"] = file.stem().string();
    scenario::fill_in_later_settings(json);
    document.json["base"] = std::move(json);
  } else {
    document.json = std::move(json);
    document.source_map.moved.push_back({"", "/base", ""});
  }
  if (document.json.is_object() && !document.json.contains("base")) {
    document.json["base"] = scenario::Json::object();
  }
  return document;
}

/// "/base/algorithm/density" -> "algorithm.density"
std::string path_of(std::string_view pointer) {
  std::string path(pointer.substr(std::min<std::size_t>(pointer.size(), 6)));
  std::ranges::replace(path, '/', '.');
  return path;
}

void refuse_if_swept(const Document& document, const std::string& path, const std::string& where) {
  const scenario::Json sweep = document.json.value("sweep", scenario::Json::array());
  for (std::size_t axis = 0; sweep.is_array() && axis < sweep.size(); ++axis) {
    if (!sweep[axis].is_object()) continue;
    for (const auto& [swept, values] : sweep[axis].items()) {
      if (path != swept && !path.starts_with(swept + ".")) continue;
      throw InputError(where, fmt::format("{} is swept; use --filter {}=VALUE to keep some of its "
                                          "values, or --set /sweep/{}/{}=[...] to replace them",
                                          swept, swept, axis, swept));
    }
  }
}

void set_in_base(Document& document, const std::string& path, const scenario::Json& value,
                 const std::string& where) {
  if (scenario::find_declaration(path) == nullptr)
    throw InputError(where, unknown_path(path, scenario::known_paths()));
  refuse_if_swept(document, path, where);
  set_path(document.json["base"], path, value, scenario::JsonLocation(document.source_map));
  const std::string pointer = pointer_of(path);
  document.source_map.moved.push_back(
      {pointer, document.source_map.moved.empty() ? pointer : "/base" + pointer, " (--set)"});
}

/// Sets a value outside base: the pointer must exist in the document or be a known top-level key.
void set_at_pointer(Document& document, const std::string& pointer, const scenario::Json& value,
                    const std::string& where) {
  scenario::Json::json_pointer target;
  try {
    target = scenario::Json::json_pointer(pointer);
  } catch (const scenario::Json::parse_error&) {
    throw InputError(where, "not a JSON pointer: " + pointer);
  }
  const bool top = std::ranges::count(pointer, '/') == 1;
  const bool known_top = std::ranges::find(top_keys(), pointer.substr(1)) != top_keys().end();
  if (top ? !known_top : !document.json.contains(target)) {
    throw InputError(where, "there is no " + pointer + " in " + document.source_map.file);
  }
  document.json[target] = value;
}

void apply(Document& document, const std::string& text) {
  const std::string where = "--set " + shown_argument(text);
  auto [target, value] = split_assignment("--set", text);
  if (!document.json.is_object()) return;  // check_top() reports this error
  if (target.starts_with("/base/")) {
    set_in_base(document, path_of(target), value, where);
  } else if (target.starts_with("/")) {
    set_at_pointer(document, target, value, where);
  } else {
    set_in_base(document, target, value, where);
  }
}

}  // namespace

std::string pointer_of(std::string_view path) {
  std::string pointer = "/" + std::string(path);
  std::ranges::replace(pointer, '.', '/');
  return pointer;
}

void set_path(scenario::Json& scenario, std::string_view path, const scenario::Json& value,
              const scenario::JsonLocation& place) {
  scenario::Json* object = &scenario;
  scenario::JsonLocation at = place;
  for (;;) {
    if (object->is_null() && object != &scenario) *object = scenario::Json::object();
    if (!object->is_object()) at.fail("must be an object, got " + scenario::shown(*object));
    const std::size_t dot = path.find('.');
    const std::string key(path.substr(0, dot));
    at = at / key;
    object = &(*object)[key];
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  *object = value;
}

std::pair<std::string, scenario::Json> split_assignment(const std::string& option,
                                                        const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError(option + " " + shown_argument(text), "must be NAME=VALUE");
  }
  const std::string value = text.substr(equals + 1);
  if (!is_utf8(text)) throw InputError(option, "must be UTF-8");
  const bool is_json = scenario::Json::accept(value);
  return {text.substr(0, equals),
          is_json ? scenario::parse_json(value, option + " " + shown_argument(text))
                  : scenario::Json(value)};
}

std::string unknown_path(std::string_view path, std::span<const std::string> known) {
  const std::size_t dot = path.rfind('.');
  const std::string parent(path.substr(0, dot == std::string_view::npos ? 0 : dot + 1));
  std::vector<std::string> siblings;
  for (const std::string& candidate : known) {
    const bool below = candidate.starts_with(parent);
    const bool deeper = candidate.find('.', parent.size()) != std::string::npos;
    if (below && !deeper) siblings.push_back(candidate);
  }
  // If the part before the last dot exists, suggest only settings below it.
  const bool has_parent = !parent.empty() && !siblings.empty();
  const std::string suggestion =
      did_you_mean(path, has_parent ? std::span(std::as_const(siblings)) : known);
  if (!suggestion.empty()) return fmt::format("unknown setting, did you mean {}?", suggestion);
  if (siblings.empty()) return "unknown setting";
  return fmt::format("unknown setting; known are {}", fmt::join(siblings, ", "));
}

Document read_document(const std::filesystem::path& file,
                       const std::vector<std::string>& settings) {
  return complete_document(open_document(file), settings);
}

Document complete_document(Document document, const std::vector<std::string>& settings) {
  for (const std::string& text : settings) apply(document, text);
  check_top(document);
  take_replays(document);
  if (document.replays.empty()) check_base(document);  // of a replay, base holds only changes
  return document;
}

}  // namespace gradwire::sweep
