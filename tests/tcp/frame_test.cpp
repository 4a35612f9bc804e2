#include "sim/tcp/frame.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"

namespace gradwire::tcp {
namespace {

/// What a stream takes from the front: the length.
Frame arrived(const std::string& bytes) { return Frame(bytes.substr(4)); }

TEST(Frame, TellsItsLengthFirst) {
  const std::string bytes = frame(Kind::go);
  EXPECT_EQ(bytes, std::string("\x01\x00\x00\x00\x06", 5));
  EXPECT_EQ(arrived(bytes).kind(), Kind::go);
}

TEST(Frame, HelloComesBackWhole) {
  const Hello hello =
      arrived(frame(Hello{.purpose = Purpose::calibrate, .worker = 17, .digest = "abc"})).hello();
  EXPECT_EQ(hello.version, protocol_version);
  EXPECT_EQ(hello.purpose, Purpose::calibrate);
  EXPECT_EQ(hello.worker, 17);
  EXPECT_EQ(hello.digest, "abc");
}

TEST(Frame, OfAnotherVersionOnlyTheVersionIsRead) {
  std::string bytes = frame(Hello{.worker = 17, .digest = "abc"});
  bytes[4 + 1 + 8] = 9;  // behind length, kind and magic
  bytes.resize(4 + 1 + 8 + 4);
  EXPECT_EQ(arrived(bytes).hello().version, 9u);
}

TEST(Frame, RoundAndTimesComeBackWhole) {
  const Round round =
      arrived(frame(Round{.model = {1}, .compute = {0.25}, .upload = {1LL << 40}, .asked = true}))
          .round();
  EXPECT_EQ(round.model, Bytes{1});
  EXPECT_EQ(round.compute, Seconds{0.25});
  EXPECT_EQ(round.upload, Bytes{1LL << 40});
  EXPECT_TRUE(round.asked);

  const Times times =
      arrived(frame(Times{.model_there = {1.5}, .computed = {2.5}, .received = {3}})).times();
  EXPECT_EQ(times.model_there, Seconds{1.5});
  EXPECT_EQ(times.computed, Seconds{2.5});
  EXPECT_EQ(times.received, Bytes{3});
}

TEST(Frame, TextsComeBackAndLongOnesAreCut) {
  Frame finish = arrived(finish_frame("for people", ""));
  EXPECT_EQ(finish.text(), "for people");
  EXPECT_EQ(finish.text(), "");

  const std::string failed = failed_frame(std::string(1 << 20, 'x'));
  EXPECT_LE(failed.size(), largest_frame);
  EXPECT_EQ(arrived(failed).text().front(), 'x');
}

TEST(Frame, WhatIsCutShortIsAnError) {
  const std::string whole = frame(Round{.model = {1}, .compute = {}, .upload = {2}}).substr(4);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_THROW(Frame(whole.substr(0, size)).round(), SystemError) << size;
  }
  EXPECT_THROW(Frame(std::string("GET / HTTP/1.1\r\n\r\n")).hello(), SystemError);
  EXPECT_THROW(arrived(frame(Refusal{.reason = "no"})).hello(), SystemError);
}

}  // namespace
}  // namespace gradwire::tcp
