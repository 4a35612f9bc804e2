#include "sim/tcp/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/tcp/transport/clock.hpp"
#include "tests/tcp/loopback.hpp"

namespace gradwire::tcp::handshake_test {
namespace {

/// Hand-made peers of a Handshake that runs in this thread.
class Strangers : public testing::Test {
 protected:
  Strangers() : listener_(some_listener(address_)) {}
  ~Strangers() override { stop(); }

  /// A connection that has sent `bytes`.
  [[nodiscard]] Socket connected(const std::string& bytes) const {
    Socket socket = connect(address_, {5}, [] {});
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return socket;
  }
  /// Repeats `act` in another thread until stop() or the end of the test.
  template <class Act>
  void beside(Act act) {
    threads_.emplace_back([this, act] {
      while (!stopped_) act();
    });
  }
  void stop() {
    stopped_ = true;
    threads_.clear();
  }
  std::vector<std::unique_ptr<Stream>> gather(std::size_t workers, Seconds idle_timeout) {
    const WorkerPool::Tell tell = [this](const std::string& line) { lines_.push_back(line); };
    return Handshake(listener_,
                     {.workers = workers, .wanted = std::vector<char>(workers, 1), .digest = {}},
                     {.idle_timeout = idle_timeout}, tell)
        .all();
  }

  Address address_;
  Listener listener_;
  std::vector<std::string> lines_;

 private:
  std::atomic<bool> stopped_ = false;
  std::vector<std::jthread> threads_;
};

std::string hello(std::int64_t worker) { return frame(Hello{.worker = worker, .digest = {}}); }

TEST_F(Strangers, ThatSayNothingOrHalfAFrameDelayNobody) {
  std::vector<Socket> silent;
  for (int i = 0; i < 150; ++i) silent.push_back(connected(hello(0).substr(0, i % 2 == 0 ? 0 : 9)));
  const Socket worker = connected(hello(0));
  const Seconds begin = now();

  const auto workers = gather(1, {60});

  EXPECT_TRUE(workers[0]);
  EXPECT_LT(now() - begin, Seconds{5});
}

TEST_F(Strangers, ThatSayNothingAreSentAwayInTheEnd) {
  const Socket silent = connected("");
  EXPECT_THROW(gather(1, {0.5}), SystemError);
  EXPECT_THAT(lines_, testing::Contains(testing::HasSubstr("it did not say in 0.5 s who it is")));
}

TEST_F(Strangers, ThatComeAndGoDoNotProlongTheWait) {
  beside([this] {
    const Socket restless = connected(hello(0));
    std::array<char, 16> welcome{};
    pollfd waiting{restless.get(), POLLIN, 0};
    ::poll(&waiting, 1, 100);
    ::recv(restless.get(), welcome.data(), welcome.size(), 0);
  });
  const Seconds begin = now();

  EXPECT_THROW(gather(2, {1}), SystemError);

  EXPECT_LT(now() - begin, Seconds{8});
  stop();
}

TEST_F(Strangers, CannotFillTheTerminal) {
  std::vector<Socket> strangers;
  for (int i = 0; i < 300; ++i) strangers.push_back(connected("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_THROW(gather(1, {1}), SystemError);

  EXPECT_EQ(lines_.size(), 53u);
  EXPECT_EQ(lines_.back(), "no more is said of who comes and goes");
}

TEST_F(Strangers, ThatSendOnAndOnAreSentAway) {
  std::string flood = hello(0);
  while (flood.size() < 100'000) flood += frame(Kind::ping);
  const Socket loud = connected(flood);
  EXPECT_THROW(gather(1, {0.5}), SystemError);
  EXPECT_THAT(lines_, testing::Contains(testing::HasSubstr("sends what nobody asked for")));
}

}  // namespace
}  // namespace gradwire::tcp::handshake_test
