#include "sim/tcp/transport/inbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "sim/core/error.hpp"

namespace gradwire::tcp::inbox_test {
namespace {

std::string length(std::uint32_t size) {
  std::string bytes(sizeof size, '\0');
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes;
}

std::string complaint(const std::string& bytes) {
  Inbox inbox("worker 1");
  try {
    static_cast<void>(inbox.append(bytes));
  } catch (const SystemError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Inbox, SeparatesPayloadFromFrames) {
  Inbox inbox("worker 1");
  inbox.expect_payload({5});

  EXPECT_TRUE(inbox.append("123"));
  EXPECT_FALSE(inbox.payload_complete());
  EXPECT_TRUE(inbox.append("45" + frame(Kind::go) + frame(Kind::report)));

  EXPECT_TRUE(inbox.payload_complete());
  EXPECT_EQ(inbox.payload_received(), Bytes{5});
  EXPECT_EQ(inbox.take_frame()->kind(), Kind::go);
  EXPECT_EQ(inbox.take_frame()->kind(), Kind::report);
  EXPECT_FALSE(inbox.take_frame());
}

TEST(Inbox, OnlyTheEndOfAFrameIsProgress) {
  Inbox inbox("worker 1");
  const std::string bytes = frame(Hello{.worker = 3, .digest = "abc"});
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    EXPECT_FALSE(inbox.append(bytes.substr(i, 1))) << i;
    EXPECT_FALSE(inbox.take_frame());
  }
  EXPECT_TRUE(inbox.append(bytes.substr(bytes.size() - 1)));
  EXPECT_EQ(inbox.take_frame()->hello().worker, 3);
}

TEST(Inbox, AFrameHasALengthThatCanBe) {
  EXPECT_EQ(complaint(length(largest_frame)), "taken");
  for (const std::uint32_t size : {0U, 65'537U, 0x80000000U, 0xffffffffU}) {
    EXPECT_EQ(complaint(length(size)), "worker 1 does not speak gradwire's protocol: a frame of " +
                                           std::to_string(size) + " bytes, must be 1 to 65536");
  }
  EXPECT_THAT(complaint("GET / HTTP/1.1\r\n\r\n"), testing::HasSubstr("does not speak gradwire's"));
}

TEST(Inbox, HoldsFewFramesHoweverManyCome) {
  std::string bytes;
  for (std::size_t i = 0; i < Inbox::most_frames; ++i) bytes += frame(Kind::ping);
  EXPECT_EQ(complaint(bytes), "taken");
  EXPECT_THAT(complaint(bytes + frame(Kind::ping)),
              testing::EndsWith("sends what nobody asked for"));
}

TEST(Inbox, APeersLastWordsAreAnError) {
  Inbox inbox("worker 1");
  inbox.append(failed_frame("the \033disk is full"));
  try {
    static_cast<void>(inbox.take_frame());
    ADD_FAILURE() << "it should have failed";
  } catch (const SystemError& error) {
    EXPECT_STREQ(error.what(), "worker 1 gave up: the ?disk is full");
  }
}

}  // namespace
}  // namespace gradwire::tcp::inbox_test
