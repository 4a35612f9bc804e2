#include "sim/algorithms/methods.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace gradwire::algorithms {
namespace {

constexpr std::array<Method, 4> table{{
    {.name = "sgd",
     .summary = "every worker sends its whole gradient in every iteration",
     .lazy = false,
     .sparse = false,
     .models_in_notebook = 1},
    {.name = "sparse",
     .summary = "the largest entries only, the rest remembered as error feedback",
     .lazy = false,
     .sparse = true,
     .models_in_notebook = 1},
    {.name = "lasg",
     .summary = "the whole gradient, but only when it has changed enough",
     .lazy = true,
     .sparse = false,
     .models_in_notebook = 2},
    {.name = "sasg",
     .summary = "the largest entries, and only when the gradient has changed enough",
     .lazy = true,
     .sparse = true,
     .models_in_notebook = 2},
}};

}  // namespace

std::span<const Method> methods() { return table; }

const Method& method(std::string_view name) {
  for (const Method& row : table) {
    if (row.name == name) return row;
  }
  throw std::logic_error("no method named " + std::string(name));
}

Worker make_worker(const AlgorithmConfig& config, const Layout& layout, int workers,
                   Updates dense) {
  const Method& row = method(config.name);
  SendRule rule = Always{};
  if (row.lazy) rule = Lazy{lazy_config(config, workers)};
  const bool kept = row.lazy;  // the server stores contributions
  Compressor compressor = Identity{kept || dense == Updates::written};
  if (row.sparse) compressor = TopK{{layout, config.density, selection_named(config.selection)}};
  return {std::move(rule), std::move(compressor)};
}

Server make_server(const AlgorithmConfig& config, Vector initial_parameters, int workers) {
  return Server({.workers = workers,
                 .workers_skip = method(config.name).lazy,
                 .takes_mean = config.reduction == "mean"},
                std::move(initial_parameters));
}

WireFormat make_wire_format(const AlgorithmConfig& config, const WireConfig& wire,
                            const Layout& layout) {
  if (!method(config.name).sparse) return {wire, layout};
  return {wire, layout,
          selection_blocks(layout, config.density, selection_named(config.selection))};
}

Bytes model_bytes(const WireConfig& wire, const Layout& layout) {
  return {static_cast<std::int64_t>(layout.size() * sizeof(float)) + wire.header_bytes};
}

}  // namespace gradwire::algorithms
