#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/data/dataset.hpp"
#include "sim/learn/objective_problem.hpp"
#include "sim/learn/random_source.hpp"

namespace gradwire::learn {

/// Data, model and workers of a learning problem.
struct ProblemConfig {
  DatasetConfig dataset;
  ModelConfig model;
  LossConfig loss;
  Weighting weighting = Weighting::mean;  ///< of the workers' objectives
  bool evaluates_objective = false;
  int workers = 1;
  BatchSize batch_size;
  Device device = Device::cpu;
};

/// Loads the data and builds the model. Fully connected models on the CPU use our matrix products
/// (mlp/problem.hpp) unless the settings select LibTorch; all others use LibTorch's autograd
/// (nets/problem.hpp). Throws InputError: invalid settings, with a JSON pointer below /base;
/// missing or defective data, with file and offset.
[[nodiscard]] std::unique_ptr<Problem> make_problem(
    const ProblemConfig& config, const RandomSource& draws,
    const std::optional<std::filesystem::path>& data_dir);
/// The same with data that have already been loaded according to config.dataset.
[[nodiscard]] std::unique_ptr<Problem> make_problem(const ProblemConfig& config,
                                                    const RandomSource& draws, Dataset data);

}  // namespace gradwire::learn
