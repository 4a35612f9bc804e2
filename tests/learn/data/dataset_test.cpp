#include "sim/learn/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/learn/make_problem.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::dataset_test {
namespace {

/// All samples, [n, dimension], and their labels.
std::pair<Vector, std::vector<Label>> everything(const SampleSet& set) {
  const auto n = static_cast<std::size_t>(set.count());
  std::vector<std::uint32_t> indices(n);
  std::iota(indices.begin(), indices.end(), 0U);
  std::pair<Vector, std::vector<Label>> result(
      Vector(n * static_cast<std::size_t>(set.dimension())), std::vector<Label>(n));
  set.gather(indices, result.first, result.second);
  return result;
}

TEST(Dataset, PixelsAreNormalisedInSinglePrecision) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");
  DatasetConfig config;
  config.name = "mnist";

  const Dataset data = load_dataset(config, 1, folder.path());

  ASSERT_EQ(data.train.count(), 3);
  ASSERT_EQ(data.test.count(), 2);
  EXPECT_EQ(data.shape, (std::vector<std::int64_t>{2, 2}));
  Vector sample(4);
  std::vector<Label> label(1);
  data.train.gather(std::vector<std::uint32_t>{2}, sample, label);
  EXPECT_EQ(sample[0], (8.0F / 255.0F - 0.1307F) / 0.3081F);
  EXPECT_EQ(sample[3], (1.0F - 0.1307F) / 0.3081F);
  EXPECT_EQ(label[0], 9);
}

TEST(Dataset, TrainAndTestImagesMustHaveOneShape) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");
  folder.write("mnist/t10k-images.idx3-ubyte", idx({0x803, 2, 1, 4}, RawBytes(8)));
  DatasetConfig config;
  config.name = "mnist";

  const std::string inside = (folder.path() / "mnist").string();
  EXPECT_EQ(input_error([&] { static_cast<void>(load_dataset(config, 1, folder.path())); }),
            inside + "/t10k-images.idx3-ubyte: byte 8: expected images of 2 x 2, as in " + inside +
                "/train-images-idx3-ubyte.gz, found 1 x 4");
}

TEST(Dataset, FashionMnistOfDebianIsWholeAndNormalised) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  }
  DatasetConfig config;
  config.name = "fashion-mnist";

  const Dataset data = load_dataset(config, 1, "/usr/share/datasets");

  EXPECT_EQ(data.train.count(), 60000);
  EXPECT_EQ(data.test.count(), 10000);
  const auto [values, labels] = everything(data.train);
  double sum = 0.0;
  double squares = 0.0;
  for (const double x : values) {
    sum += x;
    squares += x * x;
  }
  const auto n = static_cast<double>(values.size());
  EXPECT_NEAR(sum / n, 0.0, 1e-3);  // the published constants have four digits
  EXPECT_NEAR(squares / n, 1.0, 1e-3);
  for (std::uint8_t k = 0; k < 10; ++k)
    EXPECT_EQ(std::count(labels.begin(), labels.end(), k), 6000);
}

TEST(Dataset, IdentityIsThatOfTheDecodedSamples) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");
  DatasetConfig config;
  config.name = "mnist";

  const Dataset data = load_dataset(config, 1, folder.path());

  // XXH3-128 of "2x2 3 2\n", 0 to 10, 255, 9, 0, 9, 0 to 7, 1, 2.
  EXPECT_EQ(data.identity, (DataIdentity{"2d709825f3b9eced51876584b442fd88", 3, 2}));
  EXPECT_EQ(data.remarks,
            (std::vector<std::string>{"The data found of mnist are 3 training and 2 test samples; "
                                      "the original has 60000 training and 10000 test samples."}));
}

TEST(Dataset, IdentityIsOfShapeAndContentAndNotOfAugmentationOrSeed) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");
  DatasetConfig config;
  config.name = "mnist";
  const DataIdentity identity = load_dataset(config, 1, folder.path()).identity;

  config.augmentation = AugmentationKind::none;
  EXPECT_EQ(load_dataset(config, 2, folder.path()).identity, identity);

  const RawBytes pixels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255};
  folder.write("mnist/train-images-idx3-ubyte.gz", gzip(idx({0x803, 3, 1, 4}, pixels)));
  folder.write("mnist/t10k-images.idx3-ubyte",
               idx({0x803, 2, 1, 4}, {pixels.begin(), pixels.begin() + 8}));
  EXPECT_NE(load_dataset(config, 1, folder.path()).identity.digest, identity.digest)
      << "other shapes are other data";
}

TEST(Synthetic, HasAnIdentityThatFollowsTheSeed) {
  DatasetConfig config;
  config.name = "synthetic";
  const DataIdentity identity = load_dataset(config, 3, std::nullopt).identity;

  EXPECT_EQ(identity.train_samples, config.train_samples);
  EXPECT_EQ(load_dataset(config, 3, std::nullopt).identity, identity);
  EXPECT_NE(load_dataset(config, 4, std::nullopt).identity, identity);
  EXPECT_TRUE(load_dataset(config, 3, std::nullopt).remarks.empty());
}

TEST(Synthetic, IsAFunctionOfConfigAndSeed) {
  DatasetConfig config;
  config.name = "synthetic";

  const auto first = everything(load_dataset(config, 3, std::nullopt).train);

  EXPECT_EQ(everything(load_dataset(config, 3, std::nullopt).train), first);
  EXPECT_NE(everything(load_dataset(config, 4, std::nullopt).train), first);
  EXPECT_NE(everything(load_dataset(config, 3, std::nullopt).test).first, first.first);
}

TEST(Synthetic, ClassMeansLieAtTheSeparation) {
  DatasetConfig config;
  config.name = "synthetic";
  config.separation = 5.0;
  config.train_samples = 20000;

  const auto [values, labels] = everything(load_dataset(config, 1, std::nullopt).train);

  std::vector<double> mean(20);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (std::size_t j = 0; labels[i] == 0 && j < 20; ++j) mean[j] += values[i * 20 + j] / 2000.0;
  }
  const double norm = std::sqrt(std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0));
  EXPECT_NEAR(norm, 5.0, 0.15);  // 2,000 samples: sqrt(20/2000)/5 of bias, 0.02 of noise
}

TEST(Synthetic, FarClassesAreSeparatedByTheNearestClassMean) {
  DatasetConfig config;
  config.name = "synthetic";
  config.separation = 10.0;
  const Dataset data = load_dataset(config, 1, std::nullopt);
  const auto [train, train_labels] = everything(data.train);
  const auto [test, test_labels] = everything(data.test);
  std::vector<double> means(200);
  for (std::size_t i = 0; i < train.size(); ++i) {
    means[train_labels[i / 20] * 20U + i % 20] += train[i] / 1000.0;
  }

  int hits = 0;
  for (std::size_t i = 0; i < test_labels.size(); ++i) {
    std::vector<double> distances(10);
    for (std::size_t j = 0; j < 200; ++j) {
      distances[j / 20] += std::pow(test[i * 20 + j % 20] - means[j], 2);
    }
    const auto nearest = std::min_element(distances.begin(), distances.end());
    hits += nearest - distances.begin() == test_labels[i] ? 1 : 0;
  }

  EXPECT_GE(hits, 990);
}

TEST(Synthetic, SettingsThatCannotBeAreNamedByTheirPointer) {
  const auto complaint = [](auto change) {
    DatasetConfig config;
    config.name = "synthetic";
    change(config);
    return input_error([&] { static_cast<void>(load_dataset(config, 1, std::nullopt)); });
  };
  EXPECT_EQ(complaint([](DatasetConfig& c) { c.classes = 257; }),
            "/base/dataset/classes: must be in [2, 256], got 257");
  EXPECT_EQ(complaint([](DatasetConfig& c) { c.dimension = 0; }),
            "/base/dataset/dimension: must be in [1, 100000], got 0");
  EXPECT_EQ(complaint([](DatasetConfig& c) { c.test_samples = 0; }),
            "/base/dataset/test_samples: must be in [1, 10000000], got 0");
  EXPECT_EQ(complaint([](DatasetConfig& c) { c.separation = -1; }),
            "/base/dataset/separation: must be finite and not negative, got -1");
  EXPECT_EQ(complaint([](DatasetConfig& c) { c.name = "imagenet"; }),
            "/base/dataset/name: expected mnist, fashion-mnist, cifar10, cifar100, cifar10+mnist, "
            "synthetic or file, got \"imagenet\"");
}

}  // namespace
}  // namespace gradwire::learn::dataset_test
