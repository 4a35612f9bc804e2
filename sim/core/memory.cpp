#include "sim/core/memory.hpp"

#include <malloc.h>

#include <limits>

namespace gradwire {

void keep_freed_memory() {
  ::mallopt(M_MMAP_MAX, 0);  // large blocks come from the heap, and
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());  // stay there when freed,
  ::mallopt(M_ARENA_MAX, 1);                                     // whichever thread frees them
}

}  // namespace gradwire
