#include "sim/core/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <limits>

namespace gradwire {
namespace {

/// The heap grows by so much more than is asked for, in bytes: a large page needs its whole place
/// before it is written to for the first time.
constexpr int growth = 64 << 20;

}  // namespace

void keep_freed_memory() {
  ::mallopt(M_MMAP_MAX, 0);  // large blocks come from the heap, and
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());  // stay there when freed,
  ::mallopt(M_ARENA_MAX, 1);                                     // whichever thread frees them
  ::mallopt(M_TOP_PAD, growth);
}

void prefer_large_pages(const void* block) {
  static std::atomic<std::uintptr_t> told{0};  // the heap's end when it was told last
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const std::uintptr_t before = told.load(std::memory_order_relaxed);
  if (end <= before) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = (reinterpret_cast<std::uintptr_t>(block) + page - 1) / page * page;
  const std::uintptr_t begin = before != 0 ? before : start;
  if (begin >= end) return;  // not on the heap
  told.store(end, std::memory_order_relaxed);
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // or not: advice
}

}  // namespace gradwire
