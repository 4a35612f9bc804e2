#pragma once

#include <string>

namespace gradwire::learn {

/// From now on every LibTorch and BLAS call of the calling thread uses that thread only: gradients
/// run beside one another, and sums are the same whatever the number of cores. Cheap to repeat.
void use_one_thread_per_gradient();

/// Which BLAS does the arithmetic, for the results' record: "OpenBLAS 0.3.21 ... SkylakeX
/// MAX_THREADS=64", or "unknown BLAS (FILE of its library)".
[[nodiscard]] std::string blas_name();

}  // namespace gradwire::learn
