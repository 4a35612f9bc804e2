#include "sim/experiment/summary_file.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <limits>
#include <string>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/experiment/json_file.hpp"
#include "sim/experiment/value.hpp"

namespace gradwire::experiment {
namespace {

enum class Presence { required, optional };

/// Checks members of one object of a summary.
class Members {
 public:
  Members(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) throw InputError(where_, "must be an object, got " + shown(object));
  }

  void numbers(std::initializer_list<const char*> keys, Presence presence) const {
    for (const char* key : keys) {
      check(key, presence, "a number", [](const Json& j) { return j.is_number() || j.is_null(); });
    }
  }
  void whole(const char* key, std::int64_t from, std::int64_t to, Presence presence) const {
    check(key, presence, fmt::format("a whole number in [{}, {}]", from, to),
          [&](const Json& j) { return j.is_number_integer() && j >= from && j <= to; });
  }
  void text(const char* key) const {
    check(key, Presence::required, "a string", [](const Json& j) { return j.is_string(); });
  }
  void flag(const char* key) const {
    check(key, Presence::required, "true or false", [](const Json& j) { return j.is_boolean(); });
  }
  void texts(const char* key) const {
    check(key, Presence::optional, "a list of strings", [](const Json& j) {
      if (!j.is_array()) return false;
      for (const Json& one : j) {
        if (!one.is_string()) return false;
      }
      return true;
    });
  }
  /// `see` gets the members of an object that is there.
  template <class See>
  void object(const char* key, Presence presence, See see) const {
    const auto found = object_.find(key);
    if (found == object_.end() && presence == Presence::required) miss(key);
    if (found != object_.end()) see(Members(*found, where_of(key)));
  }
  /// The same for one that must be there, and may be null.
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
    throw InputError(where_of(key), fmt::format("must be {}, got {}", expected, shown(*found)));
  }
  [[noreturn]] void miss(const char* key) const {
    throw InputError(where_, fmt::format("{} is missing", key));
  }
  /// "FILE: /final", "FILE: /final/test_accuracy".
  [[nodiscard]] std::string where_of(const char* key) const {
    const bool below = where_.find(": /") != std::string::npos;
    return where_ + (below ? "/" : ": /") + key;
  }

  const Json& object_;
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

Json read_summary(const std::filesystem::path& file) {
  Json summary = read_json_file(file);
  check(Members(summary, file.string()));
  return summary;
}

std::optional<Json> sound_summary(const std::filesystem::path& file) {
  if (!is_file(file)) return std::nullopt;
  try {
    return read_summary(file);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

double number_in(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace gradwire::experiment
