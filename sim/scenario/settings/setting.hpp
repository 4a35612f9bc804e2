#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/core/value_range.hpp"

namespace gradwire::scenario {

enum class Kind { flag, text, choice, whole, number, bandwidth, time, speed, object };
enum class Presence { has_default, required };

/// Type of a setting, independent of the C++ type that holds it.
struct Type {
  Kind kind = Kind::object;
  Range range = {};                      ///< number, bandwidth, time, speed
  WholeRange whole = {};                 ///< whole
  std::span<const Choice> choices = {};  ///< choice; of a whole or a number: words also valid
  bool list = false;                     ///< an array of these values
  std::string_view draw = {};  ///< list: also valid is an object with this key and a number, range
  std::size_t most_items = 0;  ///< list
  bool one_or_list = false;    ///< a single value stands for a list of one
  bool nullable = false;       ///< null means "none"
  bool recursive = false;      ///< a list of objects like the one that has this setting
};

/// One line on a setting, of static storage: a temporary string does not compile.
class HelpText {
 public:
  constexpr HelpText(const char* text) : text_(text) {}
  constexpr HelpText(std::string_view text) : text_(text) {}
  constexpr HelpText(const std::string& text) : text_(text) {}
  HelpText(std::string&& text) = delete;
  constexpr operator std::string_view() const { return text_; }

 private:
  std::string_view text_;
};

/// A value that a selecting setting has, where it is left out, by a setting of another object at
/// the top level: `value`, if OBJECT.KEY is one of `of`. Static storage.
struct InferredValue {
  std::string_view object;
  std::string_view key;
  std::span<const std::string_view> of;
  std::string_view value;
};

/// The declaration of one setting. The strings have static storage.
struct Setting {
  std::string_view key;
  std::string_view help;
  Type type = {};
  bool required = false;
  bool selects = false;  ///< its value selects which other keys of the object apply
  /// selects: which value it has where it is left out; else, and where none applies, the default.
  std::span<const InferredValue> inferred = {};
  std::span<const std::string_view> only_for = {};  ///< values of the selecting key; empty: all
  bool is_selected = true;  ///< false: other values in the same object exclude it
  // Where it is one other key's value that excludes it: that key, and the value that it expects.
  std::string_view needs_key = {};
  std::string_view needs_value = {};

  [[nodiscard]] bool applies_to(std::string_view variant) const {
    if (!is_selected) return false;
    if (only_for.empty()) return true;
    for (const std::string_view name : only_for) {
      if (name == variant) return true;
    }
    return false;
  }
};

/// "in (0, 1]", "above 0", "at least 1"; empty if every number is valid.
[[nodiscard]] std::string text_of(const Range& range);
[[nodiscard]] std::string text_of(const WholeRange& range);
[[nodiscard]] bool contains(const Range& range, double number);

}  // namespace gradwire::scenario
