#include "sim/commands/fetch_program.hpp"
#include "sim/learn/fetch_catalogue.hpp"

/// gradwire-fetch NAME...: what `gradwire data fetch` becomes, so that nobody else has to load
/// libcurl and libarchive.
int main(int argc, char** argv) {
  return gradwire::commands::fetch_program(argc, argv, gradwire::learn::remote_datasets(), 1.0);
}
