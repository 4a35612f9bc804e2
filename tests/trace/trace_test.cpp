#include "sim/trace/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/trace/same_iterations.hpp"
#include "tests/golden/trace_text.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire::trace_test {
namespace {

using testing::HasSubstr;

bool same(const Evaluation& a, const Evaluation& b) {
  return a.loss == b.loss && a.accuracy == b.accuracy && a.top5_accuracy == b.top5_accuracy;
}

const EncodingNames encodings{"values=float32", "index=int32", "index=golomb"};

/// A sparse message of k values.
Transmission sparse(std::int64_t k) {
  return {.representation = Representation::sparse,
          .values = k,
          .payload = {32 * k},
          .encoded = {{{32 * k}, {32 * k}, {k + 1}}}};
}

/// A part that sends, skips or does not take part.
Part some_part(RandomStream& draw, int t) {
  switch (draw.below(4)) {
    case 0:
      return {.auxiliary_gradients = 1, .skipped = true};
    case 1:
      return {.gradients = 0, .takes_part = false};
    default:
      return {.gradients = t > 7 ? 2.25 : 1,
              .auxiliary_gradients = t > 3 ? 0.5 : 0,
              .download = static_cast<std::int32_t>(draw.below(2)),
              .upload = sparse(static_cast<std::int64_t>(draw.below(1000)))};
  }
}

/// Iterations with everything that a run may have: skips, workers that do not take part, fractions
/// of gradients, varying sizes and numbers of exchanges, edges, occasional evaluations.
std::vector<IterationWork> some_iterations(std::size_t workers, int count) {
  RandomStream draw = stream(1, "trace test");
  std::vector<IterationWork> run;
  for (int t = 0; t < count; ++t) {
    IterationWork work{.parameters = 1000, .exchanges = {}, .train = {}, .test = {}};
    for (int e = 0; e < (t > 5 && t < 9 ? 2 : 1); ++e) {
      Exchange exchange{.downloads = {testing_support::dense_message(1000), sparse(3)},
                        .parts = {},
                        .summable = t > 6,
                        .edges = {}};
      for (std::size_t m = 0; m < workers; ++m) exchange.parts.push_back(some_part(draw, t));
      if (t > 10) {
        const auto k = static_cast<std::int64_t>(draw.below(1000));
        exchange.edges = {{.from = 0, .to = 2, .sent = sparse(k)},
                          {.from = 2, .to = 1, .sent = {}}};
      }
      work.exchanges.push_back(std::move(exchange));
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
          .learning = "0123",
          .model = "4567",
          .encodings = encodings};
}

std::string file_of(const std::vector<IterationWork>& run) {
  TraceWriter writer(encodings);
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

constexpr std::size_t prefix = 40;

/// The decompressed body of a file.
std::string body_of(const std::string& file) {
  std::uint64_t size = 0;
  std::memcpy(&size, file.data() + 24, sizeof size);
  std::string body(size, '\0');
  uLongf written = size;
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(body.data()), &written,
                       reinterpret_cast<const Bytef*>(file.data() + prefix), file.size() - prefix),
            Z_OK);
  return body;
}

/// A file with this body and correct lengths and checksum.
std::string file_with(const std::string& body) {
  uLongf size = compressBound(body.size());
  std::string data(size, '\0');
  EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(data.data()), &size,
                      reinterpret_cast<const Bytef*>(body.data()), body.size(), 6),
            Z_OK);
  data.resize(size);
  std::string file = file_of(some_iterations(3, 1)).substr(0, prefix);
  const std::uint64_t numbers[] = {data.size(), body.size(), XXH3_64bits(data.data(), data.size())};
  std::memcpy(file.data() + 16, numbers, sizeof numbers);
  return file + data;
}

TEST(Trace, GivesBackWhatWasWritten) {
  const auto run = some_iterations(3, 40);

  TraceReader reader(file_of(run), "trace.bin");

  for (const IterationWork& wanted : run) {
    const IterationWork& work = reader.next();
    EXPECT_EQ(work.parameters, wanted.parameters);
    EXPECT_EQ(work.exchanges, wanted.exchanges);
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
  const IterationWork work = testing_support::one_exchange(1000, std::vector<Part>(1000));
  TraceWriter writer(encodings);
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
  bytes[8] = 3;

  EXPECT_THAT(complaint(bytes), HasSubstr("is a trace of version 3, written by a newer gradwire"));
}

TEST(Trace, ReadingBeyondItsEndIsAnInputError) {
  const auto run = some_iterations(3, 2);
  TraceReader reader(file_of(run), "trace.bin");
  reader.next();
  reader.next();

  EXPECT_THROW(reader.next(), InputError);
}

// An invalid file with a correct checksum was made on purpose, or by a defect of TraceWriter.

TEST(Trace, MoreWorkersThanSettingsAllowAreAnInputError) {
  // A consistent file of 26 KB: 26 million workers, with one byte each in its first iteration.
  // Memory for all of them would be 2 GB.
  TraceHeader many = header();
  many.workers = 26'000'000;
  TraceWriter none({});
  std::string body = body_of(none.file(many));
  body[4] = 1;  // the number of iterations, after the four bytes of the number of workers
  body += std::string(1, '\1') + std::string(26'000'000, '\0') + std::string(10, '\0');
  const std::string file = file_with(body);

  EXPECT_LT(file.size(), 40'000U);
  EXPECT_THAT(complaint(file),
              HasSubstr("trace.bin: is damaged: 26000000 workers, at most 1000000"));
}

TEST(Trace, NumbersBeyondAnyRunAreInputErrors) {
  const std::string sound = body_of(file_of(some_iterations(3, 10)));
  const std::string largest = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";  // 2^64 - 1
  // The header's first six numbers: 3, 10, 10, 1000 (two bytes), 12, 34.
  for (const std::size_t at : {0U, 1U, 2U, 3U, 5U, 6U}) {
    std::string changed = sound;
    changed.replace(at, at == 3 ? 2 : 1, largest);
    EXPECT_THAT(complaint(file_with(changed)), HasSubstr("is damaged: 18446744073709551615")) << at;
  }
}

TEST(Trace, AnyBodyIsReadOrAnInputError) {
  const std::string sound = body_of(file_of(some_iterations(3, 20)));
  RandomStream draw = stream(2, "trace test");
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string changed =
        sound.substr(0, draw.below(10) == 0 ? draw.below(sound.size()) : sound.size());
    for (std::uint64_t flips = draw.below(4); flips > 0 && !changed.empty(); --flips) {
      changed[draw.below(changed.size())] = static_cast<char>(draw.below(256));
    }
    refused += complaint(file_with(changed)).empty() ? 0 : 1;  // any other exception fails the test
  }
  EXPECT_GT(refused, 5'000);
}

void check(const Exchange& exchange, std::int64_t workers) {
  ASSERT_EQ(exchange.parts.size(), static_cast<std::size_t>(workers));
  for (const Part& part : exchange.parts) {
    const Transmission& upload = part.upload;
    ASSERT_GE(std::min({upload.values, upload.payload.value, upload.encoded[0].value,
                        upload.encoded[2].value}),
              0);
    ASSERT_GE(std::min(part.gradients, part.auxiliary_gradients), 0);
    ASSERT_GE(part.download, 0);
    ASSERT_LT(part.download, static_cast<std::int64_t>(exchange.downloads.size()));
  }
}

TEST(Trace, SizesOfUploadsAreNeverNegative) {
  const std::string sound = body_of(file_of(some_iterations(3, 20)));
  RandomStream draw = stream(3, "trace test");
  for (int i = 0; i < 5'000; ++i) {
    std::string changed = sound;
    changed[50 + draw.below(changed.size() - 50)] = static_cast<char>(draw.below(256));
    try {
      TraceReader reader(file_with(changed), "trace.bin");
      while (!reader.at_end()) {
        const IterationWork& work = reader.next();
        for (const Exchange& exchange : work.exchanges) check(exchange, reader.header().workers);
      }
    } catch (const InputError&) {
    }
  }
}

TEST(Trace, ALongBodyIsReadInPieces) {
  constexpr std::int64_t iterations = 6'300'000;  // 11 bytes each
  IterationWork work = testing_support::one_exchange(1000, std::vector<Part>(2));
  TraceWriter writer(encodings);
  for (std::int64_t t = 0; t < iterations; ++t) {
    work.train = {.loss = static_cast<double>(t), .correct = t % 100, .samples = 100};
    writer.add(work, {});
  }
  TraceHeader two = header();
  two.workers = 2;
  const std::string file = writer.file(two);
  TraceReader reader(file, "trace.bin");

  EXPECT_LT(reader.bytes(), TraceReader::most_unpacked + file.size());
  bool same = true;
  for (std::int64_t t = 0; t < iterations; ++t) {
    const BatchStatistics& train = reader.next().train;
    same = same && train.loss == static_cast<double>(t) && train.correct == t % 100;
  }
  EXPECT_TRUE(same);
  EXPECT_TRUE(reader.at_end());
}

TEST(Trace, ABombOfZerosIsRefusedAtItsHeader) {
  const std::string file = file_with(std::string(std::size_t{96} << 20, '\0'));

  EXPECT_LT(file.size(), 300'000U);
  EXPECT_THAT(complaint(file), HasSubstr("impossible numbers of workers"));
}

/// The same, as text: written by version 0.1 of the program.
std::string recorded_content() {
  std::ifstream file(std::filesystem::path(GRADWIRE_VERSION1_TRACES) / "content.csv");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(TraceVersion1, IsReadWithTheNumbersItWasWrittenWith) {
  std::string content = std::string("run,") + testing_support::trace_columns() + "\n";
  for (const std::string name : {"lasg", "sasg-whole-model", "sasg", "sgd", "sparse"}) {
    TraceReader trace(std::filesystem::path(GRADWIRE_VERSION1_TRACES) / (name + ".bin"));
    content += testing_support::trace_rows(trace, name + ",");
  }

  EXPECT_EQ(content, recorded_content());
}

TEST(TraceVersion1, HasWhatItDoesNotSay) {
  TraceReader dense(std::filesystem::path(GRADWIRE_VERSION1_TRACES) / "lasg.bin");
  TraceReader sparse(std::filesystem::path(GRADWIRE_VERSION1_TRACES) / "sasg.bin");

  EXPECT_EQ(dense.header().model, "") << "the model's digest is unknown";
  while (!dense.at_end()) {
    const IterationWork& work = dense.next();
    EXPECT_EQ(work.parameters, dense.header().parameters);
    EXPECT_TRUE(work.exchanges.at(0).summable);
  }
  while (!sparse.at_end()) {
    for (const Part& part : sparse.next().exchanges.at(0).parts) {
      EXPECT_EQ(part.upload.representation,
                part.skipped ? Representation::nothing : Representation::sparse);
    }
  }
}

TEST(SameIterations, AreThoseOfAnotherListOfEncodings) {
  const auto run = some_iterations(3, 20);
  TraceWriter more({"values=float32", "index=int32", "index=golomb", "index=none"});
  for (const IterationWork& work : run) more.add(work, work.test);
  TraceReader a(file_of(run), "a"), b(more.file(header()), "b");

  EXPECT_TRUE(have_same_iterations(a, b));
}

TEST(SameIterations, AreThoseWithAnEncodingInsertedBeforeTheLast) {
  const auto run = some_iterations(3, 20);
  TraceWriter more({"values=float32", "index=int32", "index=none", "index=golomb"});
  const auto insert = [](Transmission& sent) {
    sent.encoded[3] = std::exchange(sent.encoded[2], Bits{7 * sent.values});
  };
  for (IterationWork work : run) {
    for (Exchange& exchange : work.exchanges) {
      for (Transmission& download : exchange.downloads) insert(download);
      for (Part& part : exchange.parts) insert(part.upload);
      for (EdgeMessage& edge : exchange.edges) insert(edge.sent);
    }
    more.add(work, work.test);
  }
  TraceReader a(file_of(run), "a"), b(more.file(header()), "b");

  EXPECT_TRUE(have_same_iterations(a, b));
}

TEST(SameIterations, DifferInAnyNumber) {
  const auto run = some_iterations(3, 20);
  const auto differ = [&run](const std::function<void(IterationWork&)>& change) {
    auto other = run;
    change(other[13]);
    TraceReader a(file_of(run), "a"), b(file_of(other), "b");
    return !have_same_iterations(a, b);
  };

  EXPECT_FALSE(differ([](IterationWork&) {}));
  EXPECT_TRUE(differ([](IterationWork& work) { work.train.loss += 1; }));
  EXPECT_TRUE(differ([](IterationWork& work) { work.exchanges[0].parts[1].gradients = 7; }));
  EXPECT_TRUE(differ(
      [](IterationWork& work) { work.exchanges[0].parts[1] = {.upload = sparse(1'000'000)}; }));
}

TEST(Trace, AFolderIsAnInputError) {
  EXPECT_THROW(TraceReader(std::filesystem::temp_directory_path()), InputError);
}

}  // namespace
}  // namespace gradwire::trace_test
