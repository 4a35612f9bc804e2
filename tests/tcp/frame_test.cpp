#include "sim/tcp/transport/frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "sim/core/error.hpp"

namespace gradwire::tcp::frame_test {
namespace {

/// Parses a frame without its length, which a stream removes.
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
  bytes[4 + 1 + 8] = 9;  // after length, kind and magic
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
      arrived(frame(Times{.model_arrival = {1.5}, .computed = {2.5}, .received = {3}})).times();
  EXPECT_EQ(times.model_arrival, Seconds{1.5});
  EXPECT_EQ(times.computed, Seconds{2.5});
  EXPECT_EQ(times.received, Bytes{3});
}

TEST(Frame, TextsComeBackAndLongOnesAreCut) {
  const Finish finish = arrived(finish_frame("for\npeople", "")).finish();
  EXPECT_EQ(finish.user_text, "for\npeople");
  EXPECT_EQ(finish.file_text, "");

  const std::string failed = failed_frame(std::string(1 << 20, 'x'));
  EXPECT_LE(failed.size(), largest_frame);
  const std::string reason = arrived(failed).failure();
  EXPECT_EQ(reason.size(), 500);
  EXPECT_TRUE(reason.ends_with("xx...")) << reason;
}

TEST(Frame, WhatIsCutShortIsAnError) {
  const std::string whole = frame(Round{.model = {1}, .compute = {}, .upload = {2}}).substr(4);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_THROW(Frame(whole.substr(0, size)).round(), SystemError) << size;
  }
  EXPECT_THROW(Frame(std::string("GET / HTTP/1.1\r\n\r\n")).hello(), SystemError);
  EXPECT_THROW(arrived(frame(Refusal{.reason = "no"})).hello(), SystemError);
}

/// The error that `read` throws for the frame `bytes`; "taken" if it throws none.
template <class Read>
std::string complaint(const std::string& bytes, Read read) {
  try {
    Frame frame(bytes.substr(4), "worker 1");
    static_cast<void>(read(frame));
  } catch (const SystemError& error) {
    return error.what();
  }
  return "taken";
}

std::string complaint_of(const Round& round) {
  return complaint(frame(round), [](Frame& frame) { return frame.round(); });
}

std::string complaint_of(const Times& times) {
  return complaint(frame(times), [](Frame& frame) { return frame.times(); });
}

TEST(Frame, SizesAndTimesOfARoundHaveBounds) {
  const Bytes most = largest_payload;
  EXPECT_EQ(complaint_of(Round{.model = most, .compute = {}, .upload = most}), "taken");
  EXPECT_EQ(complaint_of(Round{.model = {-1}, .compute = {}, .upload = {1}}),
            "worker 1 does not speak gradwire's protocol: a model of -1 bytes, must be 1 to "
            "1000000000000000");
  for (const Bytes wrong : {Bytes{std::numeric_limits<std::int64_t>::min()}, Bytes{-1}, Bytes{0},
                            most + Bytes{1}, Bytes{std::numeric_limits<std::int64_t>::max()}}) {
    EXPECT_NE(complaint_of(Round{.model = wrong, .compute = {}, .upload = {1}}), "taken");
    EXPECT_NE(complaint_of(Round{.model = {1}, .compute = {}, .upload = wrong}), "taken");
  }
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double wrong : {-1e-300, 1.1e9, infinity, -infinity, std::nan("")}) {
    EXPECT_THAT(complaint_of(Round{.model = {1}, .compute = {wrong}, .upload = {1}}),
                testing::HasSubstr("a computation of "));
  }
}

TEST(Frame, ReportsAndClocksHaveBounds) {
  EXPECT_EQ(complaint_of(Times{.model_arrival = {-5}, .computed = {1e12}, .received = {0}}),
            "taken");
  EXPECT_NE(complaint_of(Times{.received = {-1}}), "taken");
  for (const double wrong : {std::nan(""), std::numeric_limits<double>::infinity(), -1.1e12}) {
    EXPECT_NE(complaint_of(Times{.model_arrival = {wrong}}), "taken");
    EXPECT_NE(complaint_of(Times{.computed = {wrong}}), "taken");
    EXPECT_NE(complaint(pong_frame({wrong}), [](Frame& frame) { return frame.pong(); }), "taken");
  }
}

TEST(Frame, MustBeOfItsKindAndOfItsLength) {
  const auto as_round = [](Frame& frame) { return frame.round(); };
  EXPECT_THAT(complaint(frame(Kind::go), as_round),
              testing::EndsWith("frame 6 where 4 was expected"));
  EXPECT_THAT(complaint(frame(Round{.model = {1}, .upload = {1}}) + "xyz", as_round),
              testing::EndsWith("3 bytes too many in frame 4"));
  const auto as_go = [](Frame& frame) {
    frame.expect(Kind::go);
    return 0;
  };
  EXPECT_EQ(complaint(frame(Kind::go), as_go), "taken");
  EXPECT_NE(complaint(frame(Kind::go) + "x", as_go), "taken");
  for (const char kind : {'\0', '\15', '\377'}) {
    EXPECT_THAT(complaint(std::string(4, '\0') + kind, as_go),
                testing::HasSubstr("there is no frame"));
  }
  EXPECT_THROW(Frame(""), SystemError);
}

TEST(Frame, FlagsAndPurposesAreNumbersThatExist) {
  std::string round = frame(Round{.model = {1}, .upload = {1}});
  round.back() = 2;
  EXPECT_THAT(complaint(round, [](Frame& frame) { return frame.round(); }),
              testing::EndsWith("asked is 2, must be 0 or 1"));
  std::string hello = frame(Hello{.digest = {}});
  hello[4 + 1 + 8 + 4] = 3;  // after length, kind, magic and version
  EXPECT_THAT(complaint(hello, [](Frame& frame) { return frame.hello(); }),
              testing::EndsWith("there is no purpose 3"));
}

TEST(Frame, ATextMayNotBeLongerThanItsFrame) {
  std::string failed = failed_frame("because");
  for (const std::uint32_t size : {8U, 16'385U, 0x7fffffffU, 0xffffffffU}) {
    std::memcpy(failed.data() + 5, &size, sizeof size);
    EXPECT_THAT(complaint(failed, [](Frame& frame) { return frame.failure(); }),
                testing::EndsWith(std::to_string(size) + " bytes, 7 are left and 16384 may be"));
  }
}

TEST(Frame, TextsCannotWriteOnTheTerminalWhatTheyLike) {
  const std::string evil = "\033[2Jgone\r\n\x9b \u202e back";
  EXPECT_EQ(arrived(failed_frame(evil)).failure(), "?[2Jgone??? ? back");
  EXPECT_EQ(arrived(frame(Refusal{.reason = evil})).refusal().reason, "?[2Jgone??? ? back");
  EXPECT_EQ(arrived(finish_frame(evil, evil)).finish().user_text, "?[2Jgone?\n? ? back");
}

}  // namespace
}  // namespace gradwire::tcp::frame_test
