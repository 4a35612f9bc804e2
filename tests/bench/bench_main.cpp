#include <benchmark/benchmark.h>

#include <iostream>

#include "sim/core/memory.hpp"
#include "sim/learn/blas.hpp"

/// As benchmark_main, as a run works: one thread for each gradient, freed memory kept.
int main(int argc, char** argv) {
  gradwire::keep_freed_memory();
  gradwire::learn::use_one_thread_per_gradient();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("blas", gradwire::learn::blas_name());
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
