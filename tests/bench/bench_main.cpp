#include <benchmark/benchmark.h>

#include <iostream>
#include <vector>

#include "sim/kernels/allocator.hpp"
#include "sim/learn/blas.hpp"

namespace {

/// Prints the usual table, with only the median of several repetitions.
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

/// As benchmark_main, but configured as a run: one thread per gradient, freed memory retained. By
/// default reports medians of five repetitions in random order, so that disturbances by other
/// processes affect all benchmarks alike.
int main(int argc, char** argv) {
  gradwire::tune_allocator();
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
