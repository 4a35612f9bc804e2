#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gradwire::scenario {

/// Maps a value of the merged scenario to the file position it came from (for error messages): a
/// run is merged from `base`, the sweep's values and --set.
struct SourceMap {
  /// Values at or below the pointer `at` come from the pointer `from`.
  struct Mapping {
    std::string at;
    std::string from;
    std::string note;  ///< printed after the pointer: " (--set)"
  };
  std::string file;
  std::vector<Mapping> moved;  ///< the longest matching `at` applies

  /// "FILE: /base/algorithm/density".
  [[nodiscard]] std::string where(std::string_view pointer) const;
};

/// A position inside a scenario; refers to its SourceMap, which must outlive it.
class JsonLocation {
 public:
  explicit JsonLocation(const SourceMap& source_map, std::string pointer = "")
      : source_map_(&source_map), pointer_(std::move(pointer)) {}

  [[nodiscard]] JsonLocation operator/(std::string_view key) const;
  [[nodiscard]] JsonLocation operator/(std::size_t index) const;
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  /// Throws InputError at this position.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  const SourceMap* source_map_;
  std::string pointer_;
};

/// A key as a step of a JSON pointer: ~ and / escaped, control characters as \\u escapes,
/// shortened.
[[nodiscard]] std::string pointer_step(std::string_view key);

}  // namespace gradwire::scenario
