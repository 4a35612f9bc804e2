#pragma once

#include <string>
#include <vector>

#include "analysis/study/published.hpp"

namespace gradwire::analysis::papers::sasg {

/// The numbers of Tables II and III, from published.json.
struct PublishedTables {
  std::string source;
  std::vector<Published> table2;  ///< columns rounds, bits
  Published table3;               ///< columns communication_s, computation_s, memory_mib
};
[[nodiscard]] const PublishedTables& published_tables();

}  // namespace gradwire::analysis::papers::sasg
