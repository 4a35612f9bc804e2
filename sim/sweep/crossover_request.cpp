#include "sim/sweep/crossover_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/scenario/declarations.hpp"
#include "sim/scenario/settings/json_reader.hpp"
#include "sim/scenario/settings/value.hpp"
#include "sim/sweep/recordings.hpp"

namespace gradwire::sweep {
namespace {

const std::vector<std::string> known_keys{"over", "margins", "tolerance"};

class RequestReader {
 public:
  RequestReader(const Document& document, const std::vector<Axis>& axes)
      : json_(document.json.at("crossovers")), file_(document.source_map.file), axes_(axes) {}

  CrossoverRequest read() {
    if (!json_.is_object()) fail("", "must be an object, got " + scenario::shown(json_));
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::count(known_keys, key) == 0) {
        fail("/" + scenario::pointer_step(key), scenario::unknown_key(key, known_keys));
      }
    }
    read_axis();
    if (json_.contains("margins")) read_margins();
    if (json_.contains("tolerance")) {
      request_.tolerance = number("/tolerance", json_["tolerance"], {.at_least = 1e-4, .up_to = 1});
    }
    return std::move(request_);
  }

 private:
  void read_axis() {
    const scenario::Json over = json_.value("over", scenario::Json());
    request_.swept = over.is_string();
    if (over.is_string()) {
      const Axis axis = swept_axis(over.get<std::string>());
      take(axis, "/over");
    } else if (over.is_object() && !over.empty()) {
      take(axis_of(over), "/over");
    } else {
      fail("/over",
           "must be a swept setting, or an object of settings with their values like an axis of "
           "the sweep, got " +
               scenario::shown(over));
    }
    sort_by_value();
  }

  [[nodiscard]] Axis swept_axis(const std::string& path) const {
    for (Axis axis : axes_) {
      const auto at = std::ranges::find(axis.paths, path) - axis.paths.begin();
      if (at == static_cast<std::ptrdiff_t>(axis.paths.size())) continue;
      std::rotate(axis.paths.begin(), axis.paths.begin() + at, axis.paths.begin() + at + 1);
      std::rotate(axis.values.begin(), axis.values.begin() + at, axis.values.begin() + at + 1);
      return axis;
    }
    fail("/over", path + " is not swept; give it values: {\"" + path + "\": [...]}");
  }

  [[nodiscard]] Axis axis_of(const scenario::Json& over) const {
    Axis axis;
    for (const auto& [path, list] : over.items()) {
      const std::string pointer = "/over/" + scenario::pointer_step(path);
      if (scenario::find_declaration(path) == nullptr)
        fail(pointer, unknown_path(path, scenario::known_paths()));
      for (const Axis& swept : axes_) {
        if (std::ranges::count(swept.paths, path) > 0) {
          fail(pointer, "is swept; write \"over\": \"" + path + "\"");
        }
      }
      if (!list.is_array()) fail(pointer, "must be a list of values, got " + scenario::shown(list));
      axis.paths.push_back(path);
      axis.values.emplace_back(list.begin(), list.end());
      if (list.size() != axis.steps()) fail(pointer, "must be as long as the other lists");
    }
    return axis;
  }

  void take(const Axis& axis, const std::string& at) {
    for (std::size_t p = 0; p < axis.paths.size(); ++p) {
      const std::string& path = axis.paths[p];
      require_replayable(path, where(at));
      const scenario::Type& type = scenario::find_declaration(path)->setting.type;
      const bool real = type.kind == scenario::Kind::number ||
                        type.kind == scenario::Kind::bandwidth ||
                        type.kind == scenario::Kind::time || type.kind == scenario::Kind::speed;
      if (!real || type.list) fail(at, path + " is no number that could lie between two others");
      if (p == 0) request_.kind = type.kind;
      request_.paths.push_back(path);
      request_.values.push_back(numbers(axis.values[p], type, path, at));
    }
  }

  [[nodiscard]] std::vector<double> numbers(const std::vector<scenario::Json>& list,
                                            const scenario::Type& type, const std::string& path,
                                            const std::string& at) const {
    const scenario::SourceMap source_map{.file = file_,
                                         .moved = {{"", "/crossovers" + at + "/" + path, ""}}};
    std::vector<double> result;
    for (std::size_t i = 0; i < list.size(); ++i) {
      scenario::Type one = type;
      one.nullable = false;
      const scenario::Json value =
          scenario::checked(list[i], one, scenario::JsonLocation(source_map) / i);
      result.push_back(value.get<double>());
      if (!(result.back() > 0.0)) {
        fail(at,
             fmt::format("{} must be above 0 everywhere, got {}", path, scenario::shown(list[i])));
      }
    }
    return result;
  }

  void sort_by_value() {
    const std::vector<double> first = request_.values.front();
    std::vector<std::size_t> order(first.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::size_t i) { return first[i]; });
    for (auto& values : request_.values) {
      const std::vector<double> before = values;
      for (std::size_t i = 0; i < order.size(); ++i) values[i] = before[order[i]];
    }
    const auto& sorted = request_.values.front();
    if (sorted.size() < 2 || std::ranges::adjacent_find(sorted) != sorted.end()) {
      fail("/over", request_.paths.front() + " must have at least two values, no two the same");
    }
  }

  void read_margins() {
    const scenario::Json& list = json_["margins"];
    if (!list.is_array())
      fail("/margins", "must be a list of shares, got " + scenario::shown(list));
    request_.margins.clear();
    for (std::size_t i = 0; i < list.size(); ++i) {
      request_.margins.push_back(
          number(fmt::format("/margins/{}", i), list[i], {.at_least = 0, .below = 1}));
    }
    std::ranges::sort(request_.margins);
    // Not std::ranges::unique, whose subrange clang 14 does not compile.
    const auto repeated = std::unique(request_.margins.begin(), request_.margins.end());
    request_.margins.erase(repeated, request_.margins.end());
  }

  [[nodiscard]] double number(const std::string& at, const scenario::Json& value,
                              const Range& range) const {
    const scenario::SourceMap source_map{.file = file_, .moved = {{"", "/crossovers" + at, ""}}};
    return scenario::checked(value, {.kind = scenario::Kind::number, .range = range},
                             scenario::JsonLocation(source_map))
        .get<double>();
  }

  [[nodiscard]] std::string where(const std::string& at) const {
    return file_ + ": /crossovers" + at;
  }
  [[noreturn]] void fail(const std::string& at, const std::string& message) const {
    throw InputError(where(at), message);
  }

  const scenario::Json& json_;
  const std::string& file_;
  const std::vector<Axis>& axes_;
  CrossoverRequest request_;
};

}  // namespace

std::optional<CrossoverRequest> read_crossovers(const Document& document,
                                                const std::vector<Axis>& axes) {
  if (!document.json.contains("crossovers")) return std::nullopt;
  return RequestReader(document, axes).read();
}

}  // namespace gradwire::sweep
