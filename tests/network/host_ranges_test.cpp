#include "sim/network/platforms/host_ranges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace gradwire::network::host_ranges_test {
namespace {

using testing::ElementsAre;

constexpr std::size_t most = 1000;

TEST(HostRanges, ExpandToNames) {
  EXPECT_THAT(expand_hosts("node", most), ElementsAre("node"));
  EXPECT_THAT(expand_hosts("n-[0-2,7].x", most), ElementsAre("n-0.x", "n-1.x", "n-2.x", "n-7.x"));
  EXPECT_THAT(expand_hosts("n[08-10]", most), ElementsAre("n08", "n09", "n10"));
  EXPECT_THAT(expand_hosts("r[0-1]n[5-6]", most), ElementsAre("r0n5", "r0n6", "r1n5", "r1n6"));
}

TEST(HostRanges, RefuseWhatIsNone) {
  for (const char* wrong : {"n[", "n]", "n[]", "n[3-1]", "n[-1]", "n[1-]", "n[a-b]", "n[1,]", "][",
                            "n[0-1000]", "n[0-99][0-99]", "n[0-99999999999999999999]"}) {
    EXPECT_THROW((void)expand_hosts(wrong, most), InputError) << wrong;
  }
}

TEST(HostRanges, CollapseTheNumberThatVaries) {
  EXPECT_THAT(collapse_hosts({"g-2.s5000.fr", "g-1.s5000.fr", "g-10.s5000.fr", "g-3.s5000.fr"}),
              ElementsAre("g-[1-3,10].s5000.fr"));
  EXPECT_THAT(collapse_hosts({"a", "b1", "c-01", "c-02"}), ElementsAre("a", "b1", "c-[01-02]"));
}

TEST(HostRanges, CollapsedOnesExpandToTheSameNames) {
  std::vector<std::string> names{"alone", "x.7", "y-00.z", "y-01.z", "y-10.z", "1", "2", "3"};
  for (int i = 8; i < 12; ++i) names.push_back("node-" + std::to_string(i) + ".site2");
  for (int i = 8; i < 12; ++i) names.push_back("rack1-" + std::to_string(i));
  std::vector<std::string> again;
  for (const std::string& pattern : collapse_hosts(names)) {
    for (const std::string& name : expand_hosts(pattern, most)) again.push_back(name);
  }
  std::ranges::sort(names);
  std::ranges::sort(again);
  EXPECT_EQ(again, names);
}

}  // namespace
}  // namespace gradwire::network::host_ranges_test
