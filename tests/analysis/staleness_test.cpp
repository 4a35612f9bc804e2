#include "analysis/results/staleness.hpp"

#include <gmock/gmock.h>

#include "analysis/figures/figures.hpp"
#include "sim/core/error.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::staleness_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class Staleness : public WithFolder {
 protected:
  analysis::Run run(int seed, const std::string& counts) const {
    analysis::Run result =
        sample_run("downpour", seed, 0, {{"protocol", {{"kind", "asynchronous"}}}});
    const std::string name = "run-" + std::to_string(seed);
    if (!counts.empty()) write(name + "/staleness.csv", "worker,staleness,pushes\n" + counts);
    result.folder = folder_ / name;
    return result;
  }
  static Figures figures_of(const Results& results) {
    const Study study = group_runs(results);
    Figures figures;
    add_staleness(study, styles_of(study), figures);
    return figures;
  }
};

TEST_F(Staleness, IsReadOverAllWorkers) {
  const auto file = write("staleness.csv", "worker,staleness,pushes\n0,1,2\n0,3,4\n1,1,5\n");
  EXPECT_THAT(read_staleness(file), ElementsAre(Pair(1, 7), Pair(3, 4)));
}

TEST_F(Staleness, IsRefusedWithItsPlaceIfItIsDamaged) {
  for (const char* text : {"worker,pushes\n0,1\n", "worker,staleness,pushes\n0,-1,2\n",
                           "worker,staleness,pushes\n0,x,2\n"}) {
    EXPECT_THROW(static_cast<void>(read_staleness(write("staleness.csv", text))), InputError);
  }
}

TEST_F(Staleness, IsDrawnAsSharesOfThePushesOfAllSeeds) {
  const Figures figures = figures_of(results_of({run(1, "0,0,1\n0,2,2\n"), run(2, "1,2,1\n")}));

  ASSERT_EQ(figures.drawn.size(), 1U);
  EXPECT_EQ(figures.drawn[0].slug, "staleness");
  ASSERT_EQ(figures.drawn[0].charts.size(), 1U);
  const std::vector<Line>& lines = figures.drawn[0].charts[0].lines;
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0].x, ElementsAre(0, 2));
  EXPECT_THAT(lines[0].y, ElementsAre(0.25, 0.75));
  EXPECT_THAT(figures.drawn[0].description, HasSubstr("Downpour: mean 1.5, at most 2."));
}

TEST_F(Staleness, ThatIsDamagedBecomesANoteAndWithoutFilesThereIsNoFigure) {
  const Figures figures = figures_of(results_of({run(1, "0,x,1\n"), run(2, "")}));

  EXPECT_TRUE(figures.drawn.empty());
  ASSERT_EQ(figures.notes.size(), 1U);
  EXPECT_THAT(figures.notes[0], HasSubstr("Not drawn: staleness"));
}

}  // namespace
}  // namespace gradwire::analysis::staleness_test
