// fuzz_seeds FOLDER: writes traces and frames as the program does, as initial inputs.

#include <filesystem>
#include <fstream>
#include <string>

#include "sim/tcp/transport/frame.hpp"
#include "sim/trace/trace.hpp"
#include "tests/fuzz/unpacked.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire {
namespace {

void save(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

/// A trace of three workers and four iterations, with skips, evaluations, and a second exchange and
/// edges in some.
std::string trace() {
  TraceWriter writer({"values=float32", "index=golomb"});
  for (std::int64_t t = 0; t < 4; ++t) {
    IterationWork work = testing_support::one_exchange(100, {});
    for (std::int64_t m = 0; m < 3; ++m) {
      work.exchanges.front().parts.push_back(
          {.gradients = t > 2 ? 0.5 : 1,
           .skipped = m == t,
           .upload = m == t ? Transmission{} : testing_support::sparse_message(t + 1)});
    }
    if (t > 1) work.exchanges.push_back(work.exchanges.front());
    if (t > 2) {
      work.exchanges.back().edges = {
          {.from = 0, .to = 2, .sent = testing_support::sparse_message(t)}};
    }
    work.train = {.loss = 0.5, .correct = 7, .samples = 30};
    std::optional<Evaluation> test;
    if (t % 2 == 0) {
      test = Evaluation{.loss = 0.25, .accuracy = 0.5};
      test->top5_accuracy = 0.75;
      test->sources.push_back({"mnist", 0.5});
    }
    writer.add(work, test);
  }
  return writer.file({.workers = 3, .parameters = 100, .blas = "some BLAS", .learning = "0123"});
}

void save_traces(const std::filesystem::path& folder) {
  const std::string file = trace();
  save(folder / "file", std::string(1, '\0') + file);
  save(folder / "body", std::string(1, '\1') + unpacked_body(file));
}

void save_frames(const std::filesystem::path& folder) {
  using namespace tcp;
  const std::string round = frame(Round{.model = {3}, .compute = {0.5}, .upload = {5}});
  const std::string all[] = {frame(Hello{.worker = 1, .digest = "abc"}),
                             frame(Refusal{.wrong_input = true, .reason = "because"}),
                             round + "abc" + frame(Kind::go) + frame(Kind::report),
                             frame(Kind::ping) + frame(Times{.computed = {1}, .received = {3}}),
                             pong_frame({1.5}) + failed_frame("it broke"),
                             finish_frame("for\npeople", "{}")};
  int number = 0;
  for (const std::string& bytes : all) {
    save(folder / std::to_string(number++), std::string("\xff\0", 2) + bytes);
    save(folder / std::to_string(number++), std::string("\2\0", 2) + bytes.substr(4));
  }
  save(folder / "address", std::string("\xff\0", 2) + "[::1]:5000");
}

}  // namespace
}  // namespace gradwire

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  gradwire::save_traces(folder / "trace");
  gradwire::save_frames(folder / "frames");
}
