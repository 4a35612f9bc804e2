#pragma once

#include <span>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/algorithms/memory/memory.hpp"
#include "sim/algorithms/messages/message.hpp"
#include "sim/algorithms/parameter.hpp"
#include "sim/algorithms/step_context.hpp"
#include "sim/core/archive_types.hpp"
#include "sim/core/box.hpp"
#include "sim/core/units.hpp"

namespace gradwire::algorithms {

/// What workers receive after a step.
enum class Downlink { model, compressed };

inline constexpr Choice downlink_choices[] = {
    {"model", "the model"},
    {"compressed",
     "the aggregate, compressed as the uploads are, with a memory at the server (double error "
     "feedback, as DoubleSqueeze: Tang et al., arXiv 1905.05957; not verified)"}};
static_assert(has_row_for_each(downlink_choices, Downlink::compressed));
inline constexpr ChoiceParameter downlink_parameter{.key = "downlink",
                                                    .help = "what workers receive after a step",
                                                    .choices = downlink_choices,
                                                    .default_value = "model"};
[[nodiscard]] inline bool compresses_downlink(const AlgorithmConfig& config) {
  return config.choice<Downlink>(downlink_parameter) == Downlink::compressed;
}

/// The server's compressor and memory, for v = the weighted sum of the contributions:
///   p = v + e,  q = C(p),  e <- p - q
/// The server's step applies q, and workers receive it in place of the model.
class CompressedDownlink {
 public:
  /// The compressor has one exchange.
  CompressedDownlink(Box<Memory> memory, Box<Compressor> compressor)
      : memory_(std::move(memory)), compressor_(std::move(compressor)) {}

  /// q.   aggregate: v, [d]
  Message compress(std::span<const float> aggregate, const StepContext& context);

  [[nodiscard]] Bytes state_bytes() const { return memory_->state_bytes(); }
  void save(SavingArchive& archive) const;
  void load(LoadingArchive& archive);

 private:
  Box<Memory> memory_;
  Box<Compressor> compressor_;
};

}  // namespace gradwire::algorithms
