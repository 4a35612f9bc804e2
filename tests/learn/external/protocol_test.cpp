#include "sim/learn/external/protocol.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/learn/external/support.hpp"

namespace gradwire::learn::external::protocol_test {
namespace {

using namespace std::string_literals;

template <class T>
std::string bytes(T number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::string text(const std::string& content) {
  return bytes(static_cast<std::uint32_t>(content.size())) + content;
}

/// The answer to hello of a model with one tensor.
std::string description(std::uint32_t version = 1, std::uint64_t iterations = 8,
                        std::uint64_t extent = 6) {
  return "\1"s + bytes(version) + bytes(iterations) + text("abc") + bytes(std::uint64_t{7}) +
         bytes(std::uint64_t{3}) + bytes(1U) + text("w") + bytes(2U) + bytes(std::uint64_t{2}) +
         bytes(extent);
}

TEST(Protocol, RequestsAreTheBytesOfTheDescription) {
  EXPECT_EQ(frame(Kind::parameters), "\1\0\0\0\3"s);
  EXPECT_EQ(frame(Hello{.workers = 10, .batch_size = 5, .seed = 258, .process = 1, .processes = 2}),
            "\35\0\0\0\1"
            "\1\0\0\0"
            "\12\0\0\0"
            "\5\0\0\0"
            "\2\1\0\0\0\0\0\0"
            "\1\0\0\0"
            "\2\0\0\0"s);
  EXPECT_EQ(frame(GradientRequest{.worker = 3, .step = 4, .first = 20, .samples = 5, .version = 9}),
            "\41\0\0\0\4"
            "\3\0\0\0"
            "\4\0\0\0\0\0\0\0"
            "\24\0\0\0\0\0\0\0"
            "\5\0\0\0"
            "\11\0\0\0\0\0\0\0"s);
  EXPECT_EQ(frame(EvaluationRequest{.version = 2}), "\11\0\0\0\5\2\0\0\0\0\0\0\0"s);
  EXPECT_EQ(frame(MemoryMap{.theta = 0, .gradient = 4096, .bytes = 8192}),
            "\31\0\0\0\2"
            "\0\0\0\0\0\0\0\0"
            "\0\20\0\0\0\0\0\0"
            "\0\40\0\0\0\0\0\0"s);
}

TEST(Protocol, ADescriptionIsRead) {
  const Description read = Answer(description()).description();

  Layout layout;
  layout.add("w", {2, 6});
  EXPECT_EQ(read.layout, layout);
  EXPECT_EQ(read.iterations_per_epoch, 8U);
  EXPECT_EQ(read.data, (DataIdentity{.digest = "abc", .train_samples = 7, .test_samples = 3}));
}

TEST(Protocol, EveryTruncatedOrLongerDescriptionIsRefused) {
  const std::string whole = description();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_NE(error_of([&] { static_cast<void>(Answer(whole.substr(0, size)).description()); }), "")
        << size;
  }
  EXPECT_EQ(error_of([&] { static_cast<void>(Answer(whole + "x").description()); }),
            "does not follow the protocol: 1 bytes too many in frame 1");
}

TEST(Protocol, DescriptionsOutOfBoundsAreRefused) {
  const auto error = [](const std::string& body) {
    return error_of([&] { static_cast<void>(Answer(body).description()); });
  };
  EXPECT_EQ(error(description(2)), "speaks version 2 of the protocol, this gradwire version 1");
  EXPECT_EQ(error(description(1, 0)),
            "does not follow the protocol: iterations_per_epoch must be in [1, 1000000000000], "
            "got 0");
  EXPECT_EQ(error(description(1, 8, 0)),
            "does not follow the protocol: tensor w: extent 0 of dimension 1 is not in [1, "
            "2147483647]");
  EXPECT_EQ(error(description(1, 8, std::numeric_limits<std::uint64_t>::max())),
            "does not follow the protocol: tensor w: extent 18446744073709551615 of dimension 1 is "
            "not in [1, 2147483647]");
}

TEST(Protocol, OutcomesAreReadAndCheckedAgainstTheirBounds) {
  const auto batch = [](double loss, std::uint64_t correct, std::uint64_t samples) {
    return Answer("\4"s + bytes(loss) + bytes(correct) + bytes(samples)).batch_outcome();
  };
  const auto test = [](double loss, double accuracy) {
    return Answer("\5"s + bytes(loss) + bytes(accuracy)).test_outcome();
  };
  EXPECT_EQ(batch(0.25, 2, 5).loss, 0.25);
  EXPECT_EQ(batch(0.25, 2, 5).correct, 2U);
  EXPECT_EQ(batch(0.25, 5, 5).samples, 5U);
  EXPECT_TRUE(std::isnan(batch(NAN, 0, 5).loss));
  EXPECT_EQ(test(0.5, 1.0).accuracy, 1.0);
  for (const double wrong : {-0.1, 1.1, static_cast<double>(NAN)}) {
    EXPECT_NE(error_of([&] { static_cast<void>(test(0.5, wrong)); }), "") << wrong;
  }
  EXPECT_NE(error_of([&] { static_cast<void>(batch(0.25, 6, 5)); }), "");
  EXPECT_NE(error_of([&] { static_cast<void>(batch(0.25, 0, 0)); }), "");
}

TEST(Protocol, AFailureIsReportedOnOneLineOfLimitedLength) {
  const std::string failure = "\6"s + text("one\ntwo\x1b[2J" + std::string(1000, 'x'));

  const std::string error = error_of([&] { Answer(failure).acknowledge(Kind::memory); });

  EXPECT_TRUE(error.starts_with("one two [2Jxxx")) << error;
  EXPECT_EQ(error.size(), 600U);
}

}  // namespace
}  // namespace gradwire::learn::external::protocol_test
