#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace gradwire {

/// Bytes to which every Vector is aligned: a cache line, and the widest SIMD register.
inline constexpr std::size_t vector_alignment = 64;

template <class T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{vector_alignment}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{vector_alignment}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) = default;
};

/// An aligned buffer of floats with value semantics: parameters, gradients, memories.
using Vector = std::vector<float, AlignedAllocator<float>>;

}  // namespace gradwire
