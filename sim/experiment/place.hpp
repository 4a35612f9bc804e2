#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gradwire::experiment {

/// Where the parts of a scenario were written. A run is put together from `base`, the sweep's
/// values and --set; an error is reported where its value came from.
struct Origins {
  /// What lies at or below the pointer `at` was written at the pointer `from`.
  struct Moved {
    std::string at;
    std::string from;
    std::string note;  ///< printed behind the pointer: " (--set)"
  };
  std::string file;
  std::vector<Moved> moved;  ///< the longest `at` that matches counts

  /// "FILE: /base/algorithm/density".
  [[nodiscard]] std::string where(std::string_view pointer) const;
};

/// A place inside a scenario; refers to its Origins.
class Place {
 public:
  explicit Place(const Origins& origins, std::string pointer = "")
      : origins_(&origins), pointer_(std::move(pointer)) {}

  [[nodiscard]] Place operator/(std::string_view key) const;
  [[nodiscard]] Place operator/(std::size_t index) const;
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  /// Throws InputError.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  const Origins* origins_;
  std::string pointer_;
};

/// A key as a step of a JSON pointer: ~ and / escaped, control characters made visible, shortened.
[[nodiscard]] std::string pointer_step(std::string_view key);

}  // namespace gradwire::experiment
