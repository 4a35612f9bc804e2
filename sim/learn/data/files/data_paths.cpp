#include "sim/learn/data/files/data_paths.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdlib>

#include "sim/core/error.hpp"

namespace gradwire::learn {
namespace {

namespace fs = std::filesystem;

/// A file name of a dataset: "train-images-idx3-ubyte", or with a dot for the second dash, and
/// either optionally followed by ".gz".
struct FileKind {
  const char* stem;
  const char* format;
  fs::path DatasetFiles::*member;
};
constexpr std::array<FileKind, 4> kinds{{
    {"train-images", "idx3-ubyte", &DatasetFiles::train_images},
    {"train-labels", "idx1-ubyte", &DatasetFiles::train_labels},
    {"t10k-images", "idx3-ubyte", &DatasetFiles::test_images},
    {"t10k-labels", "idx1-ubyte", &DatasetFiles::test_labels},
}};

std::optional<fs::path> find_file(const fs::path& folder, const FileKind& kind) {
  for (const char* separator : {"-", "."}) {
    for (const char* ending : {"", ".gz"}) {
      const fs::path file =
          folder / fmt::format("{}{}{}{}", kind.stem, separator, kind.format, ending);
      std::error_code ignored;  // an inaccessible folder counts as empty
      if (fs::exists(file, ignored)) return file;
    }
  }
  return std::nullopt;
}

/// Fills `files`; returns the names of those that `folder` lacks.
std::string find_files(const fs::path& folder, DatasetFiles& files) {
  std::string lacking;
  files.folder = folder;
  for (const FileKind& kind : kinds) {
    if (const auto file = find_file(folder, kind)) {
      files.*kind.member = *file;
    } else {
      lacking += fmt::format("{}{}-{}", lacking.empty() ? "" : ", ", kind.stem, kind.format);
    }
  }
  return lacking;
}

/// Candidate folders of the files below a place, the usual one first. "MNIST/raw" is torchvision's.
std::vector<fs::path> idx_folders(const fs::path& place, const std::string& name) {
  const fs::path torchvision = fs::path(name == "mnist" ? "MNIST" : "FashionMNIST") / "raw";
  return {place / name, place / torchvision, place / name / torchvision};
}

std::string advice(const std::string& name) {
  const std::string files =
      "put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
      "t10k-labels-idx1-ubyte.gz there (with or without .gz)";
  const std::string fetch = "gradwire data fetch " + name + " downloads it; or ";
  if (name != "fashion-mnist") return fetch + files;
  return fetch + "install Debian's package dataset-fashion-mnist, or " + files;
}

void expect_folder(const std::optional<fs::path>& data_dir) {
  if (data_dir && !fs::is_directory(*data_dir)) {
    throw InputError(data_dir->string(), "is not a folder, expected the folder of the datasets");
  }
}

/// A version of CIFAR as its archive unpacks.
struct CifarLayout {
  const char* folder;
  std::vector<const char*> train;
  const char* test;
  bool python;
};

/// The binary version and the one for Python.
const std::array<CifarLayout, 2>& cifar_layouts(const std::string& name) {
  static const std::array<CifarLayout, 2> ten{
      {{"cifar-10-batches-bin",
        {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
         "data_batch_5.bin"},
        "test_batch.bin",
        false},
       {"cifar-10-batches-py",
        {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"},
        "test_batch",
        true}}};
  static const std::array<CifarLayout, 2> hundred{
      {{"cifar-100-binary", {"train.bin"}, "test.bin", false},
       {"cifar-100-python", {"train"}, "test", true}}};
  return name == "cifar10" ? ten : hundred;
}

/// Returns nullopt when `folder` lacks the test file or all training files.
std::optional<CifarFiles> cifar_files_in(const fs::path& folder, const CifarLayout& layout) {
  std::error_code ignored;
  CifarFiles files{
      .folder = folder, .train = {}, .test = folder / layout.test, .python = layout.python};
  for (const char* file : layout.train) {
    if (fs::exists(folder / file, ignored)) files.train.push_back(folder / file);
  }
  if (files.train.empty() || !fs::exists(files.test, ignored)) return std::nullopt;
  return files;
}

}  // namespace

std::vector<fs::path> dataset_search_path(const std::optional<fs::path>& data_dir) {
  std::vector<fs::path> places;
  if (data_dir) places.push_back(*data_dir);
  if (const char* folder = std::getenv("GRADWIRE_DATA"); folder != nullptr && *folder != '\0') {
    places.emplace_back(folder);
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    places.push_back(fs::path(home) / ".cache" / "gradwire");
  }
  places.emplace_back("/usr/share/datasets");
  return places;
}

namespace {

/// Result of a search: the files, or the folders searched and what each lacks.
template <class Files>
struct Search {
  std::optional<Files> files;
  std::string looked_at;

  void add(const std::string& folder) { looked_at += (looked_at.empty() ? "" : ", ") + folder; }
};

Search<DatasetFiles> search_dataset(const std::string& name,
                                    const std::optional<fs::path>& data_dir) {
  expect_folder(data_dir);
  Search<DatasetFiles> search;
  for (const fs::path& place : dataset_search_path(data_dir)) {
    for (const fs::path& folder : idx_folders(place, name)) {
      DatasetFiles files;
      std::error_code ignored;
      const bool exists = fs::is_directory(folder, ignored);
      const std::string lacking = exists ? find_files(folder, files) : "";
      if (exists && lacking.empty()) return {.files = files, .looked_at = {}};
      if (exists) search.add(fmt::format("{} (lacks {})", folder.string(), lacking));
      if (!exists && folder == place / name) search.add(folder.string() + " (no such folder)");
    }
  }
  return search;
}

Search<CifarFiles> search_cifar(const std::string& name, const std::optional<fs::path>& data_dir) {
  expect_folder(data_dir);
  Search<CifarFiles> search;
  for (const fs::path& place : dataset_search_path(data_dir)) {
    for (const CifarLayout& layout : cifar_layouts(name)) {
      for (const fs::path& folder : {place / name / layout.folder, place / layout.folder}) {
        if (auto files = cifar_files_in(folder, layout)) return {.files = files, .looked_at = {}};
        std::error_code ignored;
        const bool incomplete = fs::is_directory(folder, ignored);
        if (incomplete || !layout.python) {
          search.add(folder.string() + (incomplete ? " (incomplete)" : ""));
        }
      }
    }
  }
  return search;
}

}  // namespace

std::optional<DatasetFiles> look_for_dataset(const std::string& name,
                                             const std::optional<fs::path>& data_dir) {
  return search_dataset(name, data_dir).files;
}

DatasetFiles find_dataset(const std::string& name, const std::optional<fs::path>& data_dir) {
  const Search<DatasetFiles> search = search_dataset(name, data_dir);
  if (search.files) return *search.files;
  throw InputError("", fmt::format("dataset \"{}\" not found; looked at {}; {}", name,
                                   search.looked_at, advice(name)));
}

std::optional<CifarFiles> look_for_cifar(const std::string& name,
                                         const std::optional<fs::path>& data_dir) {
  return search_cifar(name, data_dir).files;
}

CifarFiles find_cifar(const std::string& name, const std::optional<fs::path>& data_dir) {
  const Search<CifarFiles> search = search_cifar(name, data_dir);
  if (search.files) return *search.files;
  const CifarLayout& layout = cifar_layouts(name).front();
  throw InputError(
      "", fmt::format("dataset \"{}\" not found; looked at {}; gradwire data fetch {} downloads "
                      "it; or put {} and {} of the binary version into one of these folders",
                      name, search.looked_at, name, fmt::join(layout.train, ", "), layout.test));
}

}  // namespace gradwire::learn
