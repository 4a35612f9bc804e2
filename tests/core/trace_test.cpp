#include "sim/core/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace gradwire {
namespace {

using testing::HasSubstr;

bool same(const Evaluation& a, const Evaluation& b) {
  return a.loss == b.loss && a.accuracy == b.accuracy && a.top5_accuracy == b.top5_accuracy;
}

/// Whatever a run may hold: skips, sizes that vary, evaluations now and then.
std::vector<IterationWork> some_iterations(std::size_t workers, int count) {
  RandomStream draw = stream(1, "trace test");
  std::vector<IterationWork> run;
  for (int t = 0; t < count; ++t) {
    IterationWork work{.model = {4000 + (t > 5 ? 1 : 0)}, .workers = {}};
    for (std::size_t m = 0; m < workers; ++m) {
      if (draw.below(3) == 0) {
        work.workers.push_back({.auxiliary_gradients = 1, .skipped = true});
      } else {
        const auto k = static_cast<std::int64_t>(draw.below(1000));
        work.workers.push_back({.auxiliary_gradients = t > 3 ? 1 : 0,
                                .values = k,
                                .payload = {32 * k},
                                .encoded = {{{32 * k}, {64 * k}, {96 * k}, {1}, {2}, {3}, {k}}}});
      }
    }
    work.train = {.loss = draw.uniform(), .correct = 7, .samples = 30};
    if (t % 4 == 0) work.test = Evaluation{.loss = draw.uniform(), .accuracy = 0.5};
    if (t % 8 == 0) work.test->top5_accuracy = 0.25;
    run.push_back(work);
  }
  return run;
}

TraceHeader header() {
  return {.workers = 3,
          .iterations_per_epoch = 10,
          .parameters = 1000,
          .server_state = {12},
          .worker_state = {34},
          .diverged = true,
          .blas = "some BLAS",
          .learning = "0123"};
}

std::string file_of(const std::vector<IterationWork>& run) {
  TraceWriter writer;
  for (const IterationWork& work : run) writer.add(work, work.test);
  return writer.file(header());
}

std::string complaint(const std::string& bytes) {
  try {
    TraceReader reader(bytes, "trace.bin");
    while (!reader.at_end()) reader.next();
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Trace, GivesBackWhatWasWritten) {
  const auto run = some_iterations(3, 40);

  TraceReader reader(file_of(run), "trace.bin");

  for (const IterationWork& wanted : run) {
    const IterationWork& work = reader.next();
    EXPECT_EQ(work.model, wanted.model);
    EXPECT_EQ(work.workers, wanted.workers);
    EXPECT_EQ(work.train.loss, wanted.train.loss);
    EXPECT_EQ(work.train.correct, wanted.train.correct);
    EXPECT_EQ(work.train.samples, wanted.train.samples);
    ASSERT_EQ(work.test.has_value(), wanted.test.has_value());
    if (work.test) {
      EXPECT_TRUE(same(*work.test, *wanted.test));
    }
  }
  EXPECT_TRUE(reader.at_end());
}

TEST(Trace, GivesBackItsHeader) {
  const auto run = some_iterations(3, 4);

  TraceHeader wanted = header();
  wanted.iterations = 4;
  EXPECT_EQ(TraceReader(file_of(run), "trace.bin").header(), wanted);
}

TEST(Trace, KeepsALossThatIsNoNumber) {
  auto run = some_iterations(3, 1);
  run[0].train.loss = std::numeric_limits<double>::quiet_NaN();

  TraceReader reader(file_of(run), "trace.bin");

  EXPECT_TRUE(std::isnan(reader.next().train.loss));
}

TEST(Trace, AThousandEqualIterationsOfAThousandWorkersAreSmall) {
  IterationWork work{.model = {4000}, .workers = std::vector<WorkerWork>(1000)};
  TraceWriter writer;
  for (int t = 0; t < 1000; ++t) writer.add(work, {});
  TraceHeader many = header();
  many.workers = 1000;

  EXPECT_LT(writer.file(many).size(), 1000U);
}

TEST(Trace, EveryTruncationIsAnInputError) {
  const std::string bytes = file_of(some_iterations(3, 10));

  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(complaint(bytes.substr(0, size)), "") << size;
  }
  EXPECT_THAT(complaint(bytes.substr(0, bytes.size() - 1)),
              HasSubstr("trace.bin: is truncated: it has " + std::to_string(bytes.size() - 1)));
}

TEST(Trace, EveryChangedByteIsAnInputError) {
  const std::string bytes = file_of(some_iterations(3, 10));

  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i >= 12 && i < 16) continue;  // reserved
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    EXPECT_NE(complaint(changed), "") << i;
  }
}

TEST(Trace, AForeignFileIsAnInputError) {
  EXPECT_THAT(complaint("iteration,epoch\n1,2\n"), HasSubstr("is no trace of gradwire"));
  EXPECT_THAT(complaint(""), HasSubstr("is no trace of gradwire"));
}

TEST(Trace, ANewerVersionIsAnInputError) {
  std::string bytes = file_of(some_iterations(3, 10));
  bytes[8] = 2;

  EXPECT_THAT(complaint(bytes), HasSubstr("is a trace of version 2, written by a newer gradwire"));
}

TEST(Trace, ReadingBeyondItsEndIsAnInputError) {
  const auto run = some_iterations(3, 2);
  TraceReader reader(file_of(run), "trace.bin");
  reader.next();
  reader.next();

  EXPECT_THROW(reader.next(), InputError);
}

}  // namespace
}  // namespace gradwire
