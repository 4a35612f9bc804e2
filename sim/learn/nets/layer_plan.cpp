#include "sim/learn/nets/layer_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace gradwire::learn {
namespace {

constexpr double most_parameters = 2e9;

bool is_image(const Shape& shape) { return shape.size() == 3; }

bool has_parameters(LayerKind kind) {
  return kind == LayerKind::linear || kind == LayerKind::conv || kind == LayerKind::batch_norm;
}

/// Infers shapes and names, in the order of the net's parameters.
class Planner {
 public:
  explicit Planner(std::int64_t classes) : classes_(classes) {}

  /// prefix: of the names, with its dot, or empty.
  std::vector<PlannedLayer> list(const std::vector<LayerConfig>& layers, Shape shape,
                                 const std::string& prefix) {
    std::vector<PlannedLayer> planned;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      steps_.push_back(std::to_string(i));
      const std::string& own = layers[i].name;
      planned.push_back(layer(layers[i], shape, prefix + (own.empty() ? steps_.back() : own)));
      shape = planned.back().out;
      steps_.pop_back();
    }
    return planned;
  }

  [[noreturn]] void fail(const std::string& message) const { throw LayerError(steps_, message); }

 private:
  PlannedLayer layer(const LayerConfig& config, const Shape& in, const std::string& name) {
    PlannedLayer result{
        .config = config, .name = name, .in = in, .out = in, .layers = {}, .shortcut = {}};
    result.config.layers.clear();
    result.config.shortcut.clear();
    if (has_parameters(config.kind) && !names_.insert(name).second) {
      fail(fmt::format("another layer has the name {} already", name));
    }
    switch (config.kind) {
      case LayerKind::linear:
        linear(result);
        break;
      case LayerKind::conv:
        window(result);
        result.out[0] = config.channels;
        count(static_cast<double>(in[0] * config.kernel * config.kernel + 1) *
              static_cast<double>(config.channels));
        break;
      case LayerKind::max_pool:
      case LayerKind::average_pool:
        if (config.padding > config.kernel / 2) {
          fail(fmt::format("a pool's padding is at most half its kernel ({}), got {}",
                           config.kernel / 2, config.padding));
        }
        window(result);
        break;
      case LayerKind::adaptive_average_pool:
        require_image(result);
        result.out = {in[0], config.size, config.size};
        break;
      case LayerKind::global_average_pool:
        require_image(result);
        result.out = {in[0]};
        break;
      case LayerKind::batch_norm:
        count(2.0 * static_cast<double>(in[0]));
        break;
      case LayerKind::flatten:
        result.out = {numbers_of(in)};
        break;
      case LayerKind::residual:
        residual(config, result);
        break;
      case LayerKind::relu:
      case LayerKind::leaky_relu:
      case LayerKind::tanh:
      case LayerKind::sigmoid:
      case LayerKind::gelu:
      case LayerKind::dropout:
        break;
    }
    return result;
  }

  void linear(PlannedLayer& layer) {
    if (is_image(layer.in)) {
      fail(fmt::format("linear expects a vector, got images of {}; put a flatten layer before it",
                       shown(layer.in)));
    }
    if (layer.config.units == 0) layer.config.units = classes_;
    layer.out = {layer.config.units};
    count(static_cast<double>(layer.in[0] + 1) * static_cast<double>(layer.config.units));
  }

  /// Rows and columns of what a convolution or a pool gives.
  void window(PlannedLayer& layer) const {
    require_image(layer);
    LayerConfig& config = layer.config;
    const bool is_pool = config.kind != LayerKind::conv;
    config.stride = config.stride.value_or(is_pool ? config.kernel : 1);
    for (const std::size_t axis : {1U, 2U}) {
      const std::int64_t left = layer.in[axis] + 2 * config.padding - config.kernel;
      if (left < 0) {
        const std::int64_t least = config.kernel - 2 * config.padding;
        fail(
            fmt::format("a kernel of {} with padding {} expects at least {} x {}, got images of "
                        "{}",
                        config.kernel, config.padding, least, least, shown(layer.in)));
      }
      layer.out[axis] = left / *config.stride + 1;
    }
  }

  void residual(const LayerConfig& config, PlannedLayer& layer) {
    if (config.layers.empty()) fail("a residual expects at least one layer in layers");
    steps_.emplace_back("layers");
    layer.layers = list(config.layers, layer.in, layer.name + ".");
    steps_.back() = "shortcut";
    layer.shortcut = list(config.shortcut, layer.in, layer.name + ".shortcut.");
    steps_.pop_back();
    layer.out = layer.layers.back().out;
    const Shape& other = layer.shortcut.empty() ? layer.in : layer.shortcut.back().out;
    if (layer.out == other) return;
    fail(fmt::format("its layers give {} and its shortcut {}, expected the same shape",
                     shown(layer.out), shown(other)));
  }

  void require_image(const PlannedLayer& layer) const {
    if (is_image(layer.in)) return;
    fail(fmt::format("{} expects images (channels x rows x columns), got a vector of {}",
                     name_of(layer.config.kind, layer_choices), layer.in[0]));
  }

  /// Adds up parameters, so that no size overflows.
  void count(double parameters) {
    parameters_ += parameters;
    if (parameters_ > most_parameters) {
      fail(fmt::format("makes {:.0f} parameters with the layers before it, at most {:.0f} expected",
                       parameters_, most_parameters));
    }
  }

  std::int64_t classes_;
  std::vector<std::string> steps_;  ///< to the layer at hand
  std::set<std::string> names_;
  double parameters_ = 0;
};

}  // namespace

std::vector<PlannedLayer> plan_layers(const std::vector<LayerConfig>& layers, const NetTask& task) {
  Planner planner(task.classes);
  const auto planned = planner.list(
      layers,
      task.is_vector() ? Shape{task.columns} : Shape{task.channels, task.rows, task.columns}, "");
  if (planned.empty()) planner.fail("a model expects at least one layer");
  if (planned.back().out != Shape{task.classes}) {
    throw LayerError({std::to_string(planned.size() - 1)},
                     fmt::format("the last layer gives {}, expected {}, {}",
                                 shown(planned.back().out), task.classes, outputs_expected(task)));
  }
  return planned;
}

}  // namespace gradwire::learn
