#include "sim/learn/data/formats/idx.hpp"

#include <gmock/gmock.h>

#include "tests/learn/support.hpp"

namespace gradwire::learn::idx_test {
namespace {

using testing::StartsWith;

const RawBytes pixels = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
const RawBytes good_images = idx({0x803, 2, 2, 3}, pixels);
const RawBytes good_labels = idx({0x801, 2}, {3, 9});

class Idx : public testing::Test {
 protected:
  /// The error of reading these two files as a dataset of 10 classes, with the folder removed.
  std::string complaint(const RawBytes& images, const RawBytes& labels) const {
    const auto a = folder_.write("images", images);
    const auto b = folder_.write("labels", labels);
    std::string text = input_error([&] { static_cast<void>(read_idx(a, b, 10)); });
    const std::string prefix = folder_.path().string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  TemporaryFolder folder_;
};

TEST_F(Idx, ReadsPlainFiles) {
  const auto a = folder_.write("images", good_images);
  const auto b = folder_.write("labels", good_labels);

  const LabelledImages read = read_idx(a, b, 10);

  EXPECT_EQ(read.count, 2);
  EXPECT_EQ(read.rows, 2);
  EXPECT_EQ(read.columns, 3);
  EXPECT_EQ(read.pixels, pixels);
  EXPECT_EQ(read.labels, (std::vector<Label>{3, 9}));
}

TEST_F(Idx, ReadsGzipWhateverTheFileIsCalled) {
  const auto a = folder_.write("images", gzip(good_images));
  const auto b = folder_.write("labels.gz", good_labels);

  const LabelledImages read = read_idx(a, b, 10);

  EXPECT_EQ(read.pixels, pixels);
  EXPECT_EQ(read.labels, (std::vector<Label>{3, 9}));
}

TEST_F(Idx, ReadsGzipOfSeveralMembersWhereverTheyMeet) {
  const auto labels = folder_.write("labels", good_labels);
  for (std::size_t cut = 0; cut <= good_images.size(); ++cut) {
    const auto middle = good_images.begin() + static_cast<std::ptrdiff_t>(cut);
    const auto images = folder_.write(
        "images", gzip({good_images.begin(), middle}) + gzip({middle, good_images.end()}));
    EXPECT_EQ(read_idx(images, labels, 10).pixels, pixels) << "cut at byte " << cut;
  }
}

TEST_F(Idx, ReadsThousandsOfMembersThatMeetAnywhereInTheBufferAndAnEmptyLastOne) {
  RawBytes data(200'000);
  RandomStream random = stream(1, "pixels");
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random.below(256));
  const RawBytes plain = idx({0x803, 2, 200, 500}, data);
  RawBytes packed;
  for (std::size_t at = 0; at < plain.size();) {  // one to a hundred bytes each
    const std::size_t end = std::min<std::size_t>(plain.size(), at + 1 + random.below(100));
    packed = packed + gzip({plain.begin() + static_cast<std::ptrdiff_t>(at),
                            plain.begin() + static_cast<std::ptrdiff_t>(end)});
    at = end;
  }
  const auto images = folder_.write("images", packed + gzip({}));  // as bgzip ends a file

  EXPECT_EQ(read_idx(images, folder_.write("labels", good_labels), 10).pixels, data);
}

TEST_F(Idx, WhatFollowsTheLastMemberIsRefusedAndADefectOfAMemberIsNamed) {
  const RawBytes first = gzip({good_images.begin(), good_images.begin() + 20});
  const RawBytes second = gzip({good_images.begin() + 20, good_images.end()});
  const std::string garbage = "images: byte 28: expected the end of the file behind the gzip data";
  EXPECT_EQ(complaint(first + second + RawBytes{0x1f}, good_labels), garbage);
  EXPECT_EQ(complaint(first + second + RawBytes{0x1f, 0x8c, 8, 0}, good_labels), garbage);
  EXPECT_EQ(complaint(first + second + good_images, good_labels), garbage);
  EXPECT_EQ(complaint(first + RawBytes{0, 0} + second, good_labels),
            "images: byte 20: expected the end of the file behind the gzip data");
  EXPECT_EQ(complaint(first + second + gzip({7}), good_labels),
            "images: byte 28: expected the end of the file, found more bytes");
  EXPECT_EQ(complaint(first + second + RawBytes{0x1f, 0x8b}, good_labels),
            "images: byte 28: truncated: the gzip data end before their checksum");
  EXPECT_EQ(complaint(first, good_labels),
            "images: byte 20: the file ends here, expected 12 bytes of pixels from byte 16");
  RawBytes wrong = second;
  wrong[wrong.size() - 8] ^= 1U;
  EXPECT_EQ(complaint(first + wrong, good_labels),
            "images: byte 28: corrupt gzip data: incorrect checksum");
  EXPECT_EQ(complaint(first + RawBytes{0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 0}, good_labels),
            "images: byte 20: corrupt gzip data: unknown compression method");
}

TEST_F(Idx, AShortFileIsNamedWithTheOffsetOfItsEnd) {
  RawBytes images = good_images;
  images.resize(20);
  EXPECT_EQ(complaint(images, good_labels),
            "images: byte 20: the file ends here, expected 12 bytes of data from byte 16 "
            "(dimensions 2 x 2 x 3)");
  images.resize(6);
  EXPECT_EQ(complaint(images, good_labels),
            "images: byte 6: the file ends here, expected 4 bytes of dimensions from byte 4");
  EXPECT_EQ(complaint({}, good_labels),
            "images: byte 0: the file ends here, expected 4 bytes of magic number from byte 0");
  RawBytes labels = good_labels;
  labels.pop_back();
  EXPECT_EQ(complaint(good_images, labels),
            "labels: byte 9: the file ends here, expected 2 bytes of data from byte 8 "
            "(dimensions 2)");
}

TEST_F(Idx, ShortContentInsideWholeGzipIsShort) {
  RawBytes images = good_images;
  images.resize(20);
  EXPECT_EQ(complaint(gzip(images), good_labels),
            "images: byte 20: the file ends here, expected 12 bytes of pixels from byte 16");
}

TEST_F(Idx, TruncatedGzipIsNamedWithTheUncompressedOffset) {
  RawBytes packed = gzip(good_images);
  packed.resize(packed.size() - 1);
  EXPECT_EQ(complaint(packed, good_labels),
            "images: byte 28: truncated: the gzip data end before their checksum");
  packed.resize(5);
  EXPECT_EQ(complaint(packed, good_labels),
            "images: byte 0: truncated: the gzip data end before their checksum");
}

TEST_F(Idx, AWrongChecksumIsCorruptGzip) {
  RawBytes packed = gzip(good_images);
  packed[packed.size() - 8] ^= 1U;
  EXPECT_EQ(complaint(packed, good_labels),
            "images: byte 28: corrupt gzip data: incorrect checksum");
}

TEST_F(Idx, TrailingBytesAreRefused) {
  RawBytes longer = good_images;
  longer.push_back(0);
  EXPECT_EQ(complaint(longer, good_labels),
            "images: byte 28: expected the end of the file, found more bytes");
  EXPECT_EQ(complaint(gzip(longer), good_labels),
            "images: byte 28: expected the end of the file, found more bytes");
  RawBytes behind = gzip(good_images);
  behind.push_back(0);
  EXPECT_EQ(complaint(behind, good_labels),
            "images: byte 28: expected the end of the file behind the gzip data");
}

TEST_F(Idx, LabelsInPlaceOfImagesAreRefused) {
  EXPECT_EQ(complaint(good_labels, good_images),
            "images: byte 0: expected the magic number 0x00000803 (images), found 0x00000801 "
            "(labels)");
  EXPECT_EQ(complaint(good_images, good_images),
            "labels: byte 0: expected the magic number 0x00000801 (labels), found 0x00000803 "
            "(images)");
  EXPECT_EQ(complaint(idx({0xdeadbeef, 2, 2, 3}, pixels), good_labels),
            "images: byte 0: expected the magic number 0x00000803 (images), found 0xdeadbeef");
}

TEST_F(Idx, AbsurdDimensionsAreRefused) {
  EXPECT_EQ(complaint(idx({0x803, 0xffffffff, 0xffffffff, 0xffffffff}, {}), good_labels),
            "images: byte 4: dimensions 4294967295 x 4294967295 x 4294967295 make too many bytes, "
            "expected 1 to 2147483648");
  EXPECT_EQ(complaint(idx({0x803, 0, 28, 28}, {}), good_labels),
            "images: byte 4: dimensions 0 x 28 x 28 make 0 bytes, expected 1 to 2147483648");
  EXPECT_EQ(complaint(gzip(idx({0x803, 60000, 280, 280}, {})), good_labels),
            "images: byte 4: dimensions 60000 x 280 x 280 make 4704000000 bytes, expected 1 to "
            "2147483648");
  EXPECT_EQ(complaint(good_images, idx({0x801, 0xf0000000}, {})),
            "labels: byte 4: dimensions 4026531840 make 4026531840 bytes, expected 1 to "
            "2147483648");
}

TEST_F(Idx, ALabelOutOfRangeIsNamedWithItsOffset) {
  EXPECT_EQ(complaint(good_images, idx({0x801, 2}, {9, 10})),
            "labels: byte 9: expected a label from 0 to 9, found 10");
}

TEST_F(Idx, DifferentCountsAreRefused) {
  EXPECT_EQ(complaint(good_images, idx({0x801, 3}, {1, 2, 3})),
            "labels: byte 4: expected 2 labels, as many as images in images, found 3");
}

TEST_F(Idx, WhatIsNoReadableFileIsRefused) {
  const auto labels = folder_.write("labels", good_labels);
  const auto missing = folder_.path() / "missing";
  EXPECT_EQ(input_error([&] { static_cast<void>(read_idx(missing, labels, 10)); }),
            missing.string() + ": cannot be read: No such file or directory");
  EXPECT_EQ(input_error([&] { static_cast<void>(read_idx(folder_.path(), labels, 10)); }),
            folder_.path().string() + ": is a folder, expected a file");
  EXPECT_EQ(input_error([&] { static_cast<void>(read_idx("/dev/null", labels, 10)); }),
            "/dev/null: is not a regular file");
}

TEST_F(Idx, EveryFlippedBitOfAGzipIsAnErrorOrChangesNothing) {
  RawBytes data(400);
  RandomStream random = stream(1, "pixels");
  for (auto& byte : data) byte = static_cast<std::uint8_t>(random.below(7));
  const RawBytes packed = gzip(idx({0x803, 4, 10, 10}, data));
  const auto labels = folder_.write("labels", idx({0x801, 4}, {0, 1, 2, 3}));
  int refused = 0;

  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    RawBytes flipped = packed;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    const auto images = folder_.write("images", flipped);
    try {
      EXPECT_EQ(read_idx(images, labels, 10).pixels, data) << "bit " << bit;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), StartsWith(images.string() + ": byte ")) << "bit " << bit;
      ++refused;
    }
  }

  // Only bits of the ten-byte header (time, operating system) can flip undetected.
  EXPECT_GE(refused, static_cast<int>(packed.size() * 8) - 80);
}

}  // namespace
}  // namespace gradwire::learn::idx_test
