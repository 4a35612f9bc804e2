#pragma once

#include <string>
#include <vector>

#include "sim/sweep/sweep.hpp"

namespace gradwire::sweep {

/// Selects runs by --filter AXIS=VALUE: values of the same axis are alternatives, all axes must
/// match.
class Filter {
 public:
  /// Throws InputError if an axis is not swept or a value is not among its values.
  Filter(const std::vector<std::string>& filters, const std::vector<Axis>& axes);

  [[nodiscard]] bool keeps(const std::vector<std::pair<std::string, scenario::Json>>& values) const;

 private:
  struct Alternatives {
    std::string path;
    std::vector<scenario::Json> values;
  };
  Alternatives& of(const std::string& path);
  std::vector<Alternatives> axes_;
};

}  // namespace gradwire::sweep
