#include "sim/learn/make_problem.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/learn/dataset.hpp"
#include "sim/learn/mlp_problem.hpp"

namespace gradwire::learn {
namespace {

void check_model(const ModelConfig& model) {
  constexpr std::int64_t most_units = 1'000'000;
  if (model.name != "mlp") {
    throw InputError("/base/model/name", fmt::format("expected mlp, got \"{}\"", model.name));
  }
  for (std::size_t i = 0; i < model.hidden.size(); ++i) {
    if (model.hidden[i] < 1 || model.hidden[i] > most_units) {
      throw InputError(fmt::format("/base/model/hidden/{}", i),
                       fmt::format("must be in [1, {}], got {}", most_units, model.hidden[i]));
    }
  }
}

}  // namespace

std::unique_ptr<Problem> make_problem(const DatasetConfig& dataset, const ModelConfig& model,
                                      int workers, int batch_size, std::uint64_t seed,
                                      const std::optional<std::filesystem::path>& data_dir) {
  check_model(model);
  if (dataset.partition.kind != "iid") {
    throw InputError("/base/dataset/partition/kind",
                     fmt::format("expected iid, got \"{}\"", dataset.partition.kind));
  }
  return std::make_unique<MlpProblem>(load_dataset(dataset, seed, data_dir), model, workers,
                                      batch_size, seed);
}

}  // namespace gradwire::learn
