#include "sim/tcp/transport/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/error.hpp"

namespace gradwire::tcp::address_test {
namespace {

const Address otherwise{.host = "here", .port = 7};

std::string read(const std::string& text) {
  return to_string(parse_address(text, otherwise, "--connect"));
}

TEST(Address, HasAHostAndAPortOrWhatStandsForThem) {
  EXPECT_EQ(read("10.0.0.1:5000"), "10.0.0.1:5000");
  EXPECT_EQ(read("server"), "server:7");
  EXPECT_EQ(read(":5000"), "here:5000");
  EXPECT_EQ(read("[::1]:5000"), "[::1]:5000");
  EXPECT_EQ(read("[fe80::1]"), "[fe80::1]:7");
  EXPECT_EQ(read("::1"), "[::1]:7");
  EXPECT_EQ(parse_address("[::1]:5000", otherwise, "").host, "::1");
}

TEST(Address, ErrorsNameTheOptionAndWhatWasGiven) {
  for (const char* text : {"server:", "server:0", "server:65536", "server:http", "[::1", ""}) {
    try {
      static_cast<void>(parse_address(text, otherwise, "--connect"));
      ADD_FAILURE() << text << " was taken";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("--connect: must be HOST:PORT with a port from "
                                                    "1 to 65535, got "));
    }
  }
}

}  // namespace
}  // namespace gradwire::tcp::address_test
