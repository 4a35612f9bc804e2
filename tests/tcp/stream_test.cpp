#include "sim/tcp/transport/stream.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "sim/core/error.hpp"

namespace gradwire::tcp::stream_test {
namespace {

/// Two connected sockets; the second is read only by the test itself.
std::array<Socket, 2> pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    throw SystemError("no socket pair");
  }
  return {Socket(ends[0]), Socket(ends[1])};
}

TEST(Stream, APeerThatDoesNotTakeTheAnswersIsNotAnsweredForEver) {
  auto [ours, theirs] = pair();
  Stream stream(std::move(ours), "worker 1");
  stream.send_payload({100'000'000});  // more than a socket's buffer holds
  int sent = 0;
  try {
    for (; sent < 100; ++sent) stream.send(pong_frame({1}));
    ADD_FAILURE() << "it should have failed";
  } catch (const SystemError& error) {
    EXPECT_STREQ(error.what(), "worker 1 asks on and on and does not take the answers");
  }
  EXPECT_EQ(sent, 7);
}

TEST(Stream, APeerThatTakesTheAnswersIs) {
  auto [ours, theirs] = pair();
  Stream stream(std::move(ours), "worker 1");
  const std::size_t size = pong_frame({1}).size();
  std::string answer(size, '\0');
  for (int i = 0; i < 10'000; ++i) {
    stream.send(pong_frame({1}));
    ASSERT_EQ(::recv(theirs.get(), answer.data(), size, 0), static_cast<ssize_t>(size));
  }
  EXPECT_TRUE(stream.everything_sent());
}

TEST(Stream, AFloodOfFramesIsAnError) {
  auto [ours, theirs] = pair();
  Stream stream(std::move(ours), "worker 1");
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += frame(Kind::ping);
  ASSERT_GT(::send(theirs.get(), flood.data(), flood.size(), 0), 0);

  EXPECT_THROW(stream.receive(), SystemError);
}

}  // namespace
}  // namespace gradwire::tcp::stream_test
