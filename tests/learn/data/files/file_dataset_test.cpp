#include "sim/learn/data/files/file_dataset.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "sim/learn/data/formats/table_forms.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::file_dataset_test {
namespace {

RawBytes text(std::string_view t) { return {t.begin(), t.end()}; }

class FileDataset : public testing::Test {
 protected:
  /// Settings of a CSV file with this content, of which a quarter is the test set.
  FileDataConfig csv(std::string_view content, const std::string& name = "train.csv") const {
    folder_.write(name, text(content));
    FileDataConfig config;
    config.format = FileFormat::csv;
    config.train = {name};
    config.split = 0.25;
    config.folder = folder_.path().string();
    return config;
  }

  TemporaryFolder folder_;
};

/// All samples, [n, dimension].
Vector samples_of(const SampleSet& set) {
  const auto n = static_cast<std::size_t>(set.count());
  std::vector<std::uint32_t> indices(n);
  std::iota(indices.begin(), indices.end(), 0U);
  Vector values(n * static_cast<std::size_t>(set.dimension()));
  std::vector<Label> labels(n);
  set.gather(indices, values, labels);
  return values;
}

TEST_F(FileDataset, ValuesAreScaledInSinglePrecisionPerChannel) {
  FileDataConfig config = csv("1.5,2,0\n3,-4,1\n");
  config.test = {"train.csv"};
  config.split.reset();
  config.scale = 3;
  config.mean = {0.25, 0.5};
  config.std = {0.7};

  const Dataset data = load_file_dataset(config, 1);

  EXPECT_EQ(samples_of(data.train),
            (Vector{(1.5F / 3.0F - 0.25F) / 0.7F, (2.0F / 3.0F - 0.5F) / 0.7F,
                    (3.0F / 3.0F - 0.25F) / 0.7F, (-4.0F / 3.0F - 0.5F) / 0.7F}));
  EXPECT_EQ(samples_of(data.test), samples_of(data.train));
}

TEST_F(FileDataset, TheFormOfTheSamplesDoesNotChangeTheirValues) {
  // The same numbers as bytes, as floats (one is no whole number) and as sparse rows.
  const std::string rest = ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1\n";
  const auto load = [&](const std::string& first, std::vector<double> mean) {
    FileDataConfig config = csv("7" + rest + first + rest);
    config.split = 0.5;
    config.scale = 2;
    config.mean = std::move(mean);
    return load_file_dataset(config, 1);
  };
  const Dataset sparse = load("9", {});
  const Dataset bytes = load("9", {0.5});
  const Dataset floats = load("9.5", {0.5});

  EXPECT_NE(sparse.train.sparse_rows(), nullptr);
  EXPECT_EQ(bytes.train.sparse_rows(), nullptr);
  EXPECT_EQ(bytes.train.bytes().size(), 21U);
  EXPECT_EQ(floats.train.bytes().size(), 21U * sizeof(float));
  for (const Dataset* data : {&bytes, &floats}) {
    const Vector values = samples_of(data->train);
    EXPECT_EQ(values[1], -0.5F);
  }
  const Vector shifted = samples_of(bytes.train), plain = samples_of(sparse.train);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(shifted[i], plain[i] - 0.5F);
  EXPECT_EQ(sparse.identity, bytes.identity);
}

TEST_F(FileDataset, DistinctLabelsAreTheClassesInAscendingOrder) {
  const Dataset numbers = load_file_dataset(csv("1,2,5\n2,2,-1\n3,2,5\n4,2,0.5\n"), 1);
  EXPECT_EQ(numbers.classes, 3);
  EXPECT_EQ(numbers.label_values, (std::vector<double>{-1, 0.5, 5}));
  EXPECT_EQ(numbers.remarks, std::vector<std::string>{
                                 "The labels of the data are -1, 0.5, 5; in this order they are "
                                 "the classes 0 to 2."});

  const Dataset texts = load_file_dataset(csv("1,2,b\n2,2,c\n3,2,a\n4,2,b\n"), 1);
  EXPECT_EQ(texts.classes, 3);
  EXPECT_TRUE(texts.label_values.empty());

  const Dataset own = load_file_dataset(csv("1,2,0\n2,2,2\n3,2,1\n4,2,0\n"), 1);
  EXPECT_TRUE(own.label_values.empty());
  EXPECT_TRUE(own.remarks.empty());
}

TEST_F(FileDataset, TheSplitIsAPartitionInFileOrderThatTheSeedDraws) {
  std::string content;
  for (int i = 0; i < 40; ++i) content += fmt::format("{},0.5,{}\n", i, i % 3);
  const FileDataConfig config = csv(content);

  std::set<Vector> tests;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Dataset data = load_file_dataset(config, seed);
    const Vector train = samples_of(data.train), test = samples_of(data.test);
    ASSERT_EQ(data.train.count(), 30);
    ASSERT_EQ(data.test.count(), 10);
    std::vector<int> order;
    for (std::size_t i = 0; i < train.size(); i += 2) order.push_back(static_cast<int>(train[i]));
    EXPECT_TRUE(std::ranges::is_sorted(order));
    for (std::size_t i = 0; i < test.size(); i += 2) order.push_back(static_cast<int>(test[i]));
    std::ranges::sort(order);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_EQ(data.test.labels()[i], static_cast<int>(test[2 * i]) % 3);
    }
    EXPECT_EQ(samples_of(load_file_dataset(config, seed).test), test);
    EXPECT_EQ(data.identity.digest, load_file_dataset(config, 1).identity.digest);
    tests.insert(test);
  }
  EXPECT_EQ(tests.size(), 3U);
}

TEST_F(FileDataset, TheIdentityDependsOnEveryValueLabelAndShape) {
  const auto digest = [&](const std::string& content, std::vector<std::int64_t> shape = {}) {
    FileDataConfig config = csv(content);
    config.shape = std::move(shape);
    return load_file_dataset(config, 1).identity.digest;
  };
  const std::set<std::string> digests{digest("1,2,0\n3,4,1\n"),
                                      digest("1,2,0\n3,5,1\n"),
                                      digest("1,2,0\n3,4,0\n"),
                                      digest("1,2,0\n3,4,2\n"),
                                      digest("1,2,a\n3,4,b\n"),
                                      digest("1,2,a\n3,4,c\n"),
                                      digest("3,4,1\n1,2,0\n"),
                                      digest("1,2,0\n3,4,1\n", {1, 2}),
                                      digest("1.5,2,0\n3,4,1\n"),
                                      digest("1,0,0,0,0,0,0,0,0,0,0,0\n3,0,0,0,0,0,0,0,0,0,0,1\n"),
                                      digest("1,0,0,0,0,0,0,0,0,0,0,0\n0,3,0,0,0,0,0,0,0,0,0,1\n")};
  EXPECT_EQ(digests.size(), 11U);
  EXPECT_EQ(digest("1,2,0\n3,4,1\n"), digest("a;b;c\r\n1.0;+2;0\r\n\"3\";4e0;1"));
}

TEST_F(FileDataset, WhatDoesNotFitIsRefused) {
  const auto complaint = [&](const FileDataConfig& config) {
    std::string found = input_error([&] { static_cast<void>(load_file_dataset(config, 1)); });
    const std::string prefix = folder_.path().string() + "/";
    for (auto at = found.find(prefix); at != std::string::npos; at = found.find(prefix)) {
      found.erase(at, prefix.size());
    }
    return found;
  };
  FileDataConfig config = csv("1,2,0\n3,4,1\n");
  config.shape = {3};
  EXPECT_EQ(complaint(config),
            "/base/dataset/shape: must have as many numbers as a sample of train.csv, 2, got 3");
  config.shape = {};
  config.mean = {1, 2, 3};
  EXPECT_EQ(complaint(config),
            "/base/dataset/mean: must have 1 or 2 entries for samples of 2, got 3");
  config.mean = {};
  config.split.reset();
  folder_.write("test.csv", text("1,0\n"));
  config.test = {"test.csv"};
  EXPECT_EQ(complaint(config), "test.csv: expected samples of 2, as in train.csv, found 1");
  folder_.write("test.csv", text("1,2,x\n"));
  EXPECT_EQ(complaint(config),
            "/base/dataset/test: expected numbers as labels, as in the training set, found text");
  config.format = FileFormat::libsvm;
  folder_.write("train.csv", text("1 2:3\n"));
  folder_.write("test.csv", text("1 3:3\n"));
  EXPECT_EQ(complaint(config),
            "test.csv: line 1, column 3: expected an index of at most 2, the number of features, "
            "found \"3\"");
  config.test = {};
  config.split = 0.5;
  EXPECT_EQ(complaint(config), "/base/dataset/split: needs at least 2 samples, got 1");
}

/// The smallest form of random tables, computed here from the values alone.
TEST(TableForms, TheSmallestFormDependsOnTheValuesAlone) {
  RandomStream random = stream(1, "tables");
  for (int round = 0; round < 200; ++round) {
    const auto dimension = static_cast<std::int64_t>(1 + random.below(20));
    const std::uint64_t rows = 1 + random.below(10);
    const double density = random.uniform();
    const bool whole = random.below(2) == 0;
    Vector values;
    for (std::uint64_t i = 0; i < rows * static_cast<std::uint64_t>(dimension); ++i) {
      const auto value = static_cast<float>(1 + random.below(255)) + (whole ? 0.0F : 0.5F);
      values.push_back(random.uniform() < density ? value : 0.0F);
    }
    const auto nonzero =
        static_cast<double>(values.size()) - static_cast<double>(std::ranges::count(values, 0.0F));
    const bool bytes = whole || nonzero == 0;
    const double dense = static_cast<double>(values.size()) * (bytes ? 1 : 4);
    const double sparse = 8 * (nonzero + static_cast<double>(rows));
    const TableForm expected = sparse < dense ? TableForm::sparse
                               : bytes        ? TableForm::bytes
                                              : TableForm::floats;

    std::vector<TableForm> forms{TableForm::floats, TableForm::sparse};
    if (bytes) forms.push_back(TableForm::bytes);
    for (const TableForm form : forms) {
      const TableValues held = in_form(values, form, dimension);
      const TableValues* const tables[] = {&held};
      EXPECT_EQ(smallest_form(tables, dimension, true), expected);
      EXPECT_EQ(std::get<Vector>(in_form(held, TableForm::floats, dimension)), values);
      const std::vector<std::uint32_t> last{static_cast<std::uint32_t>(rows - 1)};
      EXPECT_EQ(
          std::get<Vector>(in_form(rows_at(held, dimension, last), TableForm::floats, dimension)),
          Vector(values.end() - dimension, values.end()));
    }
  }
}

}  // namespace
}  // namespace gradwire::learn::file_dataset_test
