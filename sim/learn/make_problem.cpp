#include "sim/learn/make_problem.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/core/error.hpp"
#include "sim/learn/data/files/file_labels.hpp"
#include "sim/learn/data/samples/targets.hpp"
#include "sim/learn/linear/problem.hpp"
#include "sim/learn/mlp/problem.hpp"
#include "sim/learn/nets/problem.hpp"

namespace gradwire::learn {
namespace {

void check_model(const ModelConfig& model) {
  constexpr std::int64_t most_units = 1'000'000;
  for (std::size_t i = 0; i < model.hidden.size(); ++i) {
    if (model.hidden[i] < 1 || model.hidden[i] > most_units) {
      throw InputError(fmt::format("/base/model/hidden/{}", i),
                       fmt::format("must be in [1, {}], got {}", most_units, model.hidden[i]));
    }
  }
}

/// The problem in which each worker's objective is the mean loss of its samples.
std::unique_ptr<Problem> mean_loss_problem(const ProblemConfig& config, const RandomSource& draws,
                                           Dataset data) {
  if (config.model.name == ModelKind::linear) {
    return std::make_unique<LinearProblem>(std::move(data),
                                           LinearProblem::Config{
                                               .model = config.model,
                                               .loss = config.loss,
                                               .partition = config.dataset.partition,
                                               .workers = config.workers,
                                               .batch_size = config.batch_size,
                                           },
                                           draws);
  }
  const bool by_kernels = is_fully_connected(config.model.name) && config.device == Device::cpu &&
                          config.model.gradient == GradientImplementation::kernels;
  if (by_kernels) {
    return std::make_unique<MlpProblem>(std::move(data), config.model, config.workers,
                                        config.batch_size, draws, config.dataset.partition);
  }
  return std::make_unique<NetProblem>(std::move(data),
                                      NetProblem::Config{.model = config.model,
                                                         .loss = config.loss,
                                                         .partition = config.dataset.partition,
                                                         .workers = config.workers,
                                                         .batch_size = config.batch_size,
                                                         .device = config.device},
                                      draws);
}

}  // namespace

std::unique_ptr<Problem> make_problem(const ProblemConfig& config, const RandomSource& draws,
                                      const std::optional<std::filesystem::path>& data_dir) {
  check_model(config.model);
  return make_problem(config, draws, load_dataset(config.dataset, draws.seed, data_dir));
}

std::unique_ptr<Problem> make_problem(const ProblemConfig& config, const RandomSource& draws,
                                      Dataset data) {
  check_model(config.model);
  set_targets(data, config.loss);
  if (!data.predicts_numbers) require_trained_labels(data);
  auto problem = mean_loss_problem(config, draws, std::move(data));
  const LossConfig& loss = config.loss;
  const bool is_plain = loss.over == LossSum::mean && loss.l2 == 0 && loss.nonconvex == 0 &&
                        config.weighting != Weighting::by_samples;
  if (is_plain && !config.evaluates_objective) return problem;
  return std::make_unique<ObjectiveProblem>(
      std::move(problem),
      ObjectiveProblem::Config{.loss = loss,
                               .weighting = config.weighting,
                               .evaluates_objective = config.evaluates_objective});
}

}  // namespace gradwire::learn
