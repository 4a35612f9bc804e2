#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "sim/core/iteration_work.hpp"

/// Definitions shared by the writer and the reader of a trace; the format is described in
/// trace.hpp.
namespace gradwire::trace_format {

inline constexpr std::string_view magic = "GWTRACE\n";
inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t prefix_bytes = 40;

/// Flags of the parts that an iteration contains.
inline constexpr std::uint64_t has_work = 1, has_model = 2, has_test = 4, has_top5 = 8,
                               has_sources = 16;

/// The columns of a worker's part; those that change most often first.
inline constexpr std::size_t columns = 5 + index_codings;
using Columns = std::array<std::int64_t, columns>;

inline Columns columns_of(const WorkerWork& work) {
  Columns c{work.skipped ? 1 : 0, work.auxiliary_gradients, work.gradients, work.values,
            work.payload.value};
  for (std::size_t i = 0; i < index_codings; ++i) c[5 + i] = work.encoded[i].value;
  std::swap(c[3], c[columns - 1]);  // the last coding's size varies with the upload
  return c;
}

inline WorkerWork work_of(Columns c) {
  std::swap(c[3], c[columns - 1]);
  WorkerWork work{.gradients = static_cast<int>(c[2]),
                  .auxiliary_gradients = static_cast<int>(c[1]),
                  .skipped = c[0] != 0,
                  .values = c[3],
                  .payload = {c[4]}};
  for (std::size_t i = 0; i < index_codings; ++i) work.encoded[i] = {c[5 + i]};
  return work;
}

}  // namespace gradwire::trace_format
