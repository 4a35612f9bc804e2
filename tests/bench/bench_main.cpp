#include <benchmark/benchmark.h>

#include <iostream>

#include "sim/learn/blas.hpp"

/// As benchmark_main, with the arithmetic that a run uses: one thread for each gradient.
int main(int argc, char** argv) {
  gradwire::learn::use_one_thread_per_gradient();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("blas", gradwire::learn::blas_name());
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
