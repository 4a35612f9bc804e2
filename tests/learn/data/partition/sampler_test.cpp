#include "sim/learn/data/partition/sampler.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/learn/support.hpp"

namespace gradwire::learn::sampler_test {
namespace {

TEST(Sampler, ShardsAreEqualDisjointAndCoverAllButTheRemainder) {
  const Sampler partition(103, 10, 3, 1);

  std::set<std::uint32_t> seen;
  for (int m = 0; m < 10; ++m) {
    EXPECT_EQ(partition.shards().size(m), 10);
    const auto shard = partition.shards().of(m);
    seen.insert(shard.begin(), shard.end());
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
      const auto batch = batch_of(partition, e, 2, round);
      order.insert(order.end(), batch.begin(), batch.end());
    }
    const auto shard = partition.shards().of(2);
    EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), shard.begin(), shard.end()));
    orders.insert(order);
  }

  EXPECT_EQ(orders.size(), 6U);
}

TEST(Sampler, IsAFunctionOfTheSeedAlone) {
  const Sampler one(1000, 10, 10, 42);
  const Sampler other(1000, 10, 10, 42);
  static_cast<void>(batch_of(other, 9, 0, 0));  // epochs requested in another order

  for (int m = 0; m < 10; ++m) {
    EXPECT_EQ(copy(one.shards().of(m)), copy(other.shards().of(m)));
    EXPECT_EQ(batch_of(one, 3, m, 4), batch_of(other, 3, m, 4));
  }
  EXPECT_NE(copy(one.shards().of(0)), copy(Sampler(1000, 10, 10, 43).shards().of(0)));
}

TEST(Sampler, AnEpochIsTheSameAfterALaterOne) {
  const Sampler partition(100, 2, 5, 1);
  const auto before = batch_of(partition, 0, 1, 3);

  static_cast<void>(batch_of(partition, 1, 1, 3));

  EXPECT_EQ(batch_of(partition, 0, 1, 3), before);
}

TEST(Sampler, ThreadsSeeTheSameEpochs) {
  const Sampler partition(1000, 10, 10, 1);
  std::vector<std::vector<std::uint32_t>> seen(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : seen) {
      threads.emplace_back([&] {
        for (std::int64_t e = 0; e < 20; ++e) {
          for (const std::uint32_t i : batch_of(partition, e, 3, 2)) mine.push_back(i);
        }
      });
    }
  }
  for (const auto& mine : seen) EXPECT_EQ(mine, seen.front());
}

/// Our own draws, and those of the SASG authors' programs.
std::vector<RandomSource> both_sources() {
  RandomSource authors(7);
  authors.as_pytorch = true;
  return {RandomSource(7), authors};
}

TEST(Sampler, ABatchOfTheDefaultSizeIsThatOfItsEpoch) {
  for (const RandomSource& draws : both_sources()) {
    const Sampler partition(103, 4, 7, draws, 11);  // three batches per epoch, four samples left
    for (const std::int64_t step : {0, 1, 2, 3, 17, 5}) {
      for (const int m : {2, 0, 3, 1}) {
        EXPECT_EQ(partition.batch(m, {step, step * 7, 7}),
                  batch_of(partition, step / 3, m, step % 3));
      }
    }
  }
}

TEST(Sampler, BatchesOfAnySizesContinueThroughTheEpochsOrders) {
  for (const RandomSource& draws : both_sources()) {
    const Sampler partition(103, 4, 7, draws, 11);
    std::vector<std::uint32_t> expected;
    for (std::int64_t step = 0; step < 30; ++step) {
      const auto batch = batch_of(partition, step / 3, 1, step % 3);
      expected.insert(expected.end(), batch.begin(), batch.end());
    }

    std::vector<std::uint32_t> seen;
    BatchRange range;  // sizes 1, 2, ..., 20: some reach an epoch's end, none fits an epoch
    for (; range.size <= 20; range = range.next(range.size + 1)) {
      const auto batch = partition.batch(1, range);
      EXPECT_EQ(batch.size(), static_cast<std::size_t>(range.size));
      seen.insert(seen.end(), batch.begin(), batch.end());
    }

    ASSERT_EQ(seen.size(), 210U);  // ten epochs of 21 samples
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(partition.batch(1, {0, 0, 210}), expected);  // larger than the shard
  }
}

TEST(Sampler, WorkersInDifferentEpochsDoNotDisturbOneAnother) {
  const Sampler partition(1000, 4, 10, 1);
  std::vector<std::vector<std::uint32_t>> seen(4);
  {
    std::vector<std::jthread> threads;
    for (int m = 0; m < 4; ++m) {
      threads.emplace_back([&, m] {
        for (std::int64_t step = 0; step < 50 * (m + 1); ++step) {
          const auto batch = partition.batch(m, {step, step * 10, 10});
          auto& mine = seen[static_cast<std::size_t>(m)];
          mine.insert(mine.end(), batch.begin(), batch.end());
        }
      });
    }
  }
  for (int m = 0; m < 4; ++m) {
    EXPECT_EQ(seen[static_cast<std::size_t>(m)], partition.batch(m, {0, 0, 500 * (m + 1)}));
  }
}

TEST(Sampler, RefusesBatchesWithoutSamplesAndBeforeTheFirst) {
  const Sampler partition(100, 2, 5, 1);

  EXPECT_THROW(static_cast<void>(partition.batch(0, {0, 0, 0})), std::logic_error);
  EXPECT_THROW(static_cast<void>(partition.batch(0, {-1, 0, 5})), std::logic_error);
  EXPECT_THROW(static_cast<void>(partition.batch(0, {0, -1, 5})), std::logic_error);
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

std::vector<std::uint32_t> first_samples(std::uint32_t n) {
  std::vector<std::uint32_t> samples(n);
  std::iota(samples.begin(), samples.end(), 0U);
  return samples;
}

TEST(Sampler, WorkersWithUnequalShardsPassThroughThemAtTheirOwnPace) {
  const std::vector<std::int64_t> sizes = {10, 3, 27};
  const Sampler sampler(Shards(first_samples(40), sizes), 5, 1);

  EXPECT_EQ(sampler.batch_size(0), 5);
  EXPECT_EQ(sampler.batch_size(1), 3);  // all that the worker has
  EXPECT_EQ(sampler.batch_size(2), 5);
  EXPECT_EQ(sampler.iterations_per_epoch(), 40 / 13);
  EXPECT_EQ(sampler.relative_batch(1), 0.6);
  for (const auto& [worker, steps] : {std::pair{0, 2}, {1, 1}, {2, 5}}) {
    std::set<std::uint32_t> pass;
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto batch = sampler.batch(worker, step);
      pass.insert(batch.begin(), batch.end());
    }
    EXPECT_EQ(pass.size(), static_cast<std::size_t>(steps * sampler.batch_size(worker)));
  }
}

TEST(Sampler, AWholeShardIsVisitedInItsOwnOrder) {
  const std::vector<std::int64_t> sizes = {4, 8};
  const Sampler sampler(Shards(first_samples(12), sizes), BatchSize::whole_shard(), 1);

  EXPECT_EQ(sampler.iterations_per_epoch(), 1);
  EXPECT_EQ(sampler.batch(0, 7), (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(sampler.batch(1, 0), (std::vector<std::uint32_t>{4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(sampler.relative_batch(0), 4.0 / 6.0);
}

}  // namespace
}  // namespace gradwire::learn::sampler_test
