#include <cstdio>
#include <exception>
#include <filesystem>

#include "tests/golden/trace_text.hpp"

/// decode-traces NAME=TRACE.bin …: prints the content of the traces as one CSV table whose first
/// column is NAME.
int main(int argc, char** argv) {
  using namespace gradwire;
  std::printf("run,%s\n", testing_support::trace_columns());
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    TraceReader trace(std::filesystem::path(argument.substr(equals + 1)));
    const std::string rows = testing_support::trace_rows(trace, argument.substr(0, equals) + ",");
    std::fputs(rows.c_str(), stdout);
  }
  return 0;
}
