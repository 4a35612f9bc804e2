#include "sim/learn/fetch/presence.hpp"

#include <gmock/gmock.h>

#include "sim/learn/fetch/digest.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::presence_test {
namespace {

using State = Presence::State;
using testing::HasSubstr;

const RawBytes content{1, 2, 3, 4};

std::string digest_of(const RawBytes& bytes) {
  Sha256 sha256;
  sha256.update(bytes);
  return sha256.finish();
}

RemoteFile kept() {
  RemoteFile file;
  file.name = "train-images-idx3-ubyte.gz";
  file.content_bytes = 4;
  file.content_sha256 = digest_of(content);
  return file;
}

RemoteFile archive() {
  RemoteFile file;
  file.name = "a.tar.gz";
  file.folder = "bin";
  file.members = {{"one", 4, digest_of(content)}, {"two", 4, digest_of(content)}};
  return file;
}

TEST(Presence, NothingIsAbsent) {
  const TemporaryFolder folder;

  EXPECT_EQ(presence_of(kept(), folder.path()).state, State::absent);
  EXPECT_EQ(presence_of(archive(), folder.path()).state, State::absent);
  EXPECT_EQ(presence_of(archive(), folder.path() / "nowhere").state, State::absent);
}

TEST(Presence, TheContentDecidesNotTheCompression) {
  for (const char* name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}) {
    const TemporaryFolder plain;
    const TemporaryFolder packed;
    plain.write(name, content);
    packed.write(std::string(name) + ".gz", gzip(content));

    EXPECT_EQ(presence_of(kept(), plain.path()).state, State::good);
    EXPECT_EQ(presence_of(kept(), packed.path()).state, State::good);
  }
}

TEST(Presence, OneOtherByteIsADefect) {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", {1, 2, 3, 5});

  const Presence presence = presence_of(kept(), folder.path());

  EXPECT_EQ(presence.state, State::defective);
  EXPECT_THAT(presence.defect, HasSubstr("/train-images-idx3-ubyte: is not the original: "));
}

TEST(Presence, ATruncatedFileIsADefect) {
  const TemporaryFolder folder;
  RawBytes packed = gzip(content);
  packed.pop_back();
  folder.write("train-images-idx3-ubyte.gz", packed);

  const Presence presence = presence_of(kept(), folder.path());

  EXPECT_EQ(presence.state, State::defective);
  EXPECT_THAT(presence.defect, HasSubstr("truncated"));
}

TEST(Presence, AnArchiveIsThereWhenAllItsMembersAre) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "bin");
  EXPECT_EQ(presence_of(archive(), folder.path()).state, State::absent) << "an empty folder";

  folder.write("bin/one", content);
  EXPECT_THAT(presence_of(archive(), folder.path()).defect, HasSubstr("/bin: lacks two"));

  folder.write("bin/two", content);
  EXPECT_EQ(presence_of(archive(), folder.path()).state, State::good);

  folder.write("bin/two", {1, 2, 3});
  EXPECT_THAT(presence_of(archive(), folder.path()).defect,
              HasSubstr("/bin/two: is not the original: has 3 bytes, expected 4"));
}

TEST(Presence, AFileInPlaceOfAnUnpackedArchiveIsADefect) {
  const TemporaryFolder folder;
  folder.write("bin", content);

  EXPECT_EQ(presence_of(archive(), folder.path()).state, State::defective);
}

}  // namespace
}  // namespace gradwire::learn::presence_test
