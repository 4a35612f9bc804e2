#include "sim/learn/data/cifar.hpp"

#include "sim/learn/data/data_paths.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn {
namespace {

/// A record: the bytes of `labels`, then an image whose bytes are all `value`.
RawBytes record(std::initializer_list<int> labels, std::uint8_t value) {
  RawBytes bytes;
  for (const int label : labels) bytes.push_back(static_cast<std::uint8_t>(label));
  bytes.resize(bytes.size() + 3072, value);
  return bytes;
}

LabelledImages read(const std::filesystem::path& file, const CifarFormat& format = {}) {
  return read_cifar(std::span(&file, 1), format);
}

TEST(Cifar, FilesAreReadOneBehindTheOther) {
  const TemporaryFolder folder;
  const std::vector files = {folder.write("a.bin", record({3}, 7) + record({9}, 8)),
                             folder.write("b.bin", gzip(record({0}, 9)))};

  const LabelledImages images = read_cifar(files, {});

  EXPECT_EQ(images.count, 3);
  EXPECT_EQ(images.channels, 3);
  EXPECT_EQ(images.labels, (std::vector<Label>{3, 9, 0}));
  EXPECT_EQ(images.pixels.size(), 3U * 3072);
  EXPECT_EQ(images.pixels[3072], 8);
}

TEST(Cifar, OfTwoLabelsTheFineOneCounts) {
  const TemporaryFolder folder;

  const auto images =
      read(folder.write("train.bin", record({19, 99}, 1)), {.label_bytes = 2, .classes = 100});

  EXPECT_EQ(images.labels, (std::vector<Label>{99}));
}

TEST(Cifar, DefectsAreErrorsWithFileAndOffset) {
  const TemporaryFolder folder;
  RawBytes cut = record({3}, 7) + record({9}, 8);
  cut.resize(4000);
  const auto cut_file = folder.write("cut.bin", cut);
  EXPECT_EQ(input_error([&] { read(cut_file); }),
            cut_file.string() +
                ": byte 4000: the file ends here, expected 3072 bytes of record 1 from byte 3074");
  const auto wrong = folder.write("wrong.bin", record({3}, 7) + record({10}, 8));
  EXPECT_EQ(input_error([&] { read(wrong); }),
            wrong.string() + ": byte 3073: expected a label from 0 to 9, found 10");
  const auto coarse = folder.write("coarse.bin", record({20, 5}, 7));
  EXPECT_EQ(input_error([&] { read(coarse, {.label_bytes = 2, .classes = 100}); }),
            coarse.string() + ": byte 0: expected a label from 0 to 19, found 20");
  const auto empty = folder.write("empty.bin", {});
  EXPECT_EQ(
      input_error([&] { read(empty); }),
      empty.string() + ": byte 0: the file ends here, expected 1 bytes of record 0 from byte 0");
}

TEST(Cifar, IsFoundInTheArchivesFolderOrBelowTheNameOfTheDataset) {
  for (const std::string inside : {"cifar-10-batches-bin/", "cifar10/cifar-10-batches-bin/"}) {
    const TemporaryFolder folder;
    folder.write(inside + "test_batch.bin", record({1}, 1));
    folder.write(inside + "data_batch_2.bin", record({1}, 1));
    folder.write(inside + "data_batch_1.bin", record({1}, 1));

    const CifarFiles files = find_cifar("cifar10", folder.path());

    EXPECT_EQ(files.train.size(), 2U);
    EXPECT_EQ(files.train[0].filename(), "data_batch_1.bin");
  }
}

}  // namespace
}  // namespace gradwire::learn
