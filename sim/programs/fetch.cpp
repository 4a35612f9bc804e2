#include "sim/commands/data/fetch_program.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/learn/fetch/catalogue.hpp"

/// gradwire-fetch NAME...: replaces the process of `gradwire data fetch`, so that no other program
/// loads libcurl and libarchive.
int main(int argc, char** argv) {
  gradwire::open_standard_streams();
  return gradwire::commands::fetch_program(argc, argv, gradwire::learn::remote_datasets(), 1.0);
}
