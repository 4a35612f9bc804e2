#include "sim/algorithms/memory/memory.hpp"

#include <stdexcept>

namespace gradwire::algorithms {

double Memory::left_out() const {
  throw std::logic_error("a memory that does not compute what a message leaves out");
}

}  // namespace gradwire::algorithms
