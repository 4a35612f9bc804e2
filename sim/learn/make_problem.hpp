#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "sim/core/problem.hpp"
#include "sim/learn/config.hpp"

namespace gradwire::learn {

/// Loads the data and builds the model. Throws InputError: settings that cannot be, with a JSON
/// pointer below /base; data that are missing or defective, with file and offset.
[[nodiscard]] std::unique_ptr<Problem> make_problem(
    const DatasetConfig& dataset, const ModelConfig& model, int workers, int batch_size,
    std::uint64_t seed, const std::optional<std::filesystem::path>& data_dir);

}  // namespace gradwire::learn
