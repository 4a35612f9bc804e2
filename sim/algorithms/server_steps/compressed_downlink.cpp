#include "sim/algorithms/server_steps/compressed_downlink.hpp"

#include <algorithm>

#include "sim/core/update.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

/// u = a vector in memory.
class VectorUpdate final : public Update {
 public:
  explicit VectorUpdate(std::span<const float> u) : u_(u) {}
  [[nodiscard]] std::size_t size() const override { return u_.size(); }
  void write_to(std::span<float> out) override { std::ranges::copy(u_, out.begin()); }
  void add_to(std::span<float> y, WriteObserver& observer) override {
    add_scaled(1.0F, u_, y);
    observer.written(y.size());
  }

 private:
  std::span<const float> u_;
};

}  // namespace

Message CompressedDownlink::compress(std::span<const float> aggregate, const StepContext& context) {
  VectorUpdate update(aggregate);
  return memory_->send(update, *compressor_, context);
}

void CompressedDownlink::save(SavingArchive& archive) const {
  memory_->save(archive);
  compressor_->save(archive);
}

void CompressedDownlink::load(LoadingArchive& archive) {
  memory_->load(archive);
  compressor_->load(archive);
}

}  // namespace gradwire::algorithms
