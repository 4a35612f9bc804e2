#include "sim/kernels/allocator.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <limits>

namespace gradwire {
namespace {

/// Bytes by which each growth of the heap exceeds the request: a huge page requires that its whole
/// range is mapped before the first write to it.
constexpr int growth = 64 << 20;

}  // namespace

void tune_allocator() {
  ::mallopt(M_MMAP_MAX, 0);  // no mmap: large blocks come from the heap,
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());  // are kept there when freed,
  ::mallopt(M_ARENA_MAX, 1);                                     // and are shared by all threads
  ::mallopt(M_TOP_PAD, growth);
}

void advise_hugepages(const void* block) {
  static std::atomic<std::uintptr_t> advised_end{0};  // end of the heap at the last advice
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  const std::uintptr_t before = advised_end.load(std::memory_order_relaxed);
  if (end <= before) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto start = (reinterpret_cast<std::uintptr_t>(block) + page - 1) / page * page;
  const std::uintptr_t begin = before != 0 ? before : start;
  if (begin >= end) return;  // not on the heap
  advised_end.store(end, std::memory_order_relaxed);
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // a hint only
}

}  // namespace gradwire
