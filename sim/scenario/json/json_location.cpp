#include "sim/scenario/json/json_location.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"

namespace gradwire::scenario {

namespace {

constexpr std::size_t longest_step = 60;

/// Whether `pointer` equals `at` or is below it.
bool lies_at(std::string_view pointer, std::string_view at) {
  return pointer.starts_with(at) && (pointer.size() == at.size() || pointer[at.size()] == '/');
}

}  // namespace

std::string SourceMap::where(std::string_view pointer) const {
  const Mapping* best = nullptr;
  for (const Mapping& candidate : moved) {
    if (!lies_at(pointer, candidate.at)) continue;
    if (best == nullptr || candidate.at.size() >= best->at.size()) best = &candidate;
  }
  std::string path(pointer);
  if (best != nullptr) path = best->from + path.substr(best->at.size()) + best->note;
  return path.empty() ? file : file + ": " + path;
}

JsonLocation JsonLocation::operator/(std::string_view key) const {
  return JsonLocation(*source_map_, pointer_ + "/" + pointer_step(key));
}

JsonLocation JsonLocation::operator/(std::size_t index) const {
  return JsonLocation(*source_map_, pointer_ + "/" + std::to_string(index));
}

void JsonLocation::fail(const std::string& message) const {
  throw InputError(source_map_->where(pointer_), message);
}

std::string pointer_step(std::string_view key) {
  std::string step;
  for (const char c : key) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    const bool starts_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (step.size() >= longest_step && starts_character) return step + "...";
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else if (control) {
      step += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      step += c;
    }
  }
  return step;
}

}  // namespace gradwire::scenario
