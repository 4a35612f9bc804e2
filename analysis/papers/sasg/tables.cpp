#include "analysis/papers/sasg/sasg.hpp"

namespace gradwire::analysis::papers::sasg {

std::vector<Table> tables(const Study& study, double margin) {
  std::vector<Table> made;
  if (auto table = table2(study, margin)) made.push_back(std::move(*table));
  if (auto table = table3(study)) made.push_back(std::move(*table));
  return made;
}

}  // namespace gradwire::analysis::papers::sasg
