#include "sim/algorithms/compressors/top_k.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace gradwire::algorithms {
namespace {

/// Selects the largest entries of each block of a vector while it is being written.
class Largest final : public WriteObserver, public ObservedCompression {
 public:
  /// p: [d]; guesses: one per block
  Largest(std::span<const float> p, const std::vector<Block>& blocks,
          std::vector<SelectionGuess>& guesses, const KeptValueCoding& values,
          const StepContext& step)
      : p_(p), blocks_(blocks), guesses_(guesses), values_(values), step_(step) {
    kept_.indices.reserve(total_k(blocks));
    kept_.values.reserve(total_k(blocks));
    begin_block();
  }

  void written(std::size_t end) override {
    while (entries_ && end > block().offset) {
      const std::size_t in_block = std::min(block().size, end - block().offset);
      entries_->written(in_block);
      if (in_block < block().size) return;
      end_block();
    }
  }

  /// Requests marks only for ranges within the current block.
  CandidateMask marks(std::size_t begin, std::size_t end) override {
    const auto& [offset, size, k] = block();
    if (begin < offset || end > offset + size) return {};
    return entries_->marks(begin - offset);
  }
  void marked(std::size_t begin, std::size_t end) override {
    entries_->marked(begin - block().offset, end - block().offset);
    written(end);
  }

  WriteObserver& observer() override { return *this; }
  Message finish() override {
    written(p_.size());
    return values_.code(std::move(kept_), blocks_, step_);
  }

 private:
  [[nodiscard]] const Block& block() const { return blocks_[current_]; }

  void begin_block() {
    if (current_ == blocks_.size()) return;
    entries_.emplace(p_.subspan(block().offset, block().size), block().kept, guesses_[current_]);
  }

  void end_block() {
    entries_->append(static_cast<std::uint32_t>(block().offset), kept_.indices, kept_.values);
    entries_.reset();
    ++current_;
    begin_block();
  }

  std::span<const float> p_;
  const std::vector<Block>& blocks_;
  std::vector<SelectionGuess>& guesses_;
  const KeptValueCoding& values_;
  StepContext step_;
  std::size_t current_ = 0;                ///< index of the block being written
  std::optional<LargestEntries> entries_;  ///< of the current block; none after the last
  Sparse kept_;
};

}  // namespace

TopK::TopK(const Config& config)
    : blocks_(selection_blocks(config.layout, config.density, config.selection)),
      values_(config.values),
      guesses_(blocks_.size()) {}

Message TopK::compress(std::span<const float> v, const StepContext& step) {
  return Largest(v, blocks_, guesses_, values_, step).finish();
}

std::unique_ptr<ObservedCompression> TopK::observe(std::span<const float> v,
                                                   const StepContext& step) {
  return std::make_unique<Largest>(v, blocks_, guesses_, values_, step);
}

std::unique_ptr<Compressor> TopK::clone() const { return std::make_unique<TopK>(*this); }

namespace {

constexpr Parameter top_k_parameters[] = {&density_parameter, &selection_parameter,
                                          &kept_values_parameter, &levels_parameter};

}  // namespace

constinit const CompressorKind top_k_kind{
    .name = "top_k",
    .summary = "the entries largest in magnitude",
    .source = "Stich et al., arXiv 1809.07599; coded values: Basu et al., arXiv 1906.02367",
    .parameters = top_k_parameters,
    .cost = {1e-9, 1.3e-8, 2e-8},
    .shape =
        [](const AlgorithmConfig& config, const Layout& layout) {
          return KeptValueCoding(config).shape(selection_blocks(config, layout));
        },
    .make = [](const AlgorithmConfig& config, const Layout& layout) -> std::unique_ptr<Compressor> {
      return std::make_unique<TopK>(TopK::Config{layout, config.get(density_parameter),
                                                 config.choice<Selection>(selection_parameter),
                                                 KeptValueCoding(config)});
    },
    .refuses_error_memory = accepts_error_memory,
    .conditions = kept_values_conditions};

}  // namespace gradwire::algorithms
