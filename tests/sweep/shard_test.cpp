#include "sim/sweep/shard.hpp"

#include <gmock/gmock.h>

#include <string>

#include "sim/core/error.hpp"

namespace gradwire::sweep::shard_test {
namespace {

TEST(Shard, EachRunIsInExactlyOne) {
  for (int run = 0; run < 200; ++run) {
    const std::string id = "sgd-" + std::to_string(run);
    int found = 0;
    for (int i = 0; i < 7; ++i) found += Shard{i, 7}.has(id) ? 1 : 0;
    EXPECT_EQ(found, 1) << id;
  }
}

TEST(Shard, RunsSpreadOverAll) {
  for (int i = 0; i < 4; ++i) {
    int runs = 0;
    for (int run = 0; run < 400; ++run) {
      runs += Shard{i, 4}.has("sgd-" + std::to_string(run)) ? 1 : 0;
    }
    EXPECT_GT(runs, 60);
    EXPECT_LT(runs, 140);
  }
}

/// Folders shared by several versions depend on it. By python3-xxhash:
/// int(xxhash.xxh3_128_hexdigest("sgd-029db1004d44")[:16], 16) % 4.
TEST(Shard, DependsOnTheIdByADocumentedHash) {
  int of = -1;
  for (int i = 0; i < 4; ++i) {
    if (Shard{i, 4}.has("sgd-029db1004d44")) of = i;
  }
  EXPECT_EQ(of, 2);
}

TEST(Shard, IsReadFromItsText) {
  EXPECT_EQ(parse_shard("3/4").text(), "3/4");
  for (const char* wrong :
       {"", "4/4", "-1/4", "1", "1/", "/4", "1/0", "a/b", "1/4/2", "1/2000000"}) {
    EXPECT_THROW(static_cast<void>(parse_shard(wrong)), InputError) << wrong;
  }
}

}  // namespace
}  // namespace gradwire::sweep::shard_test
