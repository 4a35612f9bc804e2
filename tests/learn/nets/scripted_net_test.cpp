// Modules that PyTorch wrote (tests/reference/scripted_models.py).
#include "sim/learn/nets/scripted_net.hpp"

#include <ATen/ATen.h>

#include <thread>

#include "sim/kernels/arithmetic.hpp"
#include "sim/learn/blas.hpp"
#include "sim/learn/nets/gradient.hpp"
#include "sim/learn/nets/layer_net.hpp"
#include "sim/learn/nets/problem.hpp"
#include "tests/learn/support.hpp"

namespace gradwire::learn::scripted_net_test {
namespace {

using Kind = LayerKind;

constexpr NetTask task{.channels = 3, .rows = 8, .columns = 8, .classes = 4};

std::string file_of(const std::string& name) {
  return GRADWIRE_SOURCE_DIR "/tests/learn/nets/scripted/" + name + ".pt";
}

std::unique_ptr<Net> scripted(const std::string& name) {
  return make_scripted_net(file_of(name), task);
}

std::string error_of(const std::string& name) {
  std::string text = input_error([&] { static_cast<void>(scripted(name)); });
  const std::string path = file_of(name);
  const std::size_t at = text.find(path);
  return at == std::string::npos ? text : text.replace(at, path.size(), name);
}

/// The same net as conv.pt.
std::vector<LayerConfig> conv_layers() {
  return {{.kind = Kind::conv, .name = "conv1", .channels = 4, .padding = 1},
          {.kind = Kind::batch_norm, .name = "bn1"},
          {.kind = Kind::relu},
          {.kind = Kind::conv, .name = "conv2", .channels = 6, .bias = false},
          {.kind = Kind::batch_norm, .name = "bn2"},
          {.kind = Kind::relu},
          {.kind = Kind::max_pool, .kernel = 2},
          {.kind = Kind::flatten},
          {.kind = Kind::linear, .name = "fc"}};
}

std::unique_ptr<Net> conv_net() { return make_layer_net(conv_layers(), task); }

std::unique_ptr<Net> mlp_net(std::vector<LayerConfig> between = {}) {
  std::vector<LayerConfig> layers = {{.kind = Kind::flatten}, {.kind = Kind::linear, .units = 8}};
  layers.insert(layers.end(), between.begin(), between.end());
  layers.insert(layers.end(), {{.kind = Kind::relu}, {.kind = Kind::linear}});
  return make_layer_net(layers, task);
}

/// Eight images with values of sines.
struct Batch {
  explicit Batch(double frequency = 0.37) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      images[i] = static_cast<float>(std::sin(frequency * static_cast<double>(i)));
    }
  }
  [[nodiscard]] NetBatch of(std::uint64_t draws = 0) const {
    NetBatch batch = net_batch(images, labels, shape, Device::cpu);
    batch.draws = draws;
    return batch;
  }
  Vector images = Vector(std::size_t{8} * 3 * 8 * 8);
  std::vector<Label> labels = {0, 3, 1, 2, 2, 0, 1, 3};
  std::vector<std::int64_t> shape = {3, 8, 8};
};

struct Gradient {
  Vector values;
  NormSample norms;
  BatchStatistics statistics;
};

Gradient gradient_of(const Net& net, std::span<const float> theta, const NetBatch& batch) {
  Gradient result{.values = Vector(net.layout().size()), .norms = {}, .statistics = {}};
  result.statistics = net_gradient(net, theta, batch, result.values, &result.norms);
  return result;
}

void expect_near(const Vector& ours, const Vector& expected, double tolerance) {
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], expected[i], tolerance) << i;
}

TEST(ScriptedNet, FullyConnectedHasTheGradientOfTheSameLayers) {
  const auto net = scripted("mlp");
  const auto layers = mlp_net();
  const Vector theta = net->initial_parameters(1);
  const Batch batch;

  const Gradient ours = gradient_of(*net, theta, batch.of());
  const Gradient expected = gradient_of(*layers, theta, batch.of());

  EXPECT_EQ(net->layout().tensors()[0].name, "1.weight");
  expect_near(ours.values, expected.values, 1e-6);
  EXPECT_NEAR(ours.statistics.loss, expected.statistics.loss, 1e-6);
  EXPECT_EQ(ours.statistics.correct, expected.statistics.correct);
}

TEST(ScriptedNet, ConvolutionsHaveTheGradientAndTheStatisticsOfTheSameLayers) {
  const auto net = scripted("conv");
  const auto layers = conv_net();
  EXPECT_EQ(net->layout(), layers->layout());
  const Vector theta = net->initial_parameters(1);
  const Batch batches[] = {Batch(0.37), Batch(0.61), Batch(1.1)};
  NormStatistics ours(net->initial_norms(), net->norm_update(), 1, false);
  NormStatistics expected(layers->initial_norms(), layers->norm_update(), 1, false);

  for (const Batch& batch : batches) {
    const Gradient by_script = gradient_of(*net, theta, batch.of());
    const Gradient by_layers = gradient_of(*layers, theta, batch.of());
    expect_near(by_script.values, by_layers.values, 1e-6);
    ours.observe(0, by_script.norms);
    expected.observe(0, by_layers.norms);
  }

  const at::Tensor logits = net_output(*net, theta, batches[0].of(), ours.of(0)).logits;
  const at::Tensor by_layers = net_output(*layers, theta, batches[0].of(), expected.of(0)).logits;
  EXPECT_TRUE(at::allclose(logits, by_layers, 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(
      logits, net_output(*net, theta, batches[0].of(), net->initial_norms()).logits, 1e-3, 1e-3));
}

/// Mean losses of 3 workers in 20 iterations of SGD from theta, then the loss on the test set.
std::vector<double> losses_of(const ModelConfig& model, Vector theta) {
  NetProblem problem(small_photographs(), {.model = model, .workers = 3, .batch_size = 5}, 1);
  std::vector<double> losses;
  for (std::int64_t t = 0; t < 20; ++t) {
    const Model now = model_of(theta, t);
    const auto minibatches = problem.minibatches(t, now);
    losses.push_back(0);
    for (int m = 0; m < 3; ++m) {
      add_scaled(-0.05F, minibatches->of(m).at(now), theta);
      losses.back() += minibatches->statistics(m).loss / 15;
    }
  }
  losses.push_back(problem.evaluate(model_of(theta, 20)).loss);
  return losses;
}

TEST(ScriptedNet, RunHasTheLossesOfTheSameLayers) {
  for (const BatchNormStatistics norms :
       {BatchNormStatistics::shared, BatchNormStatistics::per_worker}) {
    const ModelConfig script{
        .name = ModelKind::torchscript, .batch_norm = norms, .file = file_of("conv")};
    const ModelConfig layers{
        .name = ModelKind::layers, .batch_norm = norms, .layers = conv_layers()};
    const Vector theta = scripted("conv")->initial_parameters(1);

    const auto ours = losses_of(script, theta);
    const auto expected = losses_of(layers, theta);

    EXPECT_LT(expected[19], 0.5 * expected[0]);  // it learns
    for (std::size_t t = 0; t < ours.size(); ++t) EXPECT_NEAR(ours[t], expected[t], 1e-4) << t;
  }
}

TEST(ScriptedNet, GivesTheSameBitsHoweverOftenItHasRun) {
  const auto net = scripted("conv");
  const Vector theta = net->initial_parameters(1);
  const Batch batch, other(0.61);
  const Gradient first = gradient_of(*net, theta, batch.of());

  for (int i = 0; i < 5; ++i) static_cast<void>(gradient_of(*net, theta, other.of()));
  const Gradient later = gradient_of(*net, theta, batch.of());

  EXPECT_EQ(later.values, first.values);
  EXPECT_EQ(later.norms.means, first.norms.means);
}

TEST(ScriptedNet, LossOfItsOwnIsDifferentiated) {
  const auto conv = conv_net();
  const Batch batch;
  const auto pair = scripted("pair");
  const Vector theta = pair->initial_parameters(1);
  const Gradient expected = gradient_of(*conv, theta, batch.of());

  Gradient twice = gradient_of(*pair, theta, batch.of());  // its loss is twice the cross-entropy

  EXPECT_NEAR(twice.statistics.loss, 2 * expected.statistics.loss, 1e-5);
  EXPECT_EQ(twice.statistics.correct, expected.statistics.correct);
  for (float& x : twice.values) x /= 2;
  expect_near(twice.values, expected.values, 1e-6);
  const NetOutput tested = net_output(*pair, theta, batch.of(), pair->initial_norms());
  EXPECT_NEAR(tested.loss.item<double>(),
              2 * at::cross_entropy_loss(tested.logits, batch.of().labels).item<double>(), 1e-5);
}

TEST(ScriptedNet, MethodLogitsLeavesTheBuffersAsTheyAre) {
  const auto net = scripted("logits");
  const Vector theta = net->initial_parameters(1);
  const Batch batch;

  const Gradient ours = gradient_of(*net, theta, batch.of());

  const Gradient expected = gradient_of(*conv_net(), theta, batch.of());
  expect_near(ours.values, expected.values, 1e-6);
  EXPECT_EQ(ours.statistics.correct, expected.statistics.correct);
  for (std::size_t c = 0; c < 4; ++c) {  // bn1.running_mean, moved once
    EXPECT_NEAR(ours.norms.means[c], 0.1 * expected.norms.means[c], 1e-7);
  }
}

TEST(ScriptedNet, ParametersAreThoseWithGradientsEachOnce) {
  const auto net = scripted("shared");
  std::vector<std::string> names;
  for (const TensorSlot& slot : net->layout().tensors()) names.push_back(slot.name);
  const Vector theta = net->initial_parameters(1);
  const Gradient gradient = gradient_of(*net, theta, Batch().of());

  EXPECT_EQ(names, (std::vector<std::string>{"unused", "fixed.bias", "first.weight", "first.bias",
                                             "second.bias", "last.weight", "last.bias"}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(theta[i], 1.0F);
    EXPECT_EQ(gradient.values[i], 0.0F);
  }
  // Of the shared matrix: both its uses count. A central difference in one entry.
  const std::size_t place = net->layout().tensors()[2].offset + 7;
  const double step = 1e-2;
  const auto loss_at = [&](double move) {
    Vector moved = theta;
    moved[place] += static_cast<float>(move);
    return gradient_of(*net, moved, Batch().of()).statistics.loss / 8;
  };
  EXPECT_NEAR(gradient.values[place], (loss_at(step) - loss_at(-step)) / (2 * step), 1e-4);
}

TEST(ScriptedDropout, IsAFunctionOfTheBatchsDraws) {
  const auto net = scripted("dropout");
  const Vector theta = net->initial_parameters(1);
  const Batch batch;
  const Gradient first = gradient_of(*net, theta, batch.of(7));

  EXPECT_NE(gradient_of(*net, theta, batch.of(8)).values, first.values);
  EXPECT_EQ(gradient_of(*net, theta, batch.of(7)).values, first.values);
  // Of the 8 hidden units, some have no gradient since they are dropped in all samples or none.
  const auto without = gradient_of(*scripted("mlp"), theta, batch.of()).values;
  EXPECT_NE(first.values, without);
}

TEST(ScriptedDropout, GivesTheSameBitsOnSeveralThreads) {
  const auto net = scripted("dropout");
  const Vector theta = net->initial_parameters(1);
  const Batch batch;
  constexpr std::uint64_t count = 24;
  std::vector<Vector> alone(count), together(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    alone[i] = gradient_of(*net, theta, batch.of(i)).values;
  }
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = t; i < count; i += 3) {
        together[i] = gradient_of(*net, theta, batch.of(i)).values;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(together, alone);
}

TEST(ScriptedDropout, IsOffInEvaluation) {
  const auto net = scripted("dropout");
  const auto layers = mlp_net();
  const Vector theta = net->initial_parameters(1);
  const Batch batch;

  EXPECT_TRUE(at::allclose(net_output(*net, theta, batch.of(1), {}).logits,
                           net_output(*layers, theta, batch.of(), {}).logits, 1e-5, 1e-6));
}

TEST(ScriptFile, TracedWithoutModesIsAccepted) {
  const auto net = scripted("traced");
  EXPECT_EQ(net->layout().size(), 192U * 8 + 8 + 8 * 4 + 4);
}

TEST(ScriptFile, OfAnotherKindIsRefusedWithARemedy) {
  const std::string version = torch_version();
  const std::string save = ": torch.jit.script(model).save(\"net.pt\") writes such a file";
  EXPECT_EQ(error_of("missing"), "/base/model/file: missing cannot be read");
  EXPECT_EQ(error_of("old_saved"), "/base/model/file: old_saved is no TorchScript file" + save);
  EXPECT_EQ(error_of("saved"),
            "/base/model/file: saved has tensors but no code, as torch.save() writes it" + save);
  EXPECT_EQ(error_of("newer"),
            "/base/model/file: newer is of a newer PyTorch than this LibTorch, " + version +
                ": save the model with PyTorch " + version + " or older");
  EXPECT_EQ(error_of("unknown_operator"),
            "/base/model/file: unknown_operator has code that LibTorch " + version +
                " cannot read (Unknown builtin op: aten::rellu.): save the model with PyTorch " +
                version + " or older");
  EXPECT_EQ(error_of("traced_dropout"),
            "/base/model/file: traced_dropout calls aten::dropout in a fixed mode, as "
            "torch.jit.trace() writes it, so that training and evaluation would be the same" +
                save);
  EXPECT_EQ(error_of("traced_batch_norm"),
            "/base/model/file: traced_batch_norm calls aten::batch_norm in a fixed mode, as "
            "torch.jit.trace() writes it, so that training and evaluation would be the same" +
                save);
}

TEST(ScriptFile, ModuleThatCannotBeTrainedIsRefusedWithTheReason) {
  EXPECT_EQ(error_of("loss_alone"),
            "/base/model/file: forward(images, labels) returns a loss alone, from which no "
            "accuracy follows; expected (loss, logits), or a method logits(images) too");
  EXPECT_EQ(error_of("reader"),
            "/base/model/file: training reads buffers, of which it changes mean: gradwire cannot "
            "join the changes of several workers");
  EXPECT_EQ(
      error_of("cumulative"),
      "/base/model/file: training changes buffer bn1.running_mean otherwise than b <- a b + c "
      "with a constant a, as batch norm with a momentum does: gradwire cannot join the "
      "changes of several workers");
  EXPECT_EQ(error_of("double"),
            "/base/model/file: parameter 1.weight is of type Double, expected Float: "
            "model.float()");
  EXPECT_EQ(error_of("no_parameters"),
            "/base/model/file: no_parameters has no parameters with gradients");
  EXPECT_EQ(
      error_of("three_logits"),
      "/base/model/file: the logits of 2 images are 2 x 3, expected 2 x 4: one logit per class");
  EXPECT_EQ(error_of("other_images"),
            "/base/model/file: forward fails on images of 2 x 3 x 8 x 8: RuntimeError: mat1 and "
            "mat2 shapes cannot be multiplied (2x192 and 100x4)");
}

}  // namespace
}  // namespace gradwire::learn::scripted_net_test
