#include "sim/learn/data/files/cifar.hpp"

#include "sim/learn/data/files/data_paths.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::cifar_test {
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

RawBytes text(std::string_view t) { return {t.begin(), t.end()}; }

std::uint8_t byte(std::size_t number, unsigned at) {
  return static_cast<std::uint8_t>(number >> (8 * at));
}

/// A batch as Python 2 pickles it: a list of labels under `key`, and images whose bytes are all
/// their label.
RawBytes pickled(const std::string& key, const RawBytes& labels) {
  using namespace std::string_view_literals;
  RawBytes bytes = text(
      "\x80\x02}q\x01(U\x0b"
      "batch_labelq\x02U\x01xq\x03U"sv);
  bytes.push_back(static_cast<std::uint8_t>(key.size()));
  bytes = bytes + text(key) + text("q\x04]q\x05("sv);
  for (const std::uint8_t label : labels) bytes = bytes + RawBytes{'K', label};
  bytes = bytes + text(
                      "eU\x04"
                      "dataq\x06"
                      "cnumpy.core.multiarray\n_reconstruct\nq\x07"
                      "cnumpy\nndarray\n"
                      "q\x08K\x00\x85U\x01"
                      "b\x87Rq\t(K\x01M"sv);
  bytes = bytes + RawBytes{byte(labels.size(), 0), byte(labels.size(), 1)};
  bytes = bytes + text(
                      "M\x00\x0c\x86"
                      "cnumpy\ndtype\nq\nU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff"
                      "\xffJ\xff\xff\xff\xffK\x00tb\x89T"sv);
  const std::size_t size = labels.size() * 3072;
  bytes = bytes + RawBytes{byte(size, 0), byte(size, 1), byte(size, 2), byte(size, 3)};
  for (const std::uint8_t label : labels) bytes.resize(bytes.size() + 3072, label);
  return bytes + text(
                     "tbU\tfilenamesq\x0c]q\r(U\x01"
                     "aU\x01"
                     "beu."sv);
}

LabelledImages read_pickled(const std::filesystem::path& file, const CifarFormat& format = {}) {
  return read_cifar_python(std::span(&file, 1), format);
}

TEST(Cifar, TheVersionForPythonHoldsTheSameAsTheBinaryOne) {
  const TemporaryFolder folder;
  const LabelledImages binary = read(folder.write("a.bin", record({3}, 3) + record({9}, 9)));
  const LabelledImages ten = read_pickled(folder.write("a", pickled("labels", {3, 9})));
  const LabelledImages hundred = read_pickled(folder.write("b", pickled("fine_labels", {3, 99})),
                                              {.label_bytes = 2, .classes = 100});

  EXPECT_EQ(ten.pixels, binary.pixels);
  EXPECT_EQ(ten.labels, binary.labels);
  EXPECT_EQ(ten.count, 2);
  EXPECT_EQ(hundred.labels.back(), 99);
}

TEST(Cifar, APickleIsReadWithoutRunningWhatItNames) {
  const TemporaryFolder folder;
  const auto complaint = [&](const RawBytes& bytes) {
    const auto file = folder.write("batch", bytes);
    return input_error([&] { read_pickled(file); }).substr(file.string().size() + 2);
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(complaint(text("\x80\x02"
                           "cos\nsystem\nU\x02ls\x85R."sv)),
            "byte 2: the pickle names os system, which is refused");
  EXPECT_EQ(complaint(text("\x80\x02(U\x02lsios\nsystem\n."sv)),
            "byte 7: the opcode 0x69 of this pickle is not supported");
  EXPECT_EQ(complaint(text("\x80\x04}."sv)), "byte 0: expected a pickle of protocol 2");
  EXPECT_EQ(complaint(text("\x80\x02}."sv)), "expected a batch of CIFAR, a dictionary with data");
  EXPECT_EQ(complaint(text("\x80\x02T\xff\xff\xff\x7f."sv)),
            "byte 2: a string of 2147483647 bytes exceeds the file");
  EXPECT_EQ(complaint(text("\x80\x02]q\x01h\x01"
                           "a."sv)),
            "byte 7: values are nested in a list or dictionary");
  EXPECT_EQ(complaint(pickled("labels", {3, 10})), "expected labels from 0 to 9");
  EXPECT_EQ(complaint(pickled("names", {3})),
            "expected a batch of CIFAR, a dictionary with labels");
  std::string deep = "\x80\x02N";
  for (int i = 0; i < 100'000; ++i) deep += '\x85';
  EXPECT_EQ(complaint(text(deep + ".")), "byte 7: values are nested in a tuple");
}

TEST(Cifar, EveryTruncationAndMutationOfAPickleIsReadOrRefused) {
  const TemporaryFolder folder;
  const RawBytes whole = pickled("labels", {3});
  const auto is_read = [&](const RawBytes& bytes) {
    std::filesystem::remove(folder.path() / "batch");
    try {
      return read_pickled(folder.write("batch", bytes)).count == 1;
    } catch (const InputError&) {
      return false;
    }
  };
  ASSERT_TRUE(is_read(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(is_read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
  RandomStream random = stream(1, "mutations");
  for (int i = 0; i < 10'000; ++i) {
    RawBytes bytes = whole;
    // Not within the pixels, which may be anything.
    const std::uint64_t at = random.below(whole.size() - 3072);
    bytes[at < 200 ? at : at + 3072] = static_cast<std::uint8_t>(random.below(256));
    static_cast<void>(is_read(bytes));
  }
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
    EXPECT_FALSE(files.python);
  }
  const TemporaryFolder folder;
  folder.write("cifar-10-batches-py/test_batch", pickled("labels", {1}));
  folder.write("cifar-10-batches-py/data_batch_1", pickled("labels", {1}));
  EXPECT_TRUE(find_cifar("cifar10", folder.path()).python);
}

}  // namespace
}  // namespace gradwire::learn::cifar_test
