#include "analysis/figures/figures.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

#include "analysis/figures/axis.hpp"
#include "analysis/figures/parts.hpp"
#include "analysis/figures/setting_notes.hpp"
#include "analysis/figures/style.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::figures_test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> texts;
  for (const Tick& tick : axis.ticks()) {
    if (!tick.label.empty()) texts.push_back(tick.label);
  }
  return texts;
}

TEST(Axis, PutsTicksAtRoundNumbers) {
  EXPECT_THAT(labels(Axis(0.0, 93000.0, false, 0.0, 100.0)),
              testing::ElementsAre("0", "20k", "40k", "60k", "80k"));
  EXPECT_THAT(labels(Axis(2e6, 3e9, true, 0.0, 100.0)), testing::ElementsAre("10M", "100M", "1G"));
}

TEST(Axis, MapsItsEndsIntoThePaper) {
  for (const bool log : {false, true}) {
    const Axis axis(1.0, 1000.0, log, 10.0, 110.0);
    EXPECT_GE(axis(1.0), 10.0);
    EXPECT_LE(axis(1000.0), 110.0);
    EXPECT_LT(axis(30.0), axis(31.0));
  }
  EXPECT_TRUE(std::isfinite(Axis(5.0, 5.0, false, 0.0, 1.0)(5.0)));
}

TEST(Axis, HasFewTicksInOrderWhateverTheNumbers) {
  const double values[] = {-1.7976931348623157e308,
                           -1e300,
                           -1.0,
                           0.0,
                           5e-324,
                           1e-310,
                           1e-5,
                           0.5,
                           1.0,
                           1.0000000000000002,
                           1e17,
                           1e17 + 16,
                           1e300,
                           1e304,
                           1e308,
                           1.7976931348623157e308};
  for (const double low : values) {
    for (const double high : values) {
      for (const bool log : {false, true}) {
        if (high < low || (log && low <= 0.0)) continue;
        const Axis axis(low, high, log, 10.0, 110.0);
        EXPECT_GE(axis(low), 10.0) << low << " " << high;
        EXPECT_LE(axis(high), 110.0) << low << " " << high;
        const std::vector<Tick> ticks = axis.ticks();
        EXPECT_LE(ticks.size(), 400U) << low << " " << high;
        EXPECT_LE(labels(axis).size(), 50U) << low << " " << high;
        for (const Tick& tick : ticks) EXPECT_TRUE(std::isfinite(tick.at));
      }
    }
  }
}

TEST(Axis, NamesItsDecadesOverTheWholeRangeOfADouble) {
  EXPECT_THAT(labels(Axis(1e-310, 1.0, true, 0.0, 100.0)),
              testing::ElementsAre("1e-280", "1e-224", "1e-168", "1e-112", "1e-56", "1"));
  EXPECT_THAT(labels(Axis(1.0, 1e304, true, 0.0, 100.0)), testing::Contains("1e+110"));
  EXPECT_THAT(labels(Axis(1e308, 1e308, true, 0.0, 100.0)), testing::Contains("1e+308"));
}

TEST(Axis, KeepsWhatLiesOutsideNearEnoughToDraw) {
  const Axis axis(0.0, 1.0, false, 0.0, 100.0);

  EXPECT_EQ(axis(std::nan("")), 0.0);
  EXPECT_LE(axis(std::numeric_limits<double>::infinity()), 20'000.0);
  EXPECT_GE(axis(-1e300), -20'000.0);
}

TEST(Styles, DifferInGreyTooAmongTheFirstFour) {
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(all_styles[a].dashes, all_styles[b].dashes);
  }
}

TEST(Styles, AreAllDifferent) {
  for (std::size_t a = 0; a < all_styles.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_FALSE(all_styles[a].colour == all_styles[b].colour &&
                   all_styles[a].shape == all_styles[b].shape);
      EXPECT_FALSE(all_styles[a].colour == all_styles[b].colour &&
                   all_styles[a].dashes == all_styles[b].dashes);
    }
  }
}

TEST(Styles, OfManyMethodsDifferAndUseEachColourBeforeAnyTwice) {
  std::vector<analysis::Run> runs;
  const auto name = [](int i) { return "method" + std::to_string(10 + i); };
  for (int i = 0; i < 30; ++i) runs.push_back(sample_run(name(i), 1, 10));
  runs.push_back(sample_run("sgd", 1, 10));
  runs.push_back(sample_run("sasg", 1, 10));
  const Results results = results_of(std::move(runs));

  const StyleMap map = styles_of(group_runs(results));

  std::set<std::size_t> used;
  for (const auto& [label, style] : map) used.insert(style);
  EXPECT_EQ(used.size(), 32U);
  EXPECT_EQ(*used.rbegin(), all_styles.size() - 1);
  EXPECT_EQ(map.at("SGD"), 0U);
  EXPECT_EQ(map.at("SASG"), 3U);
  std::set<std::string_view> colours_of_first;
  for (int i = 0; i < 6; ++i) {
    colours_of_first.insert(style_of(map.at(name(i))).colour);
  }
  EXPECT_EQ(colours_of_first.size(), 6U);
}

Figure hostile_figure() {
  Line line{.label = "</svg><script>", .x = {1, 2, 3}, .y = {1, std::nan(""), 0}};
  line.low = {0.5, 0.5, -1};
  line.high = {1.5, 1.5, 1};
  return {.slug = "x",
          .title = "T <&> \"q\"",
          .description = "<b>",
          .charts = {
              {.x_title = "x (s)", .y_title = "y", .log_x = true, .log_y = true, .lines = {line}}}};
}

TEST(Figure, IsTheSameEachTimeAndEscapesItsText) {
  const std::string svg = to_svg(hostile_figure());

  EXPECT_EQ(svg, to_svg(hostile_figure()));
  EXPECT_THAT(svg, HasSubstr("<title>T &lt;&amp;&gt; &quot;q&quot;</title>"));
  EXPECT_THAT(svg, HasSubstr("<desc>&lt;b&gt;</desc>"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_TRUE(to_png(hostile_figure()).starts_with("\x89PNG"));
}

TEST(Figures, DrawTimeAgainstBandwidthWithItsCrossover) {
  const auto uplink = [](const char* value) { return Json{{"platform", {{"uplink", value}}}}; };
  const Results results = results_of(
      {sample_run("sgd", 1, 1000, uplink("1Mbps")), sample_run("sasg", 1, 100, uplink("1Mbps")),
       sample_run("sgd", 1, 40, uplink("1Gbps")), sample_run("sasg", 1, 80, uplink("1Gbps"))});
  const Study study = group_runs(results);

  Figures figures;
  add_network(study, styles_of(study), figures);

  ASSERT_EQ(figures.drawn.size(), 1U);
  const Chart& chart = figures.drawn[0].charts[0];
  EXPECT_EQ(figures.drawn[0].slug, "bandwidth");
  EXPECT_THAT(chart.lines[0].x, testing::ElementsAre(1e6, 1e9));
  EXPECT_THAT(chart.lines[0].y, testing::ElementsAre(50.0, 2.0));
  ASSERT_EQ(chart.vertical.size(), 1U);
  EXPECT_THAT(chart.vertical[0].label, HasSubstr("SASG = SGD at"));
}

using FiguresOfMetrics = WithMetrics;

TEST_F(FiguresOfMetrics, DrawTwiceWhatDiffersUnderAnotherNetwork) {
  const Results results =
      results_of({run("sgd", "1Mbps", 10), run("sgd", "1Gbps", 1), run("sgd", "2Gbps", 1, "0.25")});
  const Study study = group_runs(results);

  Figures figures;
  add_learning_curves(study, curves_of(study, 1000), styles_of(study), "curves", figures);

  const std::vector<std::string> drawn = slugs_of(figures.drawn);

  EXPECT_THAT(drawn, testing::Contains("curves-rounds-uplink-1Mbps"));
  EXPECT_THAT(drawn, testing::Contains("curves-rounds-uplink-2Gbps"));
  EXPECT_THAT(drawn, testing::Not(testing::Contains("curves-rounds-uplink-1Gbps")));
}

TEST(SettingNotes, TellTheSameWordsOnce) {
  SettingNotes notes;
  notes.add("SGD: stops early", "10 Mbps");
  notes.add("SASG: stops early", "10 Mbps");
  for (const char* const setting : {"20 Mbps", "1 Gbps"}) notes.add("SGD: stops early", setting);
  notes.add("Not drawn", "a");
  notes.add("Not drawn", "b");
  notes.add("Of all", "");
  std::vector<std::string> lines;

  notes.append_to(lines);

  EXPECT_THAT(lines,
              testing::ElementsAre("SGD: stops early (10 Mbps, and 2 more settings).",
                                   "SASG: stops early (10 Mbps).", "Not drawn (a; b).", "Of all."));
}

}  // namespace
}  // namespace gradwire::analysis::figures_test
