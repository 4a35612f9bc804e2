#pragma once

#include <span>
#include <string_view>

#include "sim/algorithms/config.hpp"
#include "sim/algorithms/server.hpp"
#include "sim/algorithms/wire/wire.hpp"
#include "sim/algorithms/worker.hpp"
#include "sim/core/layout.hpp"

namespace gradwire::algorithms {

/// A row of the table of named methods.
struct Method {
  std::string_view name;
  std::string_view summary;  ///< one line, for readers
  bool lazy;                 ///< send rule: a worker may skip
  bool sparse;               ///< compressor: top-k with error feedback
  /// Number of models that the SASG authors' notebook creates for this method before it partitions
  /// the data, whose random draws `draws: pytorch` reproduces. For LASG and SASG it creates a
  /// second one for the stored parameters.
  int models_in_notebook;
};

/// The table; a new method is a new row.
[[nodiscard]] std::span<const Method> methods();
/// The row of that name; throws std::logic_error for an unknown name (the reader of settings has
/// checked it).
[[nodiscard]] const Method& method(std::string_view name);

/// Representation of a dense update that the server does not store: a vector, or deferred
/// (Unwritten).
enum class Updates { written, unwritten };

/// One of `workers` equal workers, and the matching server.
[[nodiscard]] Worker make_worker(const AlgorithmConfig& config, const Layout& layout, int workers,
                                 Updates dense = Updates::written);
[[nodiscard]] Server make_server(const AlgorithmConfig& config, Vector initial_parameters,
                                 int workers);

/// The wire format of the method's uploads.
[[nodiscard]] WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                                          const Layout& layout);
/// Size of the server's model on the wire: d floats and a header.
[[nodiscard]] Bytes model_bytes(const WireConfig& wire, const Layout& layout);

}  // namespace gradwire::algorithms
