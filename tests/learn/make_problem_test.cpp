#include "sim/learn/make_problem.hpp"

#include <gmock/gmock.h>

#include "sim/learn/data/catalogue.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::make_problem_test {
namespace {

/// The error that make_problem() throws for the changed settings.
template <class Change>
std::string complaint(const Change& change, int workers = 10, int batch_size = 10) {
  DatasetConfig dataset;
  dataset.name = "synthetic";
  ModelConfig model;
  change(dataset, model);
  return input_error([&] {
    static_cast<void>(make_problem(
        {.dataset = dataset, .model = model, .workers = workers, .batch_size = batch_size}, 1,
        std::nullopt));
  });
}

TEST(MakeProblem, MakesTheNetThatTheDataAskFor) {
  DatasetConfig dataset;
  dataset.name = "synthetic";

  const auto problem =
      make_problem({.dataset = dataset, .model = {.hidden = {30}}, .workers = 10, .batch_size = 10},
                   1, std::nullopt);

  EXPECT_EQ(problem->layout().tensors().front().shape, (std::vector<std::int64_t>{30, 20}));
  EXPECT_EQ(problem->layout().tensors().back().shape, (std::vector<std::int64_t>{10}));
  EXPECT_EQ(problem->iterations_per_epoch(), 100);
}

TEST(MakeProblem, SettingsThatCannotBeAreNamedByTheirPointer) {
  EXPECT_EQ(complaint([](auto&, auto& model) {
              model.hidden = {10, 0};
            }),
            "/base/model/hidden/1: must be in [1, 1000000], got 0");
  EXPECT_EQ(complaint([](auto&, auto&) {}, 20000, 1),
            "/base/workers: must be in [1, 10000], the number of training samples, got 20000");
  EXPECT_EQ(complaint([](auto&, auto&) {}, 10, 1001),
            "/base/batch_size: must be in [1, 1000], a worker's share of the 10000 training "
            "samples, got 1001");
}

TEST(MakeProblem, ListsWhatItKnows) {
  std::vector<std::string> names;
  for (const Entry& entry : known_datasets()) names.push_back(entry.name);

  EXPECT_THAT(names, testing::ElementsAre("mnist", "fashion-mnist", "cifar10", "cifar100",
                                          "cifar10+mnist", "synthetic", "file"));
  ASSERT_EQ(known_models().size(), 8U);
  EXPECT_EQ(known_models().front().name, "mlp");
}

TEST(CheckDataset, ReportsWhatItFound) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");

  const DatasetReport report = check_dataset("mnist", folder.path());

  EXPECT_EQ(report.folder, folder.path() / "mnist");
  EXPECT_EQ(report.train_samples, 3);
  EXPECT_EQ(report.test_samples, 2);
  EXPECT_EQ(report.classes, 10);
  EXPECT_EQ(report.shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_THAT(report.train_class_counts, testing::ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, 0, 2));
  EXPECT_EQ(report.remark, "the original has 60000 training and 10000 test samples");
}

TEST(CheckDataset, DefectiveFilesAreErrors) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");
  const auto labels = folder.write("mnist/train-labels-idx1-ubyte", idx({0x801, 3}, {1, 2}));

  EXPECT_EQ(input_error([&] { static_cast<void>(check_dataset("mnist", folder.path())); }),
            labels.string() +
                ": byte 10: the file ends here, expected 3 bytes of data from byte 8 (dimensions "
                "3)");
}

TEST(CheckDataset, UnknownNamesAreErrors) {
  EXPECT_EQ(input_error([] { static_cast<void>(check_dataset("imagenet", std::nullopt)); }),
            "dataset \"imagenet\" is unknown or has no files of its own, expected mnist, "
            "fashion-mnist, cifar10 or cifar100");
}

}  // namespace
}  // namespace gradwire::learn::make_problem_test
