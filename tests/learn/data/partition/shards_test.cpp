#include "sim/learn/data/partition/shards.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "tests/learn/support.hpp"

namespace gradwire::learn::shards_test {
namespace {

constexpr int workers = 10;

/// `count` one-pixel images of ten classes in turn.
SampleSet digits(std::int64_t count, const std::string& name = "digits") {
  LabelledImages images{
      .count = count, .channels = 1, .rows = 1, .columns = 1, .pixels = {}, .labels = {}};
  images.pixels.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) images.labels.push_back(static_cast<Label>(i % 10));
  return {std::move(images),
          {.name = name, .tables = {std::array<float, 256>{}}, .augmentation = {}}};
}

PartitionConfig partition(PartitionKind kind) {
  PartitionConfig config;
  config.kind = kind;
  return config;
}

std::vector<std::map<int, int>> classes_of(const Shards& shards, const SampleSet& set) {
  std::vector<std::map<int, int>> classes(workers);
  for (int m = 0; m < workers; ++m) {
    for (const std::uint32_t i : shards.of(m)) ++classes[m][set.labels()[i]];
  }
  return classes;
}

std::vector<std::uint32_t> all_of(const Shards& shards) {
  std::vector<std::uint32_t> samples;
  for (int m = 0; m < shards.workers(); ++m) {
    samples.insert(samples.end(), shards.of(m).begin(), shards.of(m).end());
  }
  return samples;
}

TEST(Shards, NobodyGetsASampleTwice) {
  const SampleSet set = digits(1003);
  for (const PartitionKind kind :
       {PartitionKind::iid, PartitionKind::dirichlet, PartitionKind::shards}) {
    const std::string_view name = name_of(kind, partition_choices);
    const auto shards = make_shards(partition(kind), set, workers, 1);

    const auto samples = all_of(shards);
    EXPECT_EQ(samples.size(), 1000U) << name;
    EXPECT_EQ(std::set(samples.begin(), samples.end()).size(), samples.size()) << name;
    EXPECT_EQ(make_shards(partition(kind), set, workers, 1), shards) << name;
    EXPECT_NE(make_shards(partition(kind), set, workers, 2), shards) << name;
  }
}

TEST(Shards, LargeAlphaIsEvenAndSmallAlphaIsLopsided) {
  const SampleSet set = digits(10000);
  const auto largest_share = [&](double alpha) {
    PartitionConfig config = partition(PartitionKind::dirichlet);
    config.alpha = alpha;
    double sum = 0;
    for (const auto& counts : classes_of(make_shards(config, set, workers, 1), set)) {
      int largest = 0;
      for (const auto& [label, count] : counts) largest = std::max(largest, count);
      sum += largest / 1000.0;
    }
    return sum / workers;
  };

  EXPECT_LT(largest_share(1e5), 0.14);
  EXPECT_GT(largest_share(0.05), 0.5);
}

TEST(Shards, AWorkerOfTwoShardsSeesFewClasses) {
  const SampleSet set = digits(10000);

  for (const auto& counts :
       classes_of(make_shards(partition(PartitionKind::shards), set, workers, 1), set)) {
    EXPECT_LE(counts.size(), 2U);  // 500 per piece, 1,000 per class: no piece has two classes
  }
}

TEST(Shards, BySourceGivesEvenWorkersOneAndOddWorkersTheOther) {
  const SampleSet set({digits(500), digits(700, "others")});

  const auto shards = all_of(make_shards(partition(PartitionKind::by_source), set, workers, 1));

  ASSERT_EQ(shards.size(), 1000U);  // 100 per worker, limited by the smaller source
  EXPECT_EQ(std::set(shards.begin(), shards.end()).size(), 1000U);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    EXPECT_EQ(set.source_of(shards[i]), i / 100 % 2);
  }
}

TEST(Shards, ImpossibleDealsAreErrorsWithAPointer) {
  const SampleSet set = digits(100);
  PartitionConfig config = partition(PartitionKind::shards);
  config.shards_per_worker = 11;
  EXPECT_EQ(input_error([&] { static_cast<void>(make_shards(config, set, workers, 1)); }),
            "/base/dataset/partition/shards_per_worker: must be in [1, 10], a worker's share of "
            "the 100 training samples, got 11");
  EXPECT_EQ(input_error([&] {
              static_cast<void>(make_shards(partition(PartitionKind::by_source), set, workers, 1));
            }),
            "/base/dataset/partition/kind: by_source expects a dataset of several sources "
            "(cifar10+mnist) and a worker for each, got 1 and 10");
}

TEST(Shards, HaveTheGivenSizesUnderEveryKind) {
  const SampleSet set = digits(1003);
  PartitionConfig config;
  config.sizes = {5, 100, 20, 20, 20, 300, 40, 8, 90, 400};
  for (const PartitionKind kind : {PartitionKind::iid, PartitionKind::dirichlet,
                                   PartitionKind::shards, PartitionKind::consecutive}) {
    config.kind = kind;
    config.shards_per_worker = 1;
    const Shards shards = make_shards(config, set, workers, 1);
    const auto samples = all_of(shards);
    for (int m = 0; m < workers; ++m) {
      EXPECT_EQ(shards.size(m), config.sizes[static_cast<std::size_t>(m)])
          << name_of(kind, partition_choices);
    }
    EXPECT_EQ(std::set(samples.begin(), samples.end()).size(), 1003U);
  }
}

TEST(Shards, PiecesOfAWorkerHaveTheSameSizeAndTheRestIsDropped) {
  const SampleSet set = digits(1000);
  PartitionConfig config = partition(PartitionKind::shards);
  config.sizes = {101, 100, 99, 100, 100, 100, 100, 100, 100, 100};

  const Shards shards = make_shards(config, set, workers, 1);

  EXPECT_EQ(shards.size(0), 100);
  EXPECT_EQ(shards.size(2), 98);
}

TEST(Shards, ConsecutiveOnesHaveTheOrderOfTheSamples) {
  PartitionConfig config = partition(PartitionKind::consecutive);
  EXPECT_EQ(copy(make_shards(config, digits(25), workers, 1).of(1)),
            (std::vector<std::uint32_t>{2, 3}));
  config.sizes = {3, 4, 1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(copy(make_shards(config, digits(25), workers, 1).of(1)),
            (std::vector<std::uint32_t>{3, 4, 5, 6}));
}

TEST(Shards, DrawnSizesAreUnequalForSmallAlphaAndAlmostEqualForLargeAlpha) {
  PartitionConfig config;
  const auto spread = [&](double alpha) {
    config.sizes_alpha = alpha;
    const auto sizes = shard_sizes(config, 10000, workers, 1);
    EXPECT_EQ(shard_sizes(config, 10000, workers, 1), sizes);
    EXPECT_NE(shard_sizes(config, 10000, workers, 2), sizes);
    EXPECT_LE(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}), 10000);
    EXPECT_GT(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}), 10000 - workers);
    EXPECT_GE(*std::ranges::min_element(sizes), 1);
    return *std::ranges::max_element(sizes) - *std::ranges::min_element(sizes);
  };

  EXPECT_GT(spread(0.2), 1000);
  EXPECT_LT(spread(1e6), 20);
}

TEST(Shards, SizesThatDoNotFitAreErrorsWithAPointer) {
  PartitionConfig config;
  config.sizes = {1, 2};
  EXPECT_EQ(
      input_error([&] { static_cast<void>(make_shards(config, digits(9), 3, 1)); }),
      "/base/dataset/partition/sizes: expected a size for each of the 3 workers, got 2 sizes");
  config.sizes = {4, 4, 2};
  EXPECT_EQ(input_error([&] { static_cast<void>(make_shards(config, digits(9), 3, 1)); }),
            "/base/dataset/partition/sizes: must add up to at most 9, the number of training "
            "samples, got 10");
}

}  // namespace
}  // namespace gradwire::learn::shards_test
