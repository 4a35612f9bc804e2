#pragma once

#include <string>
#include <vector>

#include "sim/experiment/sweep.hpp"

namespace gradwire::experiment {

/// The values of --filter AXIS=VALUE: values of one axis are alternatives, axes must all agree.
class Filter {
 public:
  /// Throws InputError if an axis is not swept or a value is not among its values.
  Filter(const std::vector<std::string>& filters, const std::vector<Axis>& axes);

  [[nodiscard]] bool keeps(const std::vector<std::pair<std::string, Json>>& values) const;

 private:
  struct Alternatives {
    std::string path;
    std::vector<Json> values;
  };
  Alternatives& of(const std::string& path);
  std::vector<Alternatives> axes_;
};

}  // namespace gradwire::experiment
