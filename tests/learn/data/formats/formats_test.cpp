// The files in files/, which make_files.py writes, hold what cases.json says or are refused with
// its errors; no truncation and no mutation of a small file does anything but be read or be
// refused.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/learn/data/formats/table_forms.hpp"
#include "tests/learn/data/formats/read_table.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::formats_test {
namespace {

using Json = nlohmann::json;

const std::filesystem::path files = GRADWIRE_FORMAT_FILES;

Json cases() {
  std::ifstream in(files / "cases.json");
  return Json::parse(in);
}

ReadOptions options_of(const Json& c) {
  ReadOptions options;
  options.format = std::filesystem::path(c["file"].get<std::string>()).begin()->string();
  if (c.contains("labels_file")) options.labels_file = files / c["labels_file"].get<std::string>();
  if (c.contains("arrays")) options.arrays = {c["arrays"][0], c["arrays"][1]};
  options.label = c.value("label", "");
  if (c.contains("features")) options.features = c["features"].get<std::int64_t>();
  if (c.contains("shape_given")) options.shape = c["shape_given"].get<std::vector<std::int64_t>>();
  options.label_bytes = c.value("label_bytes", 1);
  return options;
}

std::vector<double> values_of(const Table& table) {
  if (const auto* bytes = std::get_if<RawBytes>(&table.values))
    return {bytes->begin(), bytes->end()};
  if (const auto* floats = std::get_if<Vector>(&table.values))
    return {floats->begin(), floats->end()};
  const Vector dense = as_dense(std::get<SparseRows>(table.values));
  return {dense.begin(), dense.end()};
}

std::string form_of(const Table& table) {
  constexpr std::array names{"bytes", "floats", "sparse"};
  return names[table.values.index()];
}

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
  return text;
}

TEST(Formats, AGoodFileHoldsWhatNumPySays) {
  int read = 0;
  for (const Json& c : cases()) {
    if (c.contains("error")) continue;
    SCOPED_TRACE(c["file"].get<std::string>());

    const Table table = read_table(files / c["file"].get<std::string>(), options_of(c));

    EXPECT_EQ(table.shape, c["shape"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(form_of(table), c["form"].get<std::string>());
    EXPECT_EQ(values_of(table), c["values"].get<std::vector<double>>());
    EXPECT_EQ(table.labels, c["labels"].get<std::vector<double>>());
    EXPECT_EQ(table.label_names, c["label_names"].get<std::vector<std::string>>());
    ++read;
  }
  EXPECT_GT(read, 60);
}

/// An error that ends with ": " is the begin of one: what follows is another library's.
TEST(Formats, ABadFileIsRefusedWithFilePlaceAndReason) {
  int refused = 0;
  for (const Json& c : cases()) {
    if (!c.contains("error")) continue;
    const std::filesystem::path file = files / c["file"].get<std::string>();
    const ReadOptions options = options_of(c);
    SCOPED_TRACE(file.string());
    const std::string expected = replaced(replaced(c["error"], "FILE", file.string()), "LABELS",
                                          options.labels_file.string());

    const std::string found = input_error([&] { static_cast<void>(read_table(file, options)); });

    if (expected.ends_with(": ") || expected.ends_with("1 to ")) {
      EXPECT_THAT(found, testing::StartsWith(expected));
    } else {
      EXPECT_EQ(found, expected);
    }
    ++refused;
  }
  EXPECT_GT(refused, 60);
}

TEST(Formats, FilesAreConcatenated) {
  const TemporaryFolder folder;
  const auto text = [](std::string_view t) { return RawBytes(t.begin(), t.end()); };
  const std::vector csv = {folder.write("a.csv", text("a,b,c\n1,2,x\n")),
                           folder.write("b.csv", text("a,b,c\n3,4,y\n5,6,x\n"))};
  const std::vector svm = {folder.write("a.txt", text("1 1:1\n")),
                           folder.write("b.txt", text("2 3:1\n"))};

  const Table cells = read_csv(csv, "");
  const Table pairs = read_libsvm(svm, std::nullopt);

  EXPECT_EQ(values_of(cells), (std::vector<double>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(cells.labels, (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(values_of(pairs), (std::vector<double>{1, 0, 0, 0, 0, 1}));
  EXPECT_EQ(input_error([&] {
              const auto c = folder.write("c.csv", text("1,2\n"));
              static_cast<void>(read_csv(std::vector{csv[0], c}, ""));
            }),
            (folder.path() / "c.csv").string() +
                ": line 1, column 3: expected 3 cells, as in the first record, found 2");
}

/// Sparse rows take 8 bytes per entry and 8 per row, dense ones 4 per number.
TEST(Formats, RowsStaySparseExactlyWhereThatIsSmaller) {
  const auto rows = [](std::int64_t dimension) {
    return SparseRows{.dimension = dimension, .ends = {1, 2}, .columns = {0, 1}, .values = {1, 2}};
  };
  // 2 * 8 + 2 * 8 = 32 bytes; dense 8 bytes per column.
  EXPECT_TRUE(std::holds_alternative<Vector>(smaller_form(rows(4))));
  EXPECT_TRUE(std::holds_alternative<SparseRows>(smaller_form(rows(5))));
  EXPECT_EQ(as_dense(rows(3)), (Vector{1, 0, 0, 0, 2, 0}));
}

TEST(Formats, LargerBlocksThanAReadersBufferAreReadWhole) {
  const TemporaryFolder folder;
  constexpr int samples = 70'000;
  std::string text;
  for (int i = 0; i < samples; ++i)
    text += std::to_string(i) + ",\"" + std::to_string(-i) + "\",1\n";

  const std::vector file = {folder.write("large.csv", gzip(RawBytes(text.begin(), text.end())))};
  const Table table = read_csv(file, "");

  ASSERT_EQ(table.labels.size(), static_cast<std::size_t>(samples));
  const Vector& values = std::get<Vector>(table.values);
  for (int i = 0; i < samples; ++i) {
    ASSERT_EQ(values[2 * static_cast<std::size_t>(i)], static_cast<float>(i));
    ASSERT_EQ(values[2 * static_cast<std::size_t>(i) + 1], static_cast<float>(-i));
  }
}

RawBytes content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A byte replaced, a bit flipped, bytes removed, or bytes copied to another place.
void mutate(RawBytes& bytes, RandomStream& random) {
  const auto at = [&] { return static_cast<std::ptrdiff_t>(random.below(bytes.size())); };
  if (bytes.empty()) return;
  switch (random.below(4)) {
    case 0:
      bytes[static_cast<std::size_t>(at())] = static_cast<std::uint8_t>(random.below(256));
      break;
    case 1:
      bytes[static_cast<std::size_t>(at())] ^= static_cast<std::uint8_t>(1U << random.below(8));
      break;
    case 2: {
      const std::ptrdiff_t first = at();
      const auto left = static_cast<std::uint64_t>(std::ssize(bytes) - first);
      bytes.erase(
          bytes.begin() + first,
          bytes.begin() + first +
              static_cast<std::ptrdiff_t>(1 + random.below(std::min<std::uint64_t>(left, 8))));
      break;
    }
    default: {
      const std::ptrdiff_t first = at();
      const auto left = static_cast<std::uint64_t>(std::ssize(bytes) - first);
      const RawBytes piece(
          bytes.begin() + first,
          bytes.begin() + first +
              static_cast<std::ptrdiff_t>(1 + random.below(std::min<std::uint64_t>(left, 8))));
      bytes.insert(bytes.begin() + at(), piece.begin(), piece.end());
    }
  }
}

/// The most bytes of values that a reader may return for a file of so many bytes: gzip and DEFLATE
/// hold up to 1032 times their size, a number of one byte becomes a float.
std::size_t most_bytes(std::size_t file_bytes) { return 4 * 1032 * file_bytes; }

std::size_t bytes_of(const Table& table) {
  if (const auto* sparse = std::get_if<SparseRows>(&table.values)) {
    return sparse->bytes();
  }
  return values_of(table).size() * (table.values.index() == 0 ? 1 : 4);
}

class EveryFormat : public testing::TestWithParam<const char*> {
 protected:
  /// Whether a file with this content is read; else it must be refused with an InputError.
  bool is_read(const RawBytes& bytes, const ReadOptions& options) const {
    // Truncating a file that exists makes the file system write it to disk; removing it does not.
    std::filesystem::remove(folder_.path() / "file");
    try {
      const Table table = read_table(folder_.write("file", bytes), options);
      EXPECT_LE(bytes_of(table), most_bytes(bytes.size()));
      EXPECT_EQ(static_cast<std::int64_t>(table.labels.size()) * numbers_of(table.shape),
                std::holds_alternative<SparseRows>(table.values)
                    ? static_cast<std::int64_t>(std::get<SparseRows>(table.values).count()) *
                          numbers_of(table.shape)
                    : static_cast<std::int64_t>(values_of(table).size()));
      return true;
    } catch (const InputError&) {
      return false;
    }
  }

  static Json parameter_case() {
    for (const Json& c : cases()) {
      if (c["file"] == GetParam()) return c;
    }
    throw std::runtime_error("no such case");
  }

  TemporaryFolder folder_;
};

TEST_P(EveryFormat, EveryTruncationIsReadOrRefused) {
  const RawBytes whole = content_of(files / GetParam());
  const ReadOptions options = options_of(parameter_case());
  ASSERT_TRUE(is_read(whole, options));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const RawBytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    static_cast<void>(is_read(part, options));
  }
}

TEST_P(EveryFormat, TenThousandMutationsAreReadOrRefused) {
  const RawBytes whole = content_of(files / GetParam());
  const ReadOptions options = options_of(parameter_case());
  RandomStream random = stream(1, "mutations");
  int refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    RawBytes bytes = whole;
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) mutate(bytes, random);
    if (!is_read(bytes, options)) ++refused;
  }
  EXPECT_GT(refused, 100);  // the mutations do reach what is checked
}

INSTANTIATE_TEST_SUITE_P(Files, EveryFormat,
                         testing::Values("npz/pass-deflated.npz", "npz/pass-version-2.npz",
                                         "npy/pass-x.npy", "npy/pass-x.npy.gz", "idx/pass-i2.idx",
                                         "idx/pass-4-dimensions.idx.gz", "libsvm/pass-small.txt",
                                         "libsvm/pass-packed.txt.gz", "csv/pass-quoted.csv",
                                         "csv/pass-header-quoted.csv", "csv/pass-packed.csv.gz",
                                         "images_raw/pass-two.bin"));

}  // namespace
}  // namespace gradwire::learn::formats_test
