#include "sim/results/graph_table.hpp"

#include <gmock/gmock.h>

#include "sim/algorithms/gossip/directed.hpp"
#include "sim/algorithms/gossip/mixing_schedule.hpp"

namespace gradwire::results::graph_table_test {
namespace {

using algorithms::MixingSchedule;
using network::HostName;

constexpr const char* header = "iteration,from,to,weight,from_host,to_host,from_zone,to_zone\n";

TEST(GraphTable, ListsBothDirectionsOfAnEdgeWithHostsAndZones) {
  algorithms::Graph graph(3);
  graph.add_edge(0, 1);
  graph.add_edge(1, 2);
  const MixingSchedule schedule({mixing_matrix(graph, algorithms::MixingKind::metropolis)});
  const std::vector<HostName> hosts{{"a,1", "north"}, {"b", "north"}, {"c", "south"}};

  EXPECT_EQ(graph_csv(schedule, hosts), std::string(header) +
                                            ",0,1,0.3333333,\"a,1\",b,north,north\n"
                                            ",1,0,0.3333333,b,\"a,1\",north,north\n"
                                            ",1,2,0.3333333,b,c,north,south\n"
                                            ",2,1,0.3333333,c,b,south,north\n");
}

TEST(GraphTable, ListsOnePeriodOfAGraphThatChanges) {
  const MixingSchedule schedule(algorithms::one_peer_matrices(4, false));
  const std::vector<HostName> hosts(4, HostName{"h", "z"});

  const std::string text = graph_csv(schedule, hosts);

  EXPECT_EQ(text, std::string(header) +
                      "1,0,1,0.5,h,h,z,z\n1,1,0,0.5,h,h,z,z\n1,2,3,0.5,h,h,z,z\n"
                      "1,3,2,0.5,h,h,z,z\n2,0,2,0.5,h,h,z,z\n2,1,3,0.5,h,h,z,z\n"
                      "2,2,0,0.5,h,h,z,z\n2,3,1,0.5,h,h,z,z\n");
}

}  // namespace
}  // namespace gradwire::results::graph_table_test
