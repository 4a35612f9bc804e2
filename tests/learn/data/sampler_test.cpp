#include "sim/learn/data/sampler.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <thread>

#include "tests/learn/support.hpp"

namespace gradwire::learn {
namespace {

std::vector<std::uint32_t> copy(std::span<const std::uint32_t> items) {
  return {items.begin(), items.end()};
}

TEST(Sampler, ShardsAreEqualDisjointAndCoverAllButTheRemainder) {
  const Sampler partition(103, 10, 3, 1);

  std::set<std::uint32_t> seen;
  for (int m = 0; m < 10; ++m) {
    EXPECT_EQ(partition.shard(m).size(), 10U);
    seen.insert(partition.shard(m).begin(), partition.shard(m).end());
  }

  EXPECT_EQ(seen.size(), 100U);
  EXPECT_LT(*seen.rbegin(), 103U);
}

TEST(Sampler, DropsThePartialLastBatch) {
  EXPECT_EQ(Sampler(103, 10, 3, 1).iterations_per_epoch(), 3);
}

TEST(Sampler, MnistWithTenWorkersHas600IterationsAnEpoch) {
  EXPECT_EQ(Sampler(60000, 10, 10, 1).iterations_per_epoch(), 600);
}

TEST(Sampler, EveryEpochIsAnotherPermutationOfTheShard) {
  const Sampler partition(200, 4, 10, 5);

  std::set<std::vector<std::uint32_t>> orders;
  for (std::int64_t e = 0; e < 6; ++e) {
    std::vector<std::uint32_t> order;
    for (std::int64_t round = 0; round < 5; ++round) {
      const auto batch = partition.epoch(e)->batch(2, round);
      order.insert(order.end(), batch.begin(), batch.end());
    }
    EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), partition.shard(2).begin(),
                                    partition.shard(2).end()));
    orders.insert(order);
  }

  EXPECT_EQ(orders.size(), 6U);
}

TEST(Sampler, IsAFunctionOfTheSeedAlone) {
  const Sampler one(1000, 10, 10, 42);
  const Sampler other(1000, 10, 10, 42);
  static_cast<void>(other.epoch(9));  // epochs requested in another order

  for (int m = 0; m < 10; ++m) {
    EXPECT_EQ(copy(one.shard(m)), copy(other.shard(m)));
    EXPECT_EQ(copy(one.epoch(3)->batch(m, 4)), copy(other.epoch(3)->batch(m, 4)));
  }
  EXPECT_NE(copy(one.shard(0)), copy(Sampler(1000, 10, 10, 43).shard(0)));
}

TEST(Sampler, AnEpochOutlivesTheNextOne) {
  const Sampler partition(100, 2, 5, 1);
  const auto first = partition.epoch(0);
  const auto before = copy(first->batch(1, 3));

  static_cast<void>(partition.epoch(1));

  EXPECT_EQ(copy(first->batch(1, 3)), before);
  EXPECT_EQ(copy(partition.epoch(0)->batch(1, 3)), before);
}

TEST(Sampler, ThreadsSeeTheSameEpochs) {
  const Sampler partition(1000, 10, 10, 1);
  std::vector<std::vector<std::uint32_t>> seen(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : seen) {
      threads.emplace_back([&] {
        for (std::int64_t e = 0; e < 20; ++e) {
          const auto order = partition.epoch(e);
          for (const std::uint32_t i : order->batch(3, 2)) mine.push_back(i);
        }
      });
    }
  }
  for (const auto& mine : seen) EXPECT_EQ(mine, seen.front());
}

TEST(Sampler, TooLittleDataIsAnErrorWithAPointer) {
  EXPECT_EQ(input_error([] { check_partition(100, 101, 1); }),
            "/base/workers: must be in [1, 100], the number of training samples, got 101");
  EXPECT_EQ(input_error([] { check_partition(100, 0, 1); }),
            "/base/workers: must be in [1, 100], the number of training samples, got 0");
  EXPECT_EQ(input_error([] { check_partition(105, 10, 11); }),
            "/base/batch_size: must be in [1, 10], a worker's share of the 105 training samples, "
            "got 11");
  EXPECT_EQ(input_error([] { check_partition(105, 10, 10); }), "no InputError");
}

}  // namespace
}  // namespace gradwire::learn
