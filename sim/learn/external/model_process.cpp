#include "sim/learn/external/model_process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/kernels/arithmetic.hpp"

namespace gradwire::learn::external {
namespace {

std::string name_of(const ExternalConfig& config, const Hello& hello) {
  constexpr std::size_t longest = 120;
  return fmt::format("{} (process {})",
                     one_line(fmt::format("{}", fmt::join(config.command, " ")), longest),
                     hello.process);
}

[[noreturn]] void fail_not_finite(std::span<const float> values, const Layout& layout,
                                  const char* what) {
  const auto wrong = std::ranges::find_if(values, [](float x) { return !std::isfinite(x); });
  const auto position = static_cast<std::size_t>(wrong - values.begin());
  const auto slot = std::ranges::find_if(layout.tensors(), [position](const TensorSlot& one) {
    return position < one.offset + one.size;
  });
  throw SystemError(fmt::format("{}: entry {} of tensor {} is {}", what, position - slot->offset,
                                slot->name, *wrong));
}

/// Copies the values and returns whether all are finite, reading each once.
bool copy_and_check(std::span<const float> from, std::span<float> to) {
  constexpr std::size_t block = 2048;  // stays in the L1 cache
  bool finite = true;
  for (std::size_t begin = 0; begin < from.size(); begin += block) {
    const std::size_t n = std::min(block, from.size() - begin);
    std::ranges::copy(from.subspan(begin, n), to.begin() + static_cast<std::ptrdiff_t>(begin));
    finite = finite && all_finite(to.subspan(begin, n));
  }
  return finite;
}

}  // namespace

template <class Exchange>
auto ModelProcess::during(const std::string& what, const Exchange& exchange) {
  try {
    return exchange();
  } catch (const SystemError& error) {
    throw SystemError(fmt::format("{}, {}: {}", name_, what, error.what()));
  }
}

ModelProcess::ModelProcess(const ExternalConfig& config, const Hello& hello)
    : name_(name_of(config, hello)), process_(config, memory_.descriptor()) {
  during("start", [&] { process_.send(frame(hello)); });
}

Answer ModelProcess::ask(const std::string& frame) {
  process_.send(frame);
  return Answer(process_.receive());
}

Description ModelProcess::describe() {
  return during("start", [&] {
    Description description = Answer(process_.receive()).description();
    layout_ = description.layout;
    memory_.allocate(layout_.size());
    ask(frame(memory_.map())).acknowledge(Kind::memory);
    return description;
  });
}

Vector ModelProcess::initial_parameters() {
  return during("parameters", [&] {
    theta_.reset();
    ask(frame(Kind::parameters)).acknowledge(Kind::parameters);
    Vector theta(layout_.size());
    if (!copy_and_check(memory_.theta(), theta)) {
      fail_not_finite(theta, layout_, "an initial parameter is not finite");
    }
    return theta;
  });
}

void ModelProcess::write_theta(const Model& theta) {
  if (holds(theta)) return;
  if (theta->size() != layout_.size()) {
    throw std::logic_error("a model of another size than the external one's");
  }
  std::ranges::copy(theta->parameters(), memory_.theta().begin());
  theta_ = theta;
  ++version_;
}

BatchOutcome ModelProcess::gradient(GradientRequest request, const Model& theta,
                                    std::span<float> gradient) {
  const auto what = fmt::format("gradient of worker {}, step {}", request.worker, request.step);
  return during(what, [&] {
    write_theta(theta);
    request.version = version_;
    const BatchOutcome outcome = ask(frame(request)).batch_outcome();
    const bool finite = copy_and_check(memory_.gradient(), gradient);
    // A loss that is not finite is a divergence, which the run reports as such.
    if (!finite && std::isfinite(outcome.loss)) {
      fail_not_finite(gradient, layout_, "the loss is finite, but not the gradient");
    }
    return outcome;
  });
}

TestOutcome ModelProcess::evaluate(const Model& theta) {
  return during("evaluation", [&] {
    write_theta(theta);
    return ask(frame(EvaluationRequest{version_})).test_outcome();
  });
}

}  // namespace gradwire::learn::external
