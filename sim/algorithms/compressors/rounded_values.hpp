#pragma once

#include <memory>
#include <optional>

#include "sim/algorithms/compressors/compressor.hpp"
#include "sim/core/box.hpp"

namespace gradwire::algorithms {

/// Another compressor, whose dense and sparse messages have their values rounded to a format
/// (wire.values). Messages that have a shorter format already stay as they are.
class RoundedValues final : public Compressor {
 public:
  /// `format`: float16 or bfloat16.
  RoundedValues(Box<Compressor> inner, ValueFormat format);

  Message compress(std::span<const float> v, const StepContext& step) override;
  Message compress(Update& update, const StepContext& step) override;
  std::unique_ptr<ObservedCompression> observe(std::span<const float> v,
                                               const StepContext& step) override;
  [[nodiscard]] int exchanges() const override { return inner_->exchanges(); }
  /// Not rounded: the server's messages are no uploads.
  [[nodiscard]] Message reduce(int exchange, std::span<const Message> messages) const override;
  Message compress_next(int exchange, const Message& reduced, std::span<const float> v,
                        const StepContext& step) override;
  /// Not rounded.
  [[nodiscard]] std::optional<Message> joined(std::span<const Message> messages) const override;
  void receive_joined(const Message& joined) override { inner_->receive_joined(joined); }
  [[nodiscard]] bool error_is_of_joined() const override { return inner_->error_is_of_joined(); }
  [[nodiscard]] std::unique_ptr<Compressor> clone() const override;
  void save(SavingArchive& archive) const override { inner_->save(archive); }
  void load(LoadingArchive& archive) override { inner_->load(archive); }

  /// Whether values of messages of this shape are rounded to `format`; false for float32.
  [[nodiscard]] static bool applies(const MessageShape& shape, ValueFormat format);

 private:
  Box<Compressor> inner_;
  ValueFormat format_;
};

}  // namespace gradwire::algorithms
