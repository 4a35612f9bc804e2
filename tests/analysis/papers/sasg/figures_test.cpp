#include <gmock/gmock.h>

#include "analysis/papers/sasg/sasg.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::papers::sasg::figures_test {
namespace {

using FiguresOfMetrics = WithMetrics;

TEST_F(FiguresOfMetrics, HaveThePapersNumbers) {
  const Results results = results_of({run("sgd", "1Gbps", 1), run("sasg", "1Gbps", 3)});
  const Study study = group_runs(results);

  Figures figures;
  add_figures(study, curves_of(study, 1000), styles_of(study), figures);

  EXPECT_THAT(slugs_of(figures.drawn),
              testing::ElementsAre("figure2-rounds", "figure2-bits", "figure2-seconds",
                                   "figure3-communication"));
}

TEST(Figures, DrawWhatWasSweptOfSparsityAndOfHeterogeneity) {
  const auto run = [](double density, double alpha) {
    return sample_run("sasg", 1, 100,
                      {{"algorithm", {{"density", density}}},
                       {"dataset", {{"partition", {{"kind", "dirichlet"}, {"alpha", alpha}}}}}});
  };
  const Results results = results_of({run(0.01, 0.1), run(0.1, 0.1), run(0.01, 5), run(0.1, 5)});
  const Study study = group_runs(results);

  Figures figures;
  add_figures(study, curves_of(study, 1000), styles_of(study), figures);

  EXPECT_THAT(slugs_of(figures.drawn),
              testing::ElementsAre("figure4-sparsity-partition.alpha-0.1",
                                   "figure4-sparsity-partition.alpha-5.0", "figure5-alpha"));
  EXPECT_THAT(figures.drawn[0].charts[0].lines[0].x, testing::ElementsAre(0.01, 0.1));
  EXPECT_THAT(figures.drawn[2].charts[0].lines[0].x, testing::ElementsAre(0.1, 5.0));
}

}  // namespace
}  // namespace gradwire::analysis::papers::sasg::figures_test
