#pragma once

#include <gtest/gtest.h>

#include <ostream>

#include "sim/protocols/config.hpp"

namespace gradwire::protocols {

/// GoogleTest's text of a parameter.
inline void PrintTo(Reception reception, std::ostream* out) {
  *out << name_of(reception, reception_choices);
}

/// Parameters of tests that hold under both.
inline auto every_reception() {
  return testing::Values(Reception::sequential, Reception::concurrent);
}

}  // namespace gradwire::protocols
