#pragma once

#include <exception>
#include <fstream>
#include <string>

#include "sim/core/temporary_folder.hpp"
#include "sim/learn/config.hpp"

namespace gradwire::learn::external {

/// The text of the exception that `action` throws; "" if it throws none.
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

/// A command that executes a Python program.
inline ExternalConfig python(const std::string& source, Seconds timeout = {60}) {
  return {
      .command = {"/usr/bin/python3", "-B", "-c", source}, .folder = "/tmp", .timeout = timeout};
}

}  // namespace gradwire::learn::external
