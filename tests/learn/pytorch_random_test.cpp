#include "sim/learn/pytorch_random.hpp"

#include <numeric>

#include "sim/learn/data/partition/sampler.hpp"
#include "sim/learn/mlp/mlp.hpp"
#include "tests/learn/support.hpp"

// The expected numbers were printed by PyTorch 1.13 and NumPy 1.24 for these seeds.

namespace gradwire::learn::pytorch_random_test {
namespace {

RandomSource as_pytorch(std::uint64_t seed, int models = 1) {
  RandomSource draws(seed);
  draws.as_pytorch = true;
  draws.models = models;
  return draws;
}

TEST(PytorchDraws, InitialWeightsAreThoseOfPytorchForTheSeed) {
  const Mlp net(784, {512}, 10);
  const Vector theta = net.initial_parameters(as_pytorch(1));

  // LibTorch may fuse a product and a sum, which changes the result by up to an ulp of the bound.
  constexpr float ulp = 0x1p-28F;
  EXPECT_NEAR(theta[0], 0x1.2d80aap-6F, ulp);
  EXPECT_NEAR(theta[1], -0x1.0244f4p-6F, ulp);
  EXPECT_NEAR(theta[784 * 512 - 1], -0x1.5a99dcp-6F, ulp);
  EXPECT_NEAR(theta[784 * 512], -0x1.9b890ap-7F, ulp);
  EXPECT_NEAR(theta[785 * 512], -0x1.20736cp-6F, ulp);
  EXPECT_NEAR(theta[785 * 512 + 5129], -0x1.d193bap-6F, ulp);
}

TEST(PytorchDraws, ShuffleIsNumpys) {
  std::vector<std::uint32_t> items(103);
  std::iota(items.begin(), items.end(), 0U);

  numpy_shuffle(1, items);

  EXPECT_EQ(std::vector(items.begin(), items.begin() + 10),
            (std::vector<std::uint32_t>{62, 40, 39, 69, 102, 38, 51, 85, 65, 54}));
  EXPECT_EQ(std::vector(items.end() - 3, items.end()), (std::vector<std::uint32_t>{72, 12, 37}));
}

TEST(PytorchDraws, PermutationIsRandperm) {
  PytorchGenerator generator(5);

  EXPECT_EQ(generator.permutation(12),
            (std::vector<std::uint32_t>{11, 0, 9, 6, 10, 3, 4, 5, 8, 7, 1, 2}));
  EXPECT_EQ(generator.permutation(7), (std::vector<std::uint32_t>{6, 0, 4, 5, 2, 1, 3}));
}

// Seed 3, Linear(20, 10) twice, 1,000 samples, 2 workers, batches of 5; the test set is read after
// every 100th iteration and after each epoch.
TEST(PytorchDraws, BatchesAreThoseOfTheAuthorsLoopInEveryEpoch) {
  const Sampler partition(1000, 2, 5, as_pytorch(3, 2), 21 * 10);
  const auto batch = [&](std::int64_t epoch, int worker, std::int64_t round) {
    return batch_of(partition, epoch, worker, round);
  };
  using Batch = std::vector<std::uint32_t>;

  EXPECT_EQ(batch(0, 0, 0), (Batch{287, 5, 351, 654, 319}));
  EXPECT_EQ(batch(0, 1, 99), (Batch{413, 834, 463, 345, 225}));
  EXPECT_EQ(batch(1, 0, 0), (Batch{235, 293, 528, 294, 399}));
  EXPECT_EQ(batch(2, 0, 99), (Batch{55, 271, 525, 988, 93}));
  EXPECT_EQ(batch(2, 1, 0), (Batch{367, 473, 90, 873, 335}));
}

TEST(PytorchDraws, ASecondModelMovesTheBatchesButNotTheShards) {
  const Sampler one(1000, 2, 5, as_pytorch(3, 1), 210);
  const Sampler two(1000, 2, 5, as_pytorch(3, 2), 210);

  EXPECT_TRUE(std::ranges::equal(one.shards().of(1), two.shards().of(1)));
  EXPECT_FALSE(std::ranges::equal(batch_of(one, 0, 0, 0), batch_of(two, 0, 0, 0)));
}

}  // namespace
}  // namespace gradwire::learn::pytorch_random_test
