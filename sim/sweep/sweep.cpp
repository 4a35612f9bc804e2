#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <map>

#include "sim/core/error.hpp"
#include "sim/scenario/declarations.hpp"
#include "sim/scenario/settings/value.hpp"

namespace gradwire::sweep {

namespace {

/// Reads axes one by one and rejects a path that an earlier axis sweeps.
class SweepReader {
 public:
  explicit SweepReader(const std::string& file) : file_(file) {}

  Axis read(const scenario::Json& json, std::size_t index) {
    const std::string pointer = fmt::format("/sweep/{}", index);
    if (!json.is_object()) fail(pointer, "must be an object, got " + scenario::shown(json));
    if (json.empty()) fail(pointer, "must sweep at least one setting");
    Axis axis{.index = index, .paths = {}, .values = {}};
    for (const auto& [path, list] : json.items()) add(axis, path, list, pointer);
    return axis;
  }

 private:
  void add(Axis& axis, const std::string& path, const scenario::Json& list,
           const std::string& axis_pointer) {
    const std::string pointer = axis_pointer + "/" + scenario::pointer_step(path);
    if (scenario::find_declaration(path) == nullptr)
      fail(pointer, unknown_path(path, scenario::known_paths()));
    const auto [first, is_new] = taken_.emplace(path, pointer);
    if (!is_new) fail(pointer, "is swept by " + first->second + " already");
    if (!list.is_array()) fail(pointer, "must be a list of values, got " + scenario::shown(list));
    if (list.empty()) fail(pointer, "must have at least one value");
    axis.paths.push_back(path);
    axis.values.emplace_back(list.begin(), list.end());
    if (axis.steps() != list.size()) {
      fail(axis_pointer,
           fmt::format("lists of one axis go together and must be equally long; {} has {}, {} has "
                       "{}",
                       axis.paths.front(), axis.steps(), path, list.size()));
    }
  }

  [[noreturn]] void fail(const std::string& pointer, const std::string& message) const {
    throw InputError(file_ + ": " + pointer, message);
  }

  const std::string& file_;
  std::map<std::string, std::string> taken_;  ///< path -> pointer
};

}  // namespace

std::vector<Axis> read_sweep(const Document& document) {
  std::vector<Axis> axes;
  const auto found = document.json.find("sweep");
  if (found == document.json.end()) return axes;
  const std::string& file = document.source_map.file;
  if (!found->is_array())
    throw InputError(file + ": /sweep", "must be a list, got " + scenario::shown(*found));
  SweepReader reader(file);
  std::size_t runs = 1;
  for (std::size_t i = 0; i < found->size(); ++i) {
    axes.push_back(reader.read((*found)[i], i));
    if (axes.back().steps() > most_runs / runs) {
      throw InputError(file + ": /sweep", fmt::format("makes more than {} runs", most_runs));
    }
    runs *= axes.back().steps();
  }
  return axes;
}

std::vector<std::size_t> steps_of(const std::vector<Axis>& axes, std::size_t number) {
  std::vector<std::size_t> steps(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    steps[i] = number % axes[i].steps();
    number /= axes[i].steps();
  }
  return steps;
}

std::size_t product_of(const std::vector<Axis>& axes) {
  std::size_t runs = 1;
  for (const Axis& axis : axes) runs *= axis.steps();
  return runs;
}

}  // namespace gradwire::sweep
