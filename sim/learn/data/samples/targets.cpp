#include "sim/learn/data/samples/targets.hpp"

#include <fmt/format.h>

#include <vector>

#include "sim/core/error.hpp"

namespace gradwire::learn {
namespace {

/// The number of each class, [classes].
std::vector<float> numbers_of(const Dataset& data, const LossConfig& loss) {
  if (loss.label_numbers() == LabelNumbers::sign) {
    if (data.classes == 2) return {-1.0F, 1.0F};
    throw InputError("/base/loss/labels",
                     fmt::format("sign expects data of two classes, got {}", data.classes));
  }
  if (!data.label_names.empty()) {
    throw InputError("/base/loss/labels",
                     fmt::format("as_is expects numbers as labels, got {}", data.label_names[0]));
  }
  std::vector<float> numbers;
  for (Label k = 0; k < data.classes; ++k) {
    numbers.push_back(static_cast<float>(data.number_of(k)));
  }
  return numbers;
}

SampleSet with_numbers(const SampleSet& samples, const std::vector<float>& numbers) {
  std::vector<float> targets;
  targets.reserve(samples.labels().size());
  for (const Label label : samples.labels()) {
    targets.push_back(numbers[static_cast<std::size_t>(label)]);
  }
  return samples.with_targets(std::move(targets));
}

}  // namespace

void set_targets(Dataset& data, const LossConfig& loss) {
  if (loss.name == LossKind::cross_entropy) return;
  const std::vector<float> numbers = numbers_of(data, loss);
  data.train = with_numbers(data.train, numbers);
  data.test = with_numbers(data.test, numbers);
  data.predicts_numbers = !loss.predicts_classes();
}

}  // namespace gradwire::learn
