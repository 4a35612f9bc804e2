#include "sim/learn/fetch/part.hpp"

#include <gmock/gmock.h>

#include "tests/learn/support.hpp"

namespace gradwire::learn::part_test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(PartFile, GoesOnWhereAnotherEnded) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x.part";
  { PartFile(path).append(std::string("abc")); }

  PartFile part(path);
  EXPECT_EQ(part.bytes(), 3);
  part.append(std::string("de"));

  EXPECT_EQ(text_of(path), "abcde") << "every byte is there at once";
}

TEST(PartFile, ClearedItStartsOver) {
  const TemporaryFolder folder;
  PartFile part(folder.path() / "x.part");
  part.append(std::string("wrong"));
  part.clear();
  part.append(std::string("ok"));

  EXPECT_EQ(text_of(part.path()), "ok");
}

TEST(PartFile, AnEmptyOneGoesAway) {
  const TemporaryFolder folder;
  { const PartFile part(folder.path() / "x.part"); }

  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(PartFile, KeptItHasItsNameEvenWhenEmpty) {
  const TemporaryFolder folder;
  {
    PartFile part(folder.path() / "x.part");
    part.keep_as(folder.path() / "x");
  }

  EXPECT_TRUE(fs::exists(folder.path() / "x"));
  EXPECT_FALSE(fs::exists(folder.path() / "x.part"));
}

TEST(PartFile, AFolderThatIsNotThereIsNamed) {
  try {
    const PartFile part("/no/such/folder/x.part");
    FAIL();
  } catch (const SystemError& error) {
    EXPECT_STREQ(error.what(), "/no/such/folder/x.part: cannot write: No such file or directory");
  }
}

}  // namespace
}  // namespace gradwire::learn::part_test
