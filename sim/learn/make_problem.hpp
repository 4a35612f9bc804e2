#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"
#include "sim/learn/dataset.hpp"
#include "sim/learn/draws.hpp"

namespace gradwire::learn {

/// What is learned by whom.
struct ProblemConfig {
  DatasetConfig dataset;
  ModelConfig model;
  int workers = 1;
  int batch_size = 10;
  std::string device = "cpu";  ///< cpu | cuda
};

/// Loads the data and builds the model: fully connected ones on the CPU as written-out products
/// (mlp_problem.hpp) unless LibTorch is asked for, all else by its autograd (net_problem.hpp).
/// Throws InputError: settings that cannot be, with a JSON pointer below /base; data that are
/// missing or defective, with file and offset.
[[nodiscard]] std::unique_ptr<Problem> make_problem(
    const ProblemConfig& config, const Draws& draws,
    const std::optional<std::filesystem::path>& data_dir);
/// The same of data that are loaded already, as config.dataset asks for them.
[[nodiscard]] std::unique_ptr<Problem> make_problem(const ProblemConfig& config, const Draws& draws,
                                                    Dataset data);

}  // namespace gradwire::learn
