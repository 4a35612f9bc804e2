#include "sim/learn/data/files/data_paths.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/learn/support.hpp"

namespace gradwire::learn::data_paths_test {
namespace {

using testing::HasSubstr;

/// Sets an environment variable for the lifetime of the object.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Environment() { set(old_ ? old_->c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const char* value) const {
    if (value != nullptr) {
      setenv(name_, value, 1);
    } else {
      unsetenv(name_);
    }
  }
  const char* name_;
  std::optional<std::string> old_;
};

TEST(DataPaths, PlacesComeInTheirOrder) {
  const Environment data("GRADWIRE_DATA", "/somewhere");
  const Environment home("HOME", "/home/me");

  EXPECT_THAT(dataset_search_path("/given"),
              testing::ElementsAre("/given", "/somewhere", "/home/me/.cache/gradwire",
                                   "/usr/share/datasets"));
}

TEST(DataPaths, EmptyVariablesAreNoPlaces) {
  const Environment data("GRADWIRE_DATA", "");
  const Environment home("HOME", nullptr);

  EXPECT_THAT(dataset_search_path(std::nullopt), testing::ElementsAre("/usr/share/datasets"));
}

TEST(DataPaths, DashOrDotAndPlainOrGzipAreFound) {
  const TemporaryFolder folder;
  write_tiny_dataset(folder, "mnist");

  const DatasetFiles files = find_dataset("mnist", folder.path());

  const auto inside = folder.path() / "mnist";
  EXPECT_EQ(files.folder, inside);
  EXPECT_EQ(files.train_images, inside / "train-images-idx3-ubyte.gz");
  EXPECT_EQ(files.train_labels, inside / "train-labels-idx1-ubyte");
  EXPECT_EQ(files.test_images, inside / "t10k-images.idx3-ubyte");
  EXPECT_EQ(files.test_labels, inside / "t10k-labels.idx1-ubyte.gz");
}

TEST(DataPaths, AGivenFolderGoesBeforeTheEnvironment) {
  const TemporaryFolder given;
  const TemporaryFolder other;
  write_tiny_dataset(given, "mnist");
  write_tiny_dataset(other, "mnist");
  const Environment data("GRADWIRE_DATA", other.path().c_str());

  EXPECT_EQ(find_dataset("mnist", given.path()).folder, given.path() / "mnist");
  EXPECT_EQ(find_dataset("mnist", std::nullopt).folder, other.path() / "mnist");
}

TEST(DataPaths, AFolderThatLacksAFileIsPassedOver) {
  const TemporaryFolder given;
  const TemporaryFolder other;
  write_tiny_dataset(given, "mnist");
  write_tiny_dataset(other, "mnist");
  std::filesystem::remove(given.path() / "mnist" / "train-labels-idx1-ubyte");
  const Environment data("GRADWIRE_DATA", other.path().c_str());

  EXPECT_EQ(find_dataset("mnist", given.path()).folder, other.path() / "mnist");
}

TEST(DataPaths, NotFoundSaysWhereItLookedAndWhatToDo) {
  const TemporaryFolder given;
  write_tiny_dataset(given, "mnist");
  std::filesystem::remove(given.path() / "mnist" / "train-labels-idx1-ubyte");
  const Environment data("GRADWIRE_DATA", nullptr);
  const Environment home("HOME", "/nobody");

  EXPECT_EQ(
      input_error([&] { static_cast<void>(find_dataset("mnist", given.path())); }),
      "dataset \"mnist\" not found; looked at " + (given.path() / "mnist").string() +
          " (lacks train-labels-idx1-ubyte), /nobody/.cache/gradwire/mnist (no such folder), "
          "/usr/share/datasets/mnist (no such folder); gradwire data fetch mnist downloads it; "
          "or put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
          "t10k-images-idx3-ubyte.gz and "
          "t10k-labels-idx1-ubyte.gz there (with or without .gz)");
}

TEST(DataPaths, TorchvisionsFoldersAreFoundInEveryPlace) {
  const Environment data("GRADWIRE_DATA", nullptr);
  for (const auto& [name, inside] : std::vector<std::pair<std::string, std::string>>{
           {"mnist", "MNIST/raw"},
           {"mnist", "mnist/MNIST/raw"},
           {"fashion-mnist", "FashionMNIST/raw"},
           {"fashion-mnist", "fashion-mnist/FashionMNIST/raw"}}) {
    const TemporaryFolder home;
    write_tiny_dataset(home, ".cache/gradwire/" + inside);
    const Environment here("HOME", home.path().c_str());

    EXPECT_EQ(find_dataset(name, std::nullopt).folder, home.path() / ".cache/gradwire" / inside);
    const std::string other = name == "mnist" ? "fashion-mnist" : "mnist";
    const auto found = look_for_dataset(other, home.path());
    EXPECT_FALSE(found && found->folder.string().starts_with(home.path().string()));
  }
}

TEST(DataPaths, AFolderOfOurOwnNameGoesBeforeTorchvisionsUnlessItLacksAFile) {
  const TemporaryFolder given;
  write_tiny_dataset(given, "mnist");
  write_tiny_dataset(given, "MNIST/raw");
  EXPECT_EQ(find_dataset("mnist", given.path()).folder, given.path() / "mnist");

  std::filesystem::remove(given.path() / "mnist" / "train-labels-idx1-ubyte");

  EXPECT_EQ(find_dataset("mnist", given.path()).folder, given.path() / "MNIST" / "raw");
}

TEST(DataPaths, MissingFashionMnistNamesDebiansPackage) {
  if (std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "fashion-mnist is installed";
  }
  const Environment data("GRADWIRE_DATA", nullptr);

  EXPECT_THAT(input_error([] { static_cast<void>(find_dataset("fashion-mnist", std::nullopt)); }),
              HasSubstr("install Debian's package dataset-fashion-mnist"));
}

TEST(DataPaths, AGivenFolderThatIsNoneIsAnError) {
  EXPECT_EQ(input_error([] { static_cast<void>(find_dataset("mnist", "/no/such/folder")); }),
            "/no/such/folder: is not a folder, expected the folder of the datasets");
}

}  // namespace
}  // namespace gradwire::learn::data_paths_test
