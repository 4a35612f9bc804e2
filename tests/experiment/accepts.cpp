// accepts FILE...: for each, a line "ok" or the reader's complaint.

#include <iostream>

#include "sim/core/error.hpp"
#include "sim/experiment/experiment_file.hpp"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    try {
      gradwire::experiment::check_experiment(argv[i]);
      std::cout << "ok\n";
    } catch (const gradwire::InputError& error) {
      std::cout << error.what() << "\n";
    }
  }
}
