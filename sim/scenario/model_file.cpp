#include "sim/scenario/model_file.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/did_you_mean.hpp"
#include "sim/core/error.hpp"
#include "sim/learn/nets/layer_plan.hpp"
#include "sim/scenario/digest.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/settings.hpp"
#include "sim/scenario/settings/json_reader.hpp"

namespace gradwire::scenario {
namespace {

/// Contents of a file of layers.
struct LayerFile {
  std::string description;
  std::vector<learn::LayerConfig> layers;
};

void describe(SettingVisitor& in, LayerFile& c) {
  in.text("description", c.description, "what it is");
  in.objects("layers", c.layers, learn::most_layers, "as in a scenario");
}

std::string text_of_file(const std::filesystem::path& file, const JsonLocation& place) {
  try {
    return read_text_file(file);
  } catch (const InputError& error) {
    place.fail(error.what());
  }
}

/// Whether the file begins as zip archives do, numpy.savez's among them.
bool is_archive(const std::string& file) {
  constexpr std::string_view signature = "PK\3\4";
  std::string begin(signature.size(), '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin == signature;
}

/// Sets the digest, or compares it with the one given.
void set_digest(learn::ModelConfig& model, const std::string& digest, const JsonLocation& place) {
  if (!model.digest.empty() && model.digest != digest) {
    (place / "digest")
        .fail("must be " + digest + ", the digest of " + model.file + ", got " + model.digest);
  }
  model.digest = digest;
}

/// `place`: of the model.
void resolve_initial(learn::InitialConfig& initial, const std::filesystem::path& folder,
                     const JsonLocation& place, DigestCache& cache) {
  if (initial.file.empty()) return;
  const std::filesystem::path given = initial.file;
  if (given.extension() != ".npz") {
    std::vector<std::string> words;
    for (const Choice& choice : learn::initial_choices) words.emplace_back(choice.name);
    const std::string suggestion = did_you_mean(initial.file, words);
    (place / "initial")
        .fail("must be default, zeros or the name of an .npz file, got " + initial.file +
              (suggestion.empty() ? "" : ", did you mean " + suggestion + "?"));
  }
  initial.file = std::filesystem::absolute(folder / given).lexically_normal().string();
  const std::string& digest =
      cache.of(initial.file, [&] { return digest_of_file(initial.file, place / "initial"); });
  if (!initial.digest.empty() && initial.digest != digest) {
    (place / "initial_digest")
        .fail("must be " + digest + ", the digest of " + initial.file + ", got " + initial.digest);
  }
  initial.digest = digest;
  if (!is_archive(initial.file)) {
    (place / "initial").fail(initial.file + " is no archive of arrays as numpy.savez writes it");
  }
}

/// `place`: of the model.
void read_layers(Scenario& scenario, const JsonLocation& place) {
  learn::ModelConfig& model = scenario.model;
  const std::string text = text_of_file(model.file, place / "file");
  set_digest(model, digest_of(text), place);
  const SourceMap source_map{.file = model.file, .moved = {}};
  const JsonLocation start(source_map);
  LayerFile contents;
  read_object(parse_json(text, model.file), start,
              [&](SettingVisitor& in) { describe(in, contents); });
  if (contents.layers.empty()) start.fail("layers is missing, or has none");
  model.layers = std::move(contents.layers);
  check_layers(scenario, start / "layers");
}

}  // namespace

void resolve_model(Scenario& scenario, const std::filesystem::path& folder,
                   const JsonLocation& place, DigestCache& cache) {
  learn::ModelConfig& model = scenario.model;
  resolve_initial(model.initial, folder, place / "model", cache);
  const bool has_file =
      model.name == learn::ModelKind::layers || model.name == learn::ModelKind::torchscript;
  if (!has_file || model.file.empty() || !model.layers.empty()) return;
  model.file = std::filesystem::absolute(folder / model.file).lexically_normal().string();
  if (model.name == learn::ModelKind::layers) return read_layers(scenario, place / "model");
  const std::string& digest =
      cache.of(model.file, [&] { return digest_of_file(model.file, place / "model" / "file"); });
  set_digest(model, digest, place / "model");
}

void check_layers(const Scenario& scenario, JsonLocation place) {
  const auto task = learn::usual_task(scenario.dataset);
  if (!task) return;
  try {
    static_cast<void>(
        learn::plan_layers(scenario.model.layers, with_loss(*task, scenario.loss.name)));
  } catch (const learn::LayerError& error) {
    for (const std::string& step : error.steps()) place = place / step;
    place.fail(error.what());
  }
}

}  // namespace gradwire::scenario
