#include "sim/learn/fetch/catalogue.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace gradwire::learn::catalogue_test {
namespace {

TEST(FetchCatalogue, EveryDigestIsASha256OfItsOwn) {
  std::set<std::string> digests;
  std::size_t count = 0;
  const auto see = [&](const std::string& digest) {
    EXPECT_THAT(digest, testing::MatchesRegex("[0-9a-f]{64}"));
    digests.insert(digest);
    ++count;
  };
  for (const RemoteDataset& dataset : remote_datasets()) {
    for (const RemoteFile& file : dataset.files) {
      see(file.sha256);
      if (file.folder.empty()) see(file.content_sha256);
      for (const ArchiveMember& member : file.members) see(member.sha256);
    }
  }

  EXPECT_EQ(digests.size(), count) << "two files have the same";
  EXPECT_EQ(count, 8U + 8U + 7U + 3U);
}

TEST(FetchCatalogue, AddressesAreWebAddressesThatAFileNameMayFollow) {
  for (const RemoteDataset& dataset : remote_datasets()) {
    ASSERT_FALSE(dataset.addresses.empty());
    for (const std::string& address : dataset.addresses) {
      EXPECT_THAT(address, testing::MatchesRegex("https?://.+/"));
    }
  }
}

TEST(FetchCatalogue, KnowsHowLargeTheFormatsAre) {
  constexpr std::int64_t grey_images = 70'000 * (28 * 28 + 1) + 2 * 16 + 2 * 8;
  constexpr std::int64_t colour_image = 3 * 32 * 32;
  for (const RemoteDataset& dataset : remote_datasets()) {
    std::int64_t content = 0;
    for (const RemoteFile& file : dataset.files) {
      content += file.content_bytes;
      for (const ArchiveMember& member : file.members) content += member.bytes;
    }
    const std::map<std::string, std::int64_t> expected{{"mnist", grey_images},
                                                       {"fashion-mnist", grey_images},
                                                       {"cifar10", 60'000 * (1 + colour_image)},
                                                       {"cifar100", 60'000 * (2 + colour_image)}};
    EXPECT_EQ(content, expected.at(dataset.name)) << dataset.name;
  }
}

}  // namespace
}  // namespace gradwire::learn::catalogue_test
