#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "sim/training/synchronous_trainer.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::training::quantised_methods_test {
namespace {

using algorithms::StepSize;
using algorithms::ValueFormat;
using testing_support::Quadratic;
using testing_support::two_tensors;

constexpr int workers = 3;
constexpr std::int64_t d = 1000;

struct Learning {
  Learning(const char* method, ValueFormat values, int threads)
      : pool(threads),
        trainer({.algorithm = {.name = method},
                 .workers = workers,
                 .gamma = [](std::int64_t) { return StepSize::same(0.05); },
                 .values = values},
                problem, pool) {}

  const IterationWork& iteration() {
    if (begun) trainer.finish();
    begun = true;
    return trainer.next();
  }
  Vector parameters_after(int iterations) {
    for (int t = 0; t <= iterations; ++t) iteration();
    return trainer.model()->plain();
  }

  Quadratic problem = Quadratic(workers, two_tensors(d), 7, 0.2);
  TaskPool pool;
  SynchronousTrainer trainer;
  bool begun = false;
};

TEST(TernGrad, AnIterationIsAnExchangeOfScalesAndOneOfLevels) {
  Learning learning("terngrad", ValueFormat::float32, 2);
  for (int t = 0; t < 3; ++t) {
    const IterationWork& work = learning.iteration();
    ASSERT_EQ(work.exchanges.size(), 2U);
    const Exchange& scales = work.exchanges[0];
    const Exchange& levels = work.exchanges[1];
    // The model first; then the sum of three levels, a sign and two bits each.
    EXPECT_EQ(scales.downloads[0].payload, Bits{t == 0 ? 32 * d : 2 * 32 + 3 * d});
    EXPECT_EQ(levels.downloads[0].payload, Bits{2 * 32});
    for (int m = 0; m < workers; ++m) {
      const auto index = static_cast<std::size_t>(m);
      EXPECT_EQ(scales.parts[index].upload.payload, Bits{2 * 32});
      EXPECT_EQ(levels.parts[index].upload.payload, Bits{2 * 32 + 2 * d});
      EXPECT_EQ(levels.parts[index].gradients, 0);
    }
  }
}

class EachMethod : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Methods, EachMethod, testing::Values("terngrad", "natural"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(EachMethod, LearnsTheSameWithAnyNumberOfThreads) {
  Learning one(GetParam(), ValueFormat::float32, 1);
  Learning many(GetParam(), ValueFormat::float32, 4);
  EXPECT_EQ(one.parameters_after(10), many.parameters_after(10));
}

TEST(Values, OfDenseUploadsAreRoundedAndTheModelComesBackAsItIs) {
  Learning plain("sgd", ValueFormat::float32, 2);
  Learning rounded("sgd", ValueFormat::float16, 2);
  const IterationWork& work = rounded.iteration();
  EXPECT_EQ(work.exchanges[0].downloads[0].encoded[0], Bits{32 * d});
  EXPECT_EQ(work.exchanges[0].parts[1].upload.encoded[0], Bits{16 * d});
  EXPECT_EQ(work.exchanges[0].parts[1].upload.payload, Bits{16 * d});
  EXPECT_FALSE(work.exchanges[0].summable);
  EXPECT_TRUE(plain.iteration().exchanges[0].summable);

  const Vector exact = plain.parameters_after(20);
  const Vector close = rounded.parameters_after(20);
  EXPECT_NE(exact, close);
  for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(exact[i], close[i], 0.01);
}

}  // namespace
}  // namespace gradwire::training::quantised_methods_test
