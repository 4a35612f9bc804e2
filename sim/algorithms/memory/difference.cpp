#include "sim/algorithms/memory/difference.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {

Message Difference::send(Update& update, Compressor& compressor, const StepContext& step) {
  had_sent_ = std::exchange(has_sent_, true);
  if (config_.first_is_dense && !had_sent_) return send_whole(update);
  other_.resize(held_.size());
  scale(-1.0F, held_, other_);
  const auto observed = compressor.observe(other_, step);
  NoObserver nobody;
  update.add_to(other_, observed ? observed->observer() : nobody);  // u - h
  return advance(observed ? observed->finish() : compressor.compress(other_, step), 0, compressor);
}

Message Difference::send_next(int exchange, const Message& reduced, Compressor& compressor,
                              const StepContext& step) {
  return advance(compressor.compress_next(exchange, reduced, other_, step), exchange, compressor);
}

Message Difference::send_whole(Update& update) {
  other_.resize(held_.size());
  std::ranges::copy(held_, other_.begin());
  update.write_to(held_);
  left_out_ = 0;
  return Dense{held_};
}

Message Difference::advance(Message message, int exchange, const Compressor& compressor) {
  if (exchange + 1 != compressor.exchanges()) return message;
  if (reads_left_out_) {
    subtract_from(message, other_);
    left_out_ = squared_norm(other_);
  }
  std::ranges::copy(held_, other_.begin());
  if (config_.step == 1.0F) {
    add_to(message, held_);
  } else {
    Vector q(held_.size(), 0.0F);
    add_to(message, q);
    add_scaled(config_.step, q, held_);
  }
  return message;
}

void Difference::restore() {
  std::swap(held_, other_);
  has_sent_ = had_sent_;
}

void Difference::rollback(const Message& /*lost*/) { restore(); }
void Difference::withdraw() { restore(); }

double Difference::left_out() const {
  if (!reads_left_out_) throw std::logic_error("left_out() without allow_withdrawal()");
  return left_out_;
}

Bytes Difference::state_bytes() const {
  return {static_cast<std::int64_t>(held_.size() * sizeof(float))};
}

std::unique_ptr<Memory> Difference::clone() const { return std::make_unique<Difference>(*this); }

void Difference::save(SavingArchive& archive) const { archive(held_, has_sent_); }
void Difference::load(LoadingArchive& archive) { archive(held_, has_sent_); }

namespace {

constexpr Parameter difference_parameters[] = {&difference_step_parameter,
                                               &first_message_parameter};

bool first_is_dense(const AlgorithmConfig& config) {
  return config.choice<FirstMessage>(first_message_parameter) == FirstMessage::dense;
}

}  // namespace

constinit const MemoryKind difference_kind{
    .name = "difference",
    .summary = "both ends hold a vector; what is sent is the change from it",
    .source =
        "Richtarik et al., arXiv 2106.05203, Algorithm 2 (EF21); Mishchenko et al., arXiv "
        "1901.09269, Algorithm 1 (DIANA)",
    .parameters = difference_parameters,
    .make = [](const AlgorithmConfig& config, const Layout& layout,
               int /*workers*/) -> std::unique_ptr<Memory> {
      return std::make_unique<Difference>(
          Difference::Config{.d = layout.size(),
                             .step = static_cast<float>(config.get(difference_step_parameter)),
                             .first_is_dense = first_is_dense(config)});
    },
    .gamma_is_inside = [](const AlgorithmConfig&) { return false; },
    .difference_step =
        [](const AlgorithmConfig& config) { return config.get(difference_step_parameter); },
    .refuses =
        [](const AlgorithmConfig& config) {
          return first_is_dense(config) && config.get(difference_step_parameter) != 1
                     ? std::string(
                           "a dense first message is what both ends hold afterwards: "
                           "expected difference_step 1")
                     : std::string();
        }};

}  // namespace gradwire::algorithms
