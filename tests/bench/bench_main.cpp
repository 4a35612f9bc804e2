#include <benchmark/benchmark.h>

#include <iostream>
#include <vector>

#include "sim/core/memory.hpp"
#include "sim/learn/blas.hpp"

namespace {

/// The usual table, of several repetitions the median only.
class Medians : public benchmark::ConsoleReporter {
 public:
  Medians() : ConsoleReporter(OO_None) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> shown;
    for (const Run& run : runs) {
      const bool only = run.run_type == Run::RT_Iteration && run.repetitions == 1;
      if (only || run.error_occurred || run.aggregate_name == "median") shown.push_back(run);
    }
    ConsoleReporter::ReportRuns(shown);
  }
};

}  // namespace

/// As benchmark_main, as a run works: one thread for each gradient, freed memory kept. Unless the
/// arguments say otherwise: medians of five repetitions in random order, so that what else the
/// machine does hits all alike.
int main(int argc, char** argv) {
  gradwire::keep_freed_memory();
  gradwire::learn::use_one_thread_per_gradient();
  char repetitions[] = "--benchmark_repetitions=5";
  char interleaved[] = "--benchmark_enable_random_interleaving=true";
  char short_time[] = "--benchmark_min_time=0.2";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, {repetitions, interleaved, short_time});
  arguments.push_back(nullptr);
  int count = argc + 3;
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  benchmark::AddCustomContext("blas", gradwire::learn::blas_name());
  Medians reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
