#include "sim/results/staleness_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gradwire::results::staleness_table_test {
namespace {

using Kind = ClientActivity::Kind;

TEST(StalenessTable, CountsAppliedPushesByWorkerAndStaleness) {
  const std::vector<ClientActivity> first{{.kind = Kind::apply, .client = 1, .staleness = 2},
                                          {.kind = Kind::fetch, .client = 1, .version = 5},
                                          {.kind = Kind::apply, .client = 0, .staleness = 3}};
  const std::vector<ClientActivity> second{{.kind = Kind::apply, .client = 1, .staleness = 2},
                                           {.kind = Kind::push, .client = 0},
                                           {.kind = Kind::apply, .client = 1, .staleness = 0}};
  StalenessTable table;
  table.add({.activities = first});
  table.add({.activities = second});
  EXPECT_EQ(table.to_csv(), "worker,staleness,pushes\n0,3,1\n1,0,1\n1,2,2\n");
}

}  // namespace
}  // namespace gradwire::results::staleness_table_test
