// accepts FILE...: prints for each file a line with "ok" or the error of the reader.

#include <iostream>

#include "sim/core/error.hpp"
#include "sim/sweep/experiment_file.hpp"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    try {
      gradwire::sweep::check_experiment(argv[i]);
      std::cout << "ok\n";
    } catch (const gradwire::InputError& error) {
      std::cout << error.what() << "\n";
    }
  }
}
