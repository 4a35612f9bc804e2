#include <gmock/gmock.h>

#include <cmath>

#include "analysis/figures/figures.hpp"
#include "analysis/figures/graph_layout.hpp"
#include "analysis/report.hpp"
#include "analysis/results/graph.hpp"
#include "sim/core/error.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::gossip_test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* header = "iteration,from,to,weight,from_host,to_host,from_zone,to_zone\n";

/// Both directions of a ring's edges.
NodeGraph ring(std::size_t nodes) {
  NodeGraph graph{.messages = {}, .zones = std::vector<std::string>(nodes)};
  for (std::size_t i = 0; i < nodes; ++i) {
    graph.messages.push_back({i, (i + 1) % nodes, 0});
    graph.messages.push_back({(i + 1) % nodes, i, 0});
  }
  return graph;
}

class GraphFile : public WithFolder {};

TEST_F(GraphFile, IsReadWithItsZonesAndIterations) {
  const auto file = write("graph.csv", std::string(header) +
                                           ",0,1,0.5,\"a,1\",b,north,south\n"
                                           "2,1,0,0.5,b,\"a,1\",south,north\n");

  const NodeGraph graph = read_graph(file, 3);

  EXPECT_THAT(graph.messages, ElementsAre(GraphMessage{0, 1, 0}, GraphMessage{1, 0, 2}));
  EXPECT_THAT(graph.zones, ElementsAre("north", "south", ""));
}

TEST_F(GraphFile, IsRefusedWithItsLineIfItNamesAnUnknownNode) {
  for (const char* row : {",0,3,0.5,a,b,z,z\n", ",0.5,1,0.5,a,b,z,z\n", ",0,x,0.5,a,b,z,z\n"}) {
    const auto file = write("graph.csv", std::string(header) + row);
    EXPECT_THROW(static_cast<void>(read_graph(file, 3)), InputError) << row;
  }
  const auto file = write("graph.csv", "from,to\n0,1\n");
  EXPECT_THROW(static_cast<void>(read_graph(file, 3)), InputError);
}

TEST(GraphLayout, PutsARingOnACircleClockwiseFromTheTop) {
  const GraphDrawing drawing = lay_out(ring(8), "ring");

  ASSERT_EQ(drawing.nodes.size(), 8U);
  EXPECT_EQ(drawing.pieces.size(), 8U);  // one for both directions
  for (const auto& node : drawing.nodes) {
    EXPECT_NEAR(std::hypot(node.x - 0.5, node.y - 0.5), 0.46, 1e-12);
  }
  EXPECT_LT(drawing.nodes[0].y, drawing.nodes[1].y);
  EXPECT_GT(drawing.nodes[1].x, 0.5);
  for (const auto& piece : drawing.pieces) EXPECT_FALSE(piece.has_arrow);
}

TEST(GraphLayout, PointsArrowsAlongDirectedEdges) {
  NodeGraph graph{.messages = {{2, 0, 0}, {0, 1, 0}, {1, 0, 0}}, .zones = {"", "", ""}};

  const GraphDrawing drawing = lay_out(graph, "file");

  ASSERT_EQ(drawing.pieces.size(), 2U);
  EXPECT_FALSE(drawing.pieces[0].has_arrow);
  EXPECT_TRUE(drawing.pieces[1].has_arrow);
  EXPECT_EQ(drawing.pieces[1].x2, drawing.nodes[0].x);
  EXPECT_EQ(drawing.pieces[1].y2, drawing.nodes[0].y);
}

TEST(GraphLayout, PutsATorusOnAGridWhoseJoinedEndsAreOpen) {
  NodeGraph graph{.messages = {}, .zones = std::vector<std::string>(12)};  // 3 rows of 4
  graph.messages = {{0, 1, 0}, {1, 0, 0}, {0, 3, 0}, {3, 0, 0}, {0, 8, 0}, {8, 0, 0}};

  const GraphDrawing drawing = lay_out(graph, "torus");

  const double step = drawing.nodes[1].x - drawing.nodes[0].x;
  EXPECT_GT(step, 0);
  EXPECT_EQ(drawing.nodes[0].y, drawing.nodes[3].y);
  EXPECT_NEAR(drawing.nodes[4].y - drawing.nodes[0].y, step, 1e-12);
  ASSERT_EQ(drawing.pieces.size(), 5U);
  for (const auto& piece : drawing.pieces) {
    EXPECT_LE(std::hypot(piece.x2 - piece.x1, piece.y2 - piece.y1), step + 1e-12);
    for (const double end : {piece.x1, piece.y1, piece.x2, piece.y2}) {
      EXPECT_GE(end, 0);
      EXPECT_LE(end, 1);
    }
  }
}

TEST(GraphLayout, PutsTheFirstNodeOfAStarInTheMiddle) {
  NodeGraph graph{.messages = {{0, 1, 0}, {1, 0, 0}}, .zones = std::vector<std::string>(5)};

  const GraphDrawing drawing = lay_out(graph, "star");

  EXPECT_EQ(drawing.nodes[0].x, 0.5);
  EXPECT_EQ(drawing.nodes[0].y, 0.5);
  EXPECT_NE(drawing.nodes[1].y, 0.5);
}

/// Runs of four nodes on a ring with two evaluations.
class GossipRuns : public WithFolder {
 protected:
  analysis::Run run(const char* algorithm, const Json& more = Json::object(), int seed = 1,
                    const std::string& graph = std::string(header) +
                                               ",0,1,0.5,a,b,north,south\n"
                                               ",1,0,0.5,b,a,south,north\n") const {
    Json settings = {{"workers", 2},
                     {"protocol", {{"kind", "gossip"}, {"topology", {{"kind", "ring"}}}}}};
    settings.merge_patch(more);
    analysis::Run result = sample_run(algorithm, seed, 0, settings);
    const std::string name = "run-" + std::to_string(count_++);
    write(name + "/metrics.csv",
          "iteration,epoch,simulated_seconds,rounds,uplink_payload_bits,test_accuracy,"
          "node_test_accuracy,worst_test_accuracy,consensus_distance,nonzero_share\n"
          "10,1,5,20,640,0.8,0.7,0.6,2,1\n20,2,10,40,1280,0.9,0.85,0.75,1,0.5\n");
    if (!graph.empty()) write(name + "/graph.csv", graph);
    result.folder = folder_ / name;
    return result;
  }
  static Figures figures_of(const Results& results) {
    const Study study = group_runs(results);
    Figures figures;
    add_gossip(study, curves_of(study, 1000), styles_of(study), figures);
    return figures;
  }
  mutable int count_ = 0;
};

TEST_F(GossipRuns, HaveTheirGraphConsensusAndBandsDrawn) {
  const Results results = results_of({run("d_psgd"), run("choco")});

  const Figures figures = figures_of(results);

  EXPECT_THAT(slugs_of(figures.drawn), ElementsAre("graph", "nodes-epochs", "nodes-seconds"));
  const Figure& graph = figures.drawn[0];
  ASSERT_EQ(graph.charts.size(), 1U);
  EXPECT_EQ(graph.charts[0].title, "ring");
  EXPECT_EQ(graph.charts[0].x_title, "2 nodes");
  EXPECT_EQ(graph.charts[0].graph.nodes[1].label, "1");
  const Figure& epochs = figures.drawn[1];
  ASSERT_EQ(epochs.charts.size(), 2U);
  EXPECT_TRUE(epochs.charts[0].log_y);
  ASSERT_EQ(epochs.charts[0].lines.size(), 2U);
  EXPECT_THAT(epochs.charts[0].lines[0].x, ElementsAre(1, 2));
  EXPECT_THAT(epochs.charts[0].lines[0].y, ElementsAre(2, 1));
  EXPECT_THAT(epochs.charts[1].lines[0].y, ElementsAre(0.8, 0.9));
  EXPECT_THAT(epochs.charts[1].lines[0].low, ElementsAre(0.6, 0.75));
  EXPECT_THAT(epochs.charts[1].lines[0].high, ElementsAre(0.7, 0.85));
  const Figure& time = figures.drawn[2];
  ASSERT_EQ(time.charts.size(), 2U);
  EXPECT_THAT(time.charts[0].lines[0].x, ElementsAre(5, 10));
  EXPECT_THAT(time.description, HasSubstr("Distance to consensus, ending at: D-PSGD 1"));
}

TEST_F(GossipRuns, ColourNodesByZonesAndEdgesByIterations) {
  const std::string changes = std::string(header) +
                              "1,0,1,0.5,a,b,north,south\n1,1,0,0.5,b,a,south,north\n"
                              "2,0,2,0.5,a,c,north,south\n2,2,0,0.5,c,a,south,north\n";
  const Results results = results_of({run("d_psgd", {{"workers", 3}}, 1, changes)});

  const Chart chart = figures_of(results).drawn.front().charts.front();

  std::vector<std::string> names;
  for (const Line& line : chart.lines) names.push_back(line.label);
  EXPECT_THAT(names, ElementsAre("zone north", "zone south", "iteration 1", "iteration 2"));
  EXPECT_NE(chart.graph.nodes[0].style, chart.graph.nodes[1].style);
  EXPECT_EQ(chart.graph.nodes[1].style, chart.graph.nodes[2].style);
  ASSERT_EQ(chart.graph.pieces.size(), 2U);
  EXPECT_EQ(chart.graph.pieces[0].style, chart.lines[2].style);
  EXPECT_EQ(chart.graph.pieces[1].style, chart.lines[3].style);
}

TEST_F(GossipRuns, ThatDrawGraphsHaveTheFirstStandOut) {
  std::string text = header;
  for (int t = 1; t <= 10; ++t) {
    const std::string other = std::to_string(1 + t % 2);
    text += std::to_string(t) + ",0," + other + ",0.5,a,b,z,z\n";
    text += std::to_string(t) + "," + other + ",0,0.5,b,a,z,z\n";
  }
  const Json schedule = {
      {"workers", 3},
      {"protocol", {{"topology", {{"kind", "star"}, {"schedule", "random_matching"}}}}}};
  const Results results = results_of({run("d_psgd", schedule, 1, text)});

  const Chart chart = figures_of(results).drawn.front().charts.front();

  EXPECT_EQ(chart.title, "star, random_matching");
  EXPECT_EQ(chart.x_title, "3 nodes; first 10 iterations");
  ASSERT_EQ(chart.lines.size(), 1U);
  EXPECT_EQ(chart.lines[0].label, "iteration 1");
  EXPECT_EQ(chart.graph.pieces.back().style, chart.lines[0].style);
  EXPECT_NE(chart.graph.pieces.front().style, chart.lines[0].style);
}

TEST_F(GossipRuns, ShowSparsityWhereAnL1NormIsOn) {
  const Results results =
      results_of({run("malcom", {{"algorithm", {{"l1", 1e-4}}}}), run("choco")});

  const Figure epochs = figures_of(results).drawn[1];

  ASSERT_EQ(epochs.charts.size(), 3U);
  EXPECT_EQ(epochs.charts[2].y_title, "Entries that are not 0 (fraction)");
  EXPECT_THAT(epochs.charts[2].lines[0].y, ElementsAre(1, 0.5));
}

TEST_F(GossipRuns, OnOneGraphOverSeveralNetworksHaveItDrawnOnce) {
  const Results results =
      results_of({run("d_psgd", {{"platform", {{"uplink", "1Mbps"}}}}),
                  run("d_psgd", {{"platform", {{"uplink", "10Mbps"}}}}),
                  run("d_psgd", {{"platform", {{"uplink", "100Mbps"}}},
                                 {"protocol", {{"topology", {{"kind", "star"}}}}}})});

  const Figures figures = figures_of(results);

  ASSERT_EQ(figures.drawn.front().charts.size(), 2U);
  EXPECT_EQ(figures.drawn.front().charts[1].title, "star");
  EXPECT_THAT(figures.drawn.front().description, HasSubstr("ring, 2 nodes (2 settings)"));
  EXPECT_EQ(figures.drawn.back().charts.size(), 6U);  // consensus and accuracy of each network
  EXPECT_EQ(figures.drawn.back().charts[0].title, "uplink 1Mbps, topology.kind ring");
}

TEST_F(GossipRuns, WithADamagedGraphGetANoteAndTheOtherFigures) {
  const Results results = results_of({run("d_psgd", Json::object(), 1, "from,to\n0,1\n")});

  const Figures figures = figures_of(results);

  EXPECT_THAT(slugs_of(figures.drawn), ElementsAre("nodes-epochs", "nodes-seconds"));
  EXPECT_THAT(figures.notes, Contains(HasSubstr("graph.csv: has no column iteration")));
}

TEST_F(GossipRuns, HaveTheirFiguresInTheReport) {
  const Report report = make_report(results_of({run("d_psgd")}), {});

  std::vector<std::string> paths;
  for (const ReportFile& file : report.files) paths.push_back(file.path.string());
  for (const char* name : {"graph", "nodes-epochs", "nodes-seconds"}) {
    EXPECT_THAT(paths, Contains(std::string("figures/") + name + ".svg"));
  }
  const std::string& page = report.files.back().content;
  EXPECT_THAT(page, HasSubstr("Who exchanges messages with whom"));
  EXPECT_THAT(page, HasSubstr("Consensus and accuracy of nodes against epochs"));
  EXPECT_THAT(page, HasSubstr("consensus_distance"));
}

TEST(OtherRuns, HaveNoFiguresOfNodes) {
  const Results results = results_of({sample_run("sgd", 1, 0)});
  const Study study = group_runs(results);
  Figures figures;

  add_gossip(study, curves_of(study, 1000), styles_of(study), figures);

  EXPECT_THAT(figures.drawn, testing::IsEmpty());
  EXPECT_THAT(figures.notes, testing::IsEmpty());
}

TEST(GraphFigure, IsTheSameEachTimeAndSmallForManyNodes) {
  Chart chart{.title = "ring", .graph = lay_out(ring(1000), "ring")};
  chart.graph.nodes[0].label = "0";
  const Figure figure{.slug = "graph", .title = "Graph", .charts = {chart}};

  const std::string svg = to_svg(figure);

  EXPECT_EQ(svg, to_svg(figure));
  EXPECT_THAT(svg, HasSubstr("<title>Graph</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_LT(svg.size(), 100'000U);
}

}  // namespace
}  // namespace gradwire::analysis::gossip_test
