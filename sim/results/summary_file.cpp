#include "sim/results/summary_file.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <limits>
#include <string>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::results {
namespace {

enum class Presence { required, optional };

/// Checks members of one object of a summary.
class Members {
 public:
  Members(const scenario::Json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object.is_object())
      throw InputError(where_, "must be an object, got " + scenario::shown(object));
  }

  void numbers(std::initializer_list<const char*> keys, Presence presence) const {
    for (const char* key : keys) {
      check(key, presence, "a number",
            [](const scenario::Json& j) { return j.is_number() || j.is_null(); });
    }
  }
  void whole(const char* key, std::int64_t from, std::int64_t to, Presence presence) const {
    check(key, presence, fmt::format("a whole number in [{}, {}]", from, to),
          [&](const scenario::Json& j) { return j.is_number_integer() && j >= from && j <= to; });
  }
  void text(const char* key) const {
    check(key, Presence::required, "a string",
          [](const scenario::Json& j) { return j.is_string(); });
  }
  void flag(const char* key) const {
    check(key, Presence::required, "true or false",
          [](const scenario::Json& j) { return j.is_boolean(); });
  }
  void texts(const char* key) const {
    check(key, Presence::optional, "a list of strings", [](const scenario::Json& j) {
      if (!j.is_array()) return false;
      for (const scenario::Json& one : j) {
        if (!one.is_string()) return false;
      }
      return true;
    });
  }
  /// Calls `see` with the members of an object, if it is present.
  template <class See>
  void object(const char* key, Presence presence, See see) const {
    const auto found = object_.find(key);
    if (found == object_.end() && presence == Presence::required) miss(key);
    if (found != object_.end()) see(Members(*found, where_of(key)));
  }
  /// The same for an object that is required and may be null.
  template <class See>
  void object_or_null(const char* key, See see) const {
    const auto found = object_.find(key);
    if (found == object_.end() || !found->is_null()) object(key, Presence::required, see);
  }
  [[nodiscard]] bool has(const char* key) const { return object_.contains(key); }

 private:
  template <class Good>
  void check(const char* key, Presence presence, const std::string& expected, Good good) const {
    const auto found = object_.find(key);
    if (found == object_.end() && presence == Presence::required) miss(key);
    if (found == object_.end() || good(*found)) return;
    throw InputError(where_of(key),
                     fmt::format("must be {}, got {}", expected, scenario::shown(*found)));
  }
  [[noreturn]] void miss(const char* key) const {
    throw InputError(where_, fmt::format("{} is missing", key));
  }
  /// "FILE: /final", "FILE: /final/test_accuracy".
  [[nodiscard]] std::string where_of(const char* key) const {
    const bool below = where_.find(": /") != std::string::npos;
    return where_ + (below ? "/" : ": /") + key;
  }

  const scenario::Json& object_;
  std::string where_;
};

void check(const Members& summary) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  summary.text("status");
  summary.whole("iterations", 0, most, Presence::required);
  summary.numbers({"rounds", "uplink_payload_bits", "uplink_wire_bytes", "simulated_seconds",
                   "uplink_seconds", "downlink_seconds", "compute_seconds"},
                  Presence::required);
  summary.numbers({"server_seconds"}, Presence::optional);
  summary.object_or_null(
      "final", [](const Members& final) { final.numbers({"test_accuracy"}, Presence::required); });
  summary.object_or_null("baseline", [](const Members& baseline) {
    baseline.numbers({"rounds", "uplink_payload_bits", "uplink_wire_bytes", "simulated_seconds",
                      "test_accuracy"},
                     Presence::required);
  });
  summary.object("environment", Presence::optional, [](const Members& environment) {
    environment.whole("threads", 1, 4096, Presence::optional);
  });
  const Presence measured = summary.has("measured") ? Presence::required : Presence::optional;
  summary.object("tcp", measured, [](const Members& tcp) {
    tcp.whole("planned_iterations", 0, most, Presence::required);
    tcp.flag("compute");
  });
  summary.texts("notes");
}

}  // namespace

scenario::Json read_summary(const std::filesystem::path& file) {
  scenario::Json summary = scenario::read_json_file(file);
  check(Members(summary, file.string()));
  return summary;
}

std::optional<scenario::Json> valid_summary_or_null(const std::filesystem::path& file) {
  if (!is_file(file)) return std::nullopt;
  try {
    return read_summary(file);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

double number_in(const scenario::Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace gradwire::results
