#include "analysis/results/json.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

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
  errno = 0;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream || std::filesystem::is_directory(file)) {
    throw InputError(file.string(),
                     fmt::format("cannot be read: {}", std::strerror(errno == 0 ? EISDIR : errno)));
  }
  std::string text(static_cast<std::size_t>(std::max<std::streamoff>(0, stream.tellg())), '\0');
  stream.seekg(0);
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

Json read_object(const std::filesystem::path& file) {
  try {
    Json json = Json::parse(read_text(file));
    if (json.is_object()) return json;
  } catch (const Json::parse_error& error) {
    throw InputError(file.string(), fmt::format("is not JSON: wrong at byte {}", error.byte));
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
