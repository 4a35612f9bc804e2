#include "analysis/study/pareto.hpp"

#include <gmock/gmock.h>

#include <random>

#include "analysis/figures/figures.hpp"
#include "analysis/figures/labels.hpp"
#include "analysis/tables/render.hpp"
#include "analysis/tables/tables.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::pareto_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A run with its final accuracy and costs; wire bytes are an eighth of the bits.
analysis::Run ended(const std::string& algorithm, int seed, double accuracy, double bits,
                    double seconds, const char* uplink = "1Gbps") {
  analysis::Run run =
      sample_run(algorithm, seed, 20 * seconds, {{"platform", {{"uplink", uplink}}}});
  run.summary["final.test_accuracy"] = std::to_string(accuracy);
  run.summary["uplink_payload_bits"] = std::to_string(bits);
  run.summary["uplink_wire_bytes"] = std::to_string(bits / 8);
  run.summary["simulated_seconds"] = std::to_string(seconds);
  return run;
}

std::vector<std::string> front_labels(const Study& study, Spending spending) {
  const std::vector<Outcome> outcomes = outcomes_of(study.panels.front());
  std::vector<std::string> labels;
  for (const std::size_t i : front_of(outcomes, spending)) {
    labels.push_back(outcomes[i].series->label);
  }
  return labels;
}

TEST(Pareto, HasTheMethodsThatNoOtherBeatsByAscendingCost) {
  const Results results =
      results_of({ended("sgd", 1, 0.90, 1000, 30), ended("sasg", 1, 0.88, 10, 20),
                  ended("sparse", 1, 0.87, 20, 10), ended("qsgd", 1, 0.80, 900, 40)});
  const Study study = group_runs(results);

  EXPECT_THAT(front_labels(study, Spending::payload_bits), ElementsAre("SASG", "SGD"));
  EXPECT_THAT(front_labels(study, Spending::seconds), ElementsAre("Sparse", "SASG", "SGD"));
}

TEST(Pareto, KeepsMethodsThatAreEqualAndDropsThoseThatOnlyCostMore) {
  const Results results = results_of({ended("sgd", 1, 0.9, 100, 1), ended("sparse", 1, 0.9, 100, 1),
                                      ended("sasg", 1, 0.9, 101, 1)});
  const Study study = group_runs(results);

  EXPECT_THAT(front_labels(study, Spending::payload_bits), ElementsAre("SGD", "Sparse"));
}

TEST(Pareto, NamesTheCheapestMethodOfTheFrontThatIsBetter) {
  const Results results =
      results_of({ended("sgd", 1, 0.90, 500, 1), ended("sparse", 1, 0.89, 100, 1),
                  ended("lasg", 1, 0.88, 400, 1), ended("qsgd", 1, 0.70, 900, 1)});
  const Study study = group_runs(results);
  const std::vector<Outcome> outcomes = outcomes_of(study.panels.front());

  const auto places = places_of(outcomes, std::array{Spending::payload_bits});

  EXPECT_TRUE(places[0].on_front());
  EXPECT_TRUE(places[1].on_front());
  EXPECT_EQ(places[2].beaten_by, 1U);  // Sparse
  EXPECT_EQ(places[3].beaten_by, 1U);  // not LASG, which is beaten itself
}

TEST(Pareto, OfTwoCostsHasEveryMethodOfEitherFront) {
  std::mt19937 random(1);
  std::vector<analysis::Run> runs;
  for (int i = 0; i < 40; ++i) {
    runs.push_back(ended("method" + std::to_string(i), 1, static_cast<double>(random() % 100),
                         static_cast<double>(1 + random() % 50),
                         static_cast<double>(1 + random() % 50)));
  }
  const Results results = results_of(std::move(runs));
  const Study study = group_runs(results);
  const std::vector<Outcome> outcomes = outcomes_of(study.panels.front());

  const auto bits = places_of(outcomes, std::array{Spending::payload_bits});
  const auto both = places_of(outcomes, std::array{Spending::payload_bits, Spending::seconds});

  std::size_t more = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (both[i].beaten_by) {
      const Outcome &better = outcomes[*both[i].beaten_by], &here = outcomes[i];
      EXPECT_TRUE(both[*both[i].beaten_by].on_front());
      EXPECT_GE(better.accuracy.values[0], here.accuracy.values[0]);
      EXPECT_LE(better.cost(Spending::seconds).values[0], here.cost(Spending::seconds).values[0]);
    }
    // Equal accuracies and bits are decided by seconds, so that a tie may leave the front.
    more += both[i].on_front() && !bits[i].on_front() ? 1U : 0U;
  }
  EXPECT_GT(more, 0U);
}

TEST(Pareto, LeavesOutMethodsOfWhichARunHasNoAccuracy) {
  analysis::Run diverged = ended("qsgd", 2, 0.99, 1, 1);
  diverged.summary["status"] = "diverged";
  const Results results = results_of(
      {ended("sgd", 1, 0.9, 100, 1), ended("sgd", 2, 0.9, 100, 1), ended("sparse", 1, 0.8, 10, 1),
       ended("sparse", 2, 0.8, 10, 1), ended("qsgd", 1, 0.99, 1, 1), diverged});
  const Study study = group_runs(results);

  EXPECT_THAT(front_labels(study, Spending::payload_bits), ElementsAre("Sparse", "SGD"));
  const std::string table = to_markdown(*pareto(study));
  EXPECT_THAT(table, HasSubstr("| QSGD | 1/2 (1 diverged) | – |"));
  Figures figures;
  add_pareto(study, styles_of(study), figures);
  EXPECT_EQ(figures.drawn.front().charts[0].points.size(), 2U);
  EXPECT_THAT(figures.notes,
              ElementsAre("QSGD is in no Pareto front: of 2 final accuracies are missing: "
                          "1 diverged."));
}

TEST(Pareto, ComparesOverTheSeedsThatAllHave) {
  const Results results = results_of({ended("sgd", 1, 0.9, 100, 1), ended("sgd", 2, 0.1, 100, 1),
                                      ended("sparse", 1, 0.8, 200, 1)});
  const Study study = group_runs(results);

  EXPECT_THAT(front_labels(study, Spending::payload_bits), ElementsAre("SGD"));
  const Table table = *pareto(study);
  EXPECT_THAT(table.notes, testing::Contains(HasSubstr("do not have the same seeds")));
  EXPECT_EQ(table.rows[0][1].text, "2/2");
  EXPECT_EQ(table.rows[0][2].text, "0.9000");
}

TEST(Pareto, WithoutACommonSeedOrASecondMethodThereIsNone) {
  for (const Results& results :
       {results_of({ended("sgd", 1, 0.9, 100, 1), ended("sparse", 2, 0.8, 200, 1)}),
        results_of({ended("sgd", 1, 0.9, 100, 1)})}) {
    const Study study = group_runs(results);
    Figures figures;
    add_pareto(study, styles_of(study), figures);
    EXPECT_TRUE(figures.drawn.empty());
    EXPECT_FALSE(pareto(study));
    EXPECT_FALSE(which_pays(study));
  }
}

TEST(Pareto, SaysInTheTableWhatIsInFrontAndBehindWhat) {
  const Results results = results_of({ended("sgd", 1, 0.90, 1000, 3), ended("sasg", 1, 0.88, 10, 4),
                                      ended("qsgd", 1, 0.80, 900, 2)});
  const Study study = group_runs(results);

  const Table table = *pareto(study);

  EXPECT_THAT(to_markdown(table), HasSubstr("| QSGD | 1/1 | 0.8000 | 9.000e2 | behind SASG | "
                                            "1.125e2 | behind SASG | 2.00 | front | front |"));
  EXPECT_THAT(to_csv(table),
              HasSubstr("uplink_payload_bits_on_front,uplink_payload_bits_beaten_by"));
  EXPECT_THAT(to_csv(table), HasSubstr("QSGD,1,1,0.8,,,900,,,0,SASG,"));
}

std::vector<analysis::Run> on_two_networks() {
  return {ended("sgd", 1, 0.90, 1000, 30, "1Mbps"), ended("sasg", 1, 0.88, 10, 5, "1Mbps"),
          ended("qsgd", 1, 0.80, 900, 25, "1Mbps"), ended("sgd", 1, 0.90, 1000, 2, "100Gbps"),
          ended("sasg", 1, 0.88, 10, 4, "100Gbps"), ended("qsgd", 1, 0.80, 900, 3, "100Gbps")};
}

TEST(Pareto, SaysOnWhichNetworkEachMethodPays) {
  std::vector<analysis::Run> runs = on_two_networks();
  std::erase_if(runs[2].summary, [](const auto& e) { return e.first.starts_with("baseline."); });
  const Results results = results_of(std::move(runs));

  const Table table = *which_pays(group_runs(results));

  EXPECT_EQ(table.title, "On which network does each method pay?");
  const std::string text = to_markdown(table);
  EXPECT_THAT(text, HasSubstr("| uplink 1Mbps | SASG (0.8800 in 5.00 s), SGD (0.9000 in 30.00 s) | "
                              "SASG | 5.00 | 16.7 % | 2 of 3 |"));
  EXPECT_THAT(text, HasSubstr("| uplink 100Gbps | SGD (0.9000 in 2.00 s) | SGD | 2.00 | 100 % | "
                              "3 of 3 |"));
}

TEST(Pareto, HasNoFirstWhereNoMethodReachesTheBaseline) {
  std::vector<analysis::Run> runs = on_two_networks();
  for (analysis::Run& run : runs) {
    std::erase_if(run.summary, [](const auto& e) { return e.first.starts_with("baseline."); });
  }
  const Results results = results_of(std::move(runs));

  EXPECT_THAT(to_markdown(*which_pays(group_runs(results))),
              HasSubstr("| none | – | – | 0 of 3 |"));
}

TEST(Pareto, OfOneNetworkHasNoTableOfNetworks) {
  const Results results = results_of({ended("sgd", 1, 0.9, 100, 1), ended("sasg", 1, 0.8, 10, 1)});

  EXPECT_FALSE(which_pays(group_runs(results)));
}

TEST(ParetoFigures, DrawBitsOnceAndTimeForEachNetwork) {
  const Results results = results_of(on_two_networks());
  const Study study = group_runs(results);

  Figures figures;
  add_pareto(study, styles_of(study), figures);

  EXPECT_THAT(slugs_of(figures.drawn),
              ElementsAre("pareto-bits", "pareto-wire-bytes", "pareto-seconds-uplink-1Mbps",
                          "pareto-seconds-uplink-100Gbps"));
  const Chart& chart = figures.drawn[2].charts[0];
  EXPECT_EQ(chart.title, "uplink 1Mbps; first at the baseline: SASG");
  EXPECT_TRUE(chart.log_x);
  EXPECT_THAT(chart.front.x, ElementsAre(5.0, 30.0));
  EXPECT_THAT(chart.front.y, ElementsAre(0.88, 0.90));
  EXPECT_THAT(figures.drawn[2].description,
              HasSubstr("On the front: SGD 0.9000 at 30, SASG 0.8800 at 5. Behind it: QSGD 0.8000 "
                        "at 25."));
  EXPECT_TRUE(to_svg(figures.drawn[2]).starts_with("<?xml"));
  EXPECT_EQ(to_svg(figures.drawn[2]), to_svg(figures.drawn[2]));
}

TEST(ParetoFigures, OfManyNetworksAreAFewWithTheFirstAndTheLast) {
  std::vector<analysis::Run> runs;
  for (int i = 1; i <= 20; ++i) {
    const std::string uplink = std::to_string(i) + "Mbps";
    runs.push_back(ended("sgd", 1, 0.9, 100, 60.0 / i, uplink.c_str()));
    runs.push_back(ended("sasg", 1, 0.8, 10, 6.0 / i, uplink.c_str()));
  }
  const Results results = results_of(std::move(runs));
  const Study study = group_runs(results);

  Figures figures;
  add_pareto(study, styles_of(study), figures);

  const std::vector<std::string> drawn = slugs_of(figures.drawn);
  EXPECT_EQ(drawn.size(), 8U);
  EXPECT_THAT(drawn, testing::Contains("pareto-seconds-uplink-1Mbps"));
  EXPECT_THAT(drawn, testing::Contains("pareto-seconds-uplink-20Mbps"));
  EXPECT_THAT(figures.notes, ElementsAre(HasSubstr("drawn in 6 of 20 settings")));
}

TEST(ParetoFigures, DrawToScaleAllButWhatIsFarBelowTheOthersAndOffTheFront) {
  const auto lowest = [](double cost_of_the_worst) {
    const Results results = results_of(
        {ended("sgd", 1, 0.90, 500, 1), ended("sasg", 1, 0.89, 400, 1),
         ended("sparse", 1, 0.89, 300, 1), ended("lasg", 1, 0.88, 600, 1),
         ended("qsgd", 1, 0.87, 700, 1), ended("random_k", 1, 0.10, cost_of_the_worst, 1)});
    const Study study = group_runs(results);
    Figures figures;
    add_pareto(study, styles_of(study), figures);
    EXPECT_THAT(figures.drawn.front().description, HasSubstr("Random-k 0.1000"));
    return figures.drawn.front().charts[0].lowest_point;
  };

  EXPECT_GT(lowest(900), 0.10);
  EXPECT_LE(lowest(900), 0.80);  // the baseline is drawn in any case
  EXPECT_LE(lowest(10), 0.10);   // it is on the front
}

bool overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

std::vector<WantedLabel> random_labels(std::mt19937& random, std::size_t count, const Box& frame) {
  std::uniform_real_distribution<double> share(0.0, 1.0);
  std::vector<WantedLabel> labels;
  for (std::size_t i = 0; i < count; ++i) {
    labels.push_back({.x = frame.x + share(random) * frame.width,
                      .y = frame.y + share(random) * frame.height,
                      .width = 20.0 + 60.0 * share(random),
                      .height = 10.0});
  }
  return labels;
}

TEST(Labels, NeverOverlapEachOtherOrAMarkerAndStayInTheFrame) {
  const Box frame{56, 24, 348, 230};
  std::mt19937 random(7);
  for (const std::size_t count : {1U, 12U, 40U, 150U}) {
    const std::vector<WantedLabel> wanted = random_labels(random, count, frame);
    const Box taken{60, 100, 60, 10};

    const auto placed = place_labels(wanted, frame, {}, {taken});

    ASSERT_EQ(placed.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      if (!placed[i]) continue;
      const Box& box = placed[i]->box;
      EXPECT_GE(box.x, frame.x);
      EXPECT_LE(box.x + box.width, frame.x + frame.width);
      EXPECT_GE(box.y, frame.y);
      EXPECT_LE(box.y + box.height, frame.y + frame.height);
      EXPECT_FALSE(overlap(box, taken));
      for (std::size_t j = 0; j < count; ++j) {
        const Box marker{wanted[j].x - marker_radius, wanted[j].y - marker_radius,
                         2 * marker_radius, 2 * marker_radius};
        EXPECT_FALSE(overlap(box, marker));
        EXPECT_FALSE(j != i && placed[j] && overlap(box, placed[j]->box)) << i << " " << j;
      }
    }
  }
}

TEST(Labels, OfTwoDozenPointsAreAllPlaced) {
  const Box frame{56, 24, 348, 230};
  std::mt19937 random(3);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto placed = place_labels(random_labels(random, 24, frame), frame, {}, {});
    EXPECT_TRUE(std::ranges::all_of(placed, [](const auto& label) { return label.has_value(); }));
  }
}

TEST(Labels, OfPointsInOnePlaceAreFannedOutWhereThereIsRoom) {
  const Box frame{0, 0, 348, 230};
  const std::vector<WantedLabel> wanted(5, {.x = 170, .y = 120, .width = 55, .height = 10});

  const auto placed = place_labels(wanted, frame, {}, {});

  const auto found = std::ranges::count_if(placed, [](const auto& one) { return one.has_value(); });
  EXPECT_GE(found, 3);
  EXPECT_FALSE(placed.front()->leader);
}

}  // namespace
}  // namespace gradwire::analysis::pareto_test
