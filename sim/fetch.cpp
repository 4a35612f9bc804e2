#include "sim/commands/fetch_program.hpp"
#include "sim/core/standard_streams.hpp"
#include "sim/learn/fetch_catalogue.hpp"

/// gradwire-fetch NAME...: what `gradwire data fetch` becomes, so that nobody else has to load
/// libcurl and libarchive.
int main(int argc, char** argv) {
  gradwire::open_standard_streams();
  return gradwire::commands::fetch_program(argc, argv, gradwire::learn::remote_datasets(), 1.0);
}
