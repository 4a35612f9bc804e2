#include "analysis/results/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ios>
#include <system_error>

#include "analysis/results/encoding.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::streamoff largest_file = std::streamoff{4} << 30U;

void flatten(const std::string& name, const Json& json, Flat& flat) {
  if (json.is_null()) return;
  if (!json.is_object()) {
    flat[name] = json.is_string() ? json.get<std::string>() : json.dump();
    return;
  }
  for (const auto& [key, value] : json.items()) {
    flatten(name.empty() ? key : name + "." + key, value, flat);
  }
}

}  // namespace

std::string read_text(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored)) {
    throw InputError(file.string(), "cannot be read: is no regular file");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) {
    throw InputError(file.string(),
                     fmt::format("cannot be read: {}", std::strerror(errno == 0 ? EIO : errno)));
  }
  const auto size = std::max<std::streamoff>(0, stream.tellg());
  if (size > largest_file) throw InputError(file.string(), "is larger than 4 GiB");
  std::string text(static_cast<std::size_t>(size), '\0');
  stream.seekg(0);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

Json read_object(const std::filesystem::path& file) {
  const std::string text = read_text(file);
  const auto refuse_depth = [&](int depth, Json::parse_event_t event, const Json&) {
    using Event = Json::parse_event_t;
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= static_cast<int>(deepest_json)) {
      throw InputError(file.string(),
                       fmt::format("nested too deeply, at most {} levels", deepest_json));
    }
    return true;
  };
  try {
    Json json = Json::parse(text, refuse_depth);
    if (json.is_object()) return json;
  } catch (const Json::parse_error& error) {
    const bool letters = !is_utf8(text);
    throw InputError(file.string(), fmt::format("is not JSON{}: wrong at byte {}",
                                                letters ? " in UTF-8" : "", error.byte));
  } catch (const Json::exception&) {
    throw InputError(file.string(), "holds a number too large for a double");
  }
  throw InputError(file.string(), "must be a JSON object");
}

Flat flattened(const Json& object) {
  Flat flat;
  flatten("", object, flat);
  return flat;
}

}  // namespace gradwire::analysis
