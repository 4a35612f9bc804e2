#pragma once

#include <span>
#include <string_view>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/server.hpp"
#include "sim/algorithms/wire.hpp"
#include "sim/algorithms/worker.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// A row of the table of named methods.
struct Method {
  std::string_view name;
  std::string_view summary;  ///< one line, for people
  bool lazy;                 ///< when: a worker may skip
  bool sparse;               ///< what: top-k with memory
  /// Models that the SASG authors' notebook creates for it before it deals out the data, which
  /// `draws: pytorch` repeats: LASG's and SASG's have a second one for the remembered parameters.
  int models_in_notebook;
};

/// The table; a further method is a row here.
[[nodiscard]] std::span<const Method> methods();
/// The row of that name; throws std::logic_error for an unknown one (the reader has checked).
[[nodiscard]] const Method& method(std::string_view name);

/// How a worker says an update of all values that the server will not keep.
enum class Updates { written, unwritten };

/// One of `workers` equal workers, and the server that goes with them.
[[nodiscard]] Worker make_worker(const AlgorithmConfig& config, const Layout& layout, int workers,
                                 Updates dense = Updates::written);
[[nodiscard]] Server make_server(const AlgorithmConfig& config, Vector initial_parameters,
                                 int workers);

/// How the method's uploads look on the wire.
[[nodiscard]] WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                                          const Layout& layout);
/// What the server's model weighs: d floats and a header.
[[nodiscard]] Bytes model_bytes(const WireConfig& wire, const Layout& layout);

}  // namespace gradwire::algorithms
