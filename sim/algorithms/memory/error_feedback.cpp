#include "sim/algorithms/memory/error_feedback.hpp"

#include <utility>

#include "sim/core/archive.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::algorithms {
namespace {

/// Whether gamma scales what enters the memory.
enum class GammaPlace { inside, outside };

constexpr Choice gamma_choices[] = {
    {"inside", "the memory holds gamma times gradients; the server adds what it receives"},
    {"outside", "the memory holds gradients; the server multiplies by gamma"}};
static_assert(has_row_for_each(gamma_choices, GammaPlace::outside));
constexpr ChoiceParameter gamma_parameter{.key = "gamma",
                                          .help =
                                              "where the step size is applied: inside or "
                                              "outside the error memory",
                                          .choices = gamma_choices,
                                          .default_value = "inside"};
constexpr Parameter error_feedback_parameters[] = {&gamma_parameter};

}  // namespace

/// (M5) p = gamma g + e; q = C(p); e <- p - q
Message ErrorFeedback::send(Update& update, Compressor& compressor, const StepContext& step) {
  if (may_withdraw_) before_ = error_;
  const auto observed = compressor.observe(error_, step);
  NoObserver nobody;
  update.add_to(error_, observed ? observed->observer() : nobody);  // e <- e + u = p
  return keep_rest(observed ? observed->finish() : compressor.compress(error_, step), 0,
                   compressor);
}

std::span<float> ErrorFeedback::begin_send() {
  if (may_withdraw_) before_ = error_;
  return error_;
}

Message ErrorFeedback::send_held(Compressor& compressor, const StepContext& step) {
  return keep_rest(compressor.compress(std::span<const float>(error_), step), 0, compressor);
}

Message ErrorFeedback::send_next(int exchange, const Message& reduced, Compressor& compressor,
                                 const StepContext& step) {
  return keep_rest(compressor.compress_next(exchange, reduced, error_, step), exchange, compressor);
}

Message ErrorFeedback::keep_rest(Message message, int exchange, const Compressor& compressor) {
  if (exchange + 1 != compressor.exchanges()) return message;
  holds_vector_ = compressor.error_is_of_joined();
  if (!holds_vector_) subtract_from(message, error_);  // e <- p - q
  return message;
}

void ErrorFeedback::receive_joined(const Message& joined, const Compressor& compressor) {
  if (compressor.error_is_of_joined()) compressor.subtract_joined(joined, error_);
}

double ErrorFeedback::left_out() const { return squared_norm(error_); }

void ErrorFeedback::rollback(const Message& lost) {
  if (!holds_vector_) add_to(lost, error_);
}

void ErrorFeedback::withdraw() { std::swap(error_, before_); }

Bytes ErrorFeedback::state_bytes() const {
  return {static_cast<std::int64_t>(error_.size() * sizeof(float))};
}

std::unique_ptr<Memory> ErrorFeedback::clone() const {
  return std::make_unique<ErrorFeedback>(*this);
}

void ErrorFeedback::save(SavingArchive& archive) const { archive(error_); }
void ErrorFeedback::load(LoadingArchive& archive) { archive(error_); }

constinit const MemoryKind error_feedback_kind{
    .name = "error_feedback",
    .summary = "what the compressor leaves out is added to the next update",
    .source = "Karimireddy et al., arXiv 1901.09847, Algorithm 2",
    .parameters = error_feedback_parameters,
    .make = [](const AlgorithmConfig&, const Layout& layout, int) -> std::unique_ptr<Memory> {
      return std::make_unique<ErrorFeedback>(layout.size());
    },
    .gamma_is_inside =
        [](const AlgorithmConfig& config) {
          return config.choice<GammaPlace>(gamma_parameter) == GammaPlace::inside;
        },
    .holds_errors = true};

}  // namespace gradwire::algorithms
