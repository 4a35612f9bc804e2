#pragma once

#include <string>

namespace gradwire::learn {

/// Restricts all later LibTorch and BLAS calls of the calling thread to that thread, so that
/// gradients run in parallel with each other and sums do not depend on the number of cores. Cheap
/// to call repeatedly.
void use_one_thread_per_gradient();

/// The BLAS in use, for the record in the results: "OpenBLAS 0.3.21 ... SkylakeX MAX_THREADS=64",
/// or "unknown BLAS (FILE of its library)".
[[nodiscard]] std::string blas_name();

/// LibTorch's version, as "1.13.1".
[[nodiscard]] std::string torch_version();

/// The version of oneDNN that LibTorch computes with, as "2.7.2"; "none" without oneDNN.
[[nodiscard]] std::string onednn_version();

}  // namespace gradwire::learn
