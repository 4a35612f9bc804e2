#pragma once

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#include "sim/kernels/allocator.hpp"

namespace gradwire {

/// Alignment of every Vector in bytes: a cache line, and the widest SIMD register.
inline constexpr std::size_t vector_alignment = 64;

/// Huge pages are requested for blocks of at least this many bytes.
inline constexpr std::size_t large_block_bytes = 256 << 10;

/// Leaves new elements uninitialised where no value is given: a new vector of a million floats is
/// usually written completely.
template <class T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) {
    void* block = ::operator new (n * sizeof(T), std::align_val_t{vector_alignment});
    if (n * sizeof(T) >= large_block_bytes) advise_hugepages(block);
    return static_cast<T*>(block);
  }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{vector_alignment}); }
  template <class U, class... Values>
  void construct(U* element, Values&&... values) {
    if constexpr (sizeof...(Values) == 0) {
      ::new (static_cast<void*>(element)) U;
    } else {
      ::new (static_cast<void*>(element)) U(std::forward<Values>(values)...);
    }
  }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) = default;
};

/// An aligned buffer of floats with value semantics: parameters, gradients, memories. Vector(n) and
/// resize(n) leave new elements uninitialised; Vector(n, 0.0F) does not.
using Vector = std::vector<float, AlignedAllocator<float>>;

}  // namespace gradwire
