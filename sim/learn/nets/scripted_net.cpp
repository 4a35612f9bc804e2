#include "sim/learn/nets/scripted_net.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/learn/nets/script_file.hpp"
#include "sim/learn/pool.hpp"

namespace gradwire::learn {
namespace {

using ObjectPointer = c10::intrusive_ptr<c10::ivalue::Object>;

/// A tensor of a module, and everywhere it is held: parameters may be shared.
struct ModuleTensor {
  std::string name;
  at::Tensor value;
  bool is_parameter = false;
  std::vector<std::pair<ObjectPointer, std::size_t>> places;

  void set(const at::Tensor& tensor) const {
    for (const auto& [object, slot] : places) object->setSlot(slot, tensor);
  }
  [[nodiscard]] at::Tensor now() const {
    return places.front().first->getSlot(places.front().second).toTensor();
  }
};

/// Parameters and buffers in the order of named_parameters(), each once.
void collect(const ObjectPointer& object, const std::string& prefix,
             std::vector<ModuleTensor>& found) {
  const auto type = object->type();
  for (std::size_t i = 0; i < type->numAttributes(); ++i) {
    const c10::IValue& value = object->getSlot(i);
    const std::string name = prefix + type->getAttributeName(i);
    if (value.isObject() && type->getAttribute(i)->is_module()) {
      collect(value.toObject(), name + ".", found);
    }
    const bool is_parameter = type->is_parameter(i);
    if (!value.isTensor() || !(is_parameter || type->is_buffer(i))) continue;
    const at::Tensor tensor = value.toTensor();
    const auto same = std::ranges::find_if(
        found, [&](const ModuleTensor& one) { return one.value.is_same(tensor); });
    if (same != found.end()) {
      same->places.emplace_back(object, i);
    } else {
      found.push_back({name, tensor, is_parameter, {{object, i}}});
    }
  }
}

bool is_trained(const ModuleTensor& one) { return one.is_parameter && one.value.requires_grad(); }

[[noreturn]] void fail(const std::string& problem) {
  throw InputError("/base/model/file", problem);
}

/// The last line of an error of the interpreter, which follows its stack trace.
std::string reason_of(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  text.erase(text.find_last_not_of(" \n") + 1);
  return text.substr(text.rfind('\n') + 1);
}

/// What forward() takes and returns.
enum class Form { logits, loss_and_logits, loss };

Form form_of(const torch::jit::Module& module) {
  const auto& schema = module.get_method("forward").function().getSchema();
  const auto inputs = std::ranges::count_if(
                          schema.arguments(),
                          [](const c10::Argument& argument) { return !argument.default_value(); }) -
                      1;  // self
  const c10::TypePtr result = schema.returns().at(0).type();
  const bool is_tensor = result->isSubtypeOf(*c10::TensorType::get());
  const auto pair = result->cast<c10::TupleType>();
  const bool is_pair = pair && pair->elements().size() == 2 &&
                       pair->elements()[0]->isSubtypeOf(*c10::TensorType::get()) &&
                       pair->elements()[1]->isSubtypeOf(*c10::TensorType::get());
  if (inputs == 1 && is_tensor) return Form::logits;
  if (inputs == 2 && is_pair) return Form::loss_and_logits;
  if (inputs == 2 && is_tensor && module.find_method("logits")) return Form::loss;
  if (inputs == 2 && is_tensor) {
    fail(
        "forward(images, labels) returns a loss alone, from which no accuracy follows; expected "
        "(loss, logits), or a method logits(images) too");
  }
  fail(
      fmt::format("expected forward(images) -> logits or forward(images, labels) -> (loss, "
                  "logits), got {} argument{} -> {}",
                  inputs, inputs == 1 ? "" : "s", result->annotation_str()));
}

void require_float(const ModuleTensor& one, const char* what) {
  if (one.value.scalar_type() == at::kFloat) return;
  fail(fmt::format("{} {} is of type {}, expected Float: model.float()", what, one.name,
                   c10::toString(one.value.scalar_type())));
}

/// Serialises what draws from LibTorch's generator.
std::mutex& generator_mutex() {
  static std::mutex mutex;
  return mutex;
}

void seed_generator(std::uint64_t draws, const at::Device& device) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard lock(generator.mutex());
  generator.set_current_seed(draws);
}

/// A copy of the module, for one pass at a time.
struct Replica {
  std::optional<torch::jit::Module> module;
  std::vector<ModuleTensor> parameters;  ///< in the order of the net's layout
  std::vector<ModuleTensor> buffers;     ///< all
  std::vector<ModuleTensor> moving;      ///< buffers that training moves
  std::vector<ModuleTensor> counters;    ///< buffers of integers that training moves
};

class ScriptedNet final : public Net {
 public:
  ScriptedNet(const std::string& file, const NetTask& task)
      : module_(read_script_file(file)), form_(form_of(module_)), task_(task) {
    const at::NoGradGuard guard;
    std::vector<ModuleTensor> tensors;
    collect(module_._ivalue(), "", tensors);
    for (const ModuleTensor& one : tensors) {
      if (is_trained(one)) add_parameter(one);
    }
    if (layout_.size() == 0) fail(file + " has no parameters with gradients");
    find_moving_buffers();
  }

  [[nodiscard]] Vector initial_parameters(const RandomSource& /*draws*/) const override {
    return initial_;
  }

  [[nodiscard]] NetOutput forward(const NetPass& pass, const NetBatch& batch) const override {
    const auto replica = (pass.training ? training_ : evaluating_).lease();
    if (!replica->module) prepare(*replica, pass.training, batch.images.device());
    for (std::size_t i = 0; i < pass.parameters.size(); ++i) {
      replica->parameters[i].set(pass.parameters[i]);
    }
    for (const ModuleTensor& counter : replica->counters) counter.set(counter.value.clone());
    set_moving(*replica, pass);
    NetOutput output = run(*replica->module, replica->buffers, batch);
    if (pass.training) read_moving(*replica, pass);
    return output;
  }

 private:
  /// Values of all buffers, and the logits, after a training pass from `start` in the moving ones.
  struct Trial {
    std::vector<at::Tensor> after;
    at::Tensor logits;
  };

  void add_parameter(const ModuleTensor& one) {
    require_float(one, "parameter");
    layout_.add(one.name, one.value.sizes().vec());
    const at::Tensor flat = one.value.detach().cpu().contiguous().view(-1);
    initial_.insert(initial_.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }

  void prepare(Replica& replica, bool training, const at::Device& device) const {
    const at::NoGradGuard guard;
    replica.module = module_.deepcopy();
    if (!device.is_cpu()) replica.module->to(device);
    replica.module->train(training);
    // A copy's parameters are in the order of the original's, which says which of them are trained.
    std::vector<ModuleTensor> originals, copies;
    collect(module_._ivalue(), "", originals);
    collect(replica.module->_ivalue(), "", copies);
    if (copies.size() != originals.size()) throw std::logic_error("a copy shares other tensors");
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (!copies[i].is_parameter) replica.buffers.push_back(copies[i]);
      if (is_trained(originals[i])) replica.parameters.push_back(copies[i]);
      if (std::ranges::find(moving_, copies[i].name) != moving_.end()) {
        replica.moving.push_back(copies[i]);
      }
      if (std::ranges::find(counters_, copies[i].name) != counters_.end()) {
        replica.counters.push_back(copies[i]);
      }
    }
  }

  /// Training begins at zero, evaluation uses the pass's values. New tensors, since a backward pass
  /// may still read the ones before.
  static void set_moving(const Replica& replica, const NetPass& pass) {
    std::int64_t offset = 0;
    for (const ModuleTensor& buffer : replica.moving) {
      const std::int64_t entries = buffer.value.numel();
      buffer.set(
          pass.training
              ? at::zeros_like(buffer.value)
              : pass.norm_means.narrow(0, offset, entries).view(buffer.value.sizes()).clone());
      offset += entries;
    }
  }

  static void read_moving(const Replica& replica, const NetPass& pass) {
    const at::NoGradGuard guard;
    std::int64_t offset = 0;
    for (const ModuleTensor& buffer : replica.moving) {
      const std::int64_t entries = buffer.value.numel();
      pass.norm_means.narrow(0, offset, entries).copy_(buffer.now().view(-1));
      offset += entries;
    }
  }

  [[nodiscard]] NetOutput run(torch::jit::Module& module, const std::vector<ModuleTensor>& buffers,
                              const NetBatch& batch) const {
    // The optimising executor measures the first passes and then changes the graph, so that bits
    // would depend on how many passes have run.
    const torch::jit::GraphOptimizerEnabledGuard plain(false);
    std::unique_lock lock(generator_mutex(), std::defer_lock);
    if (draws_) {
      lock.lock();
      seed_generator(batch.draws, batch.images.device());
    }
    const at::Tensor x = task_.is_vector() ? batch.images.flatten(1) : batch.images;
    if (form_ == Form::logits) return {.logits = module.forward({x}).toTensor()};
    const at::Tensor& y = batch.targets.defined() ? batch.targets : batch.labels;
    const c10::IValue result = module.forward({x, y});
    if (form_ == Form::loss_and_logits) {
      const auto& both = result.toTupleRef().elements();
      return {.logits = both[1].toTensor(), .loss = both[0].toTensor()};
    }
    return {.logits = logits_of(module, buffers, x), .loss = result.toTensor()};
  }

  /// By the method of that name, whose pass leaves the buffers as they are.
  static at::Tensor logits_of(torch::jit::Module& module, const std::vector<ModuleTensor>& buffers,
                              const at::Tensor& x) {
    const at::NoGradGuard no_gradient;
    std::vector<at::Tensor> before;
    for (const ModuleTensor& buffer : buffers) {
      before.push_back(buffer.now());
      buffer.set(before.back().clone());
    }
    at::Tensor logits = module.get_method("logits")({x}).toTensor();
    for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].set(before[i]);
    return logits;
  }

  /// Two images, for trials. (Batch norm needs more than one value per channel.)
  [[nodiscard]] NetBatch trial_batch() const {
    const std::int64_t entries = task_.channels * task_.rows * task_.columns;
    return {.images = at::arange(2 * entries, at::kFloat)
                          .sin()
                          .view({2, task_.channels, task_.rows, task_.columns}),
            .labels = at::arange(2, at::kLong),
            .targets = task_.loss == LossKind::cross_entropy ? at::Tensor()
                                                             : at::arange(2, at::kFloat) * 2 - 1,
            .loss = task_.loss};
  }

  /// The buffer's value at the start of a trial.
  static at::Tensor at_start(const ModuleTensor& buffer, int start) {
    const at::ScalarType type = buffer.value.scalar_type();
    if (at::isFloatingType(type)) return at::full_like(buffer.value, start);
    return at::isIntegralType(type, /*includeBool=*/false) ? buffer.value + start
                                                           : buffer.value.clone();
  }

  /// A training pass on a copy whose floating buffers hold `start` and whose integers are larger by
  /// as much than in the file.
  [[nodiscard]] Trial trial(int start) const {
    torch::jit::Module module = module_.deepcopy();
    module.train(true);
    std::vector<ModuleTensor> buffers;
    collect(module._ivalue(), "", buffers);
    std::erase_if(buffers, [](const ModuleTensor& one) { return one.is_parameter; });
    for (const ModuleTensor& buffer : buffers) buffer.set(at_start(buffer, start));
    const NetBatch batch = trial_batch();
    Trial result;
    try {
      const NetOutput output = run(module, buffers, batch);
      check_output(output);
      result.logits = output.logits;
    } catch (const InputError&) {
      throw;
    } catch (const std::exception& error) {
      fail(fmt::format("forward fails on images of {}: {}", fmt::join(batch.images.sizes(), " x "),
                       reason_of(error)));
    }
    for (const ModuleTensor& buffer : buffers) result.after.push_back(buffer.now().clone());
    return result;
  }

  void check_output(const NetOutput& output) const {
    const std::vector<std::int64_t> expected = {2, task_.classes};
    if (output.logits.sizes() != expected) {
      fail(fmt::format("the logits of 2 images are {}, expected {}: {}",
                       fmt::join(output.logits.sizes(), " x "), fmt::join(expected, " x "),
                       outputs_expected(task_)));
    }
    if (output.loss.defined() && output.loss.numel() != 1) {
      fail(fmt::format("the loss is {}, expected one number: the mean over the batch",
                       fmt::join(output.loss.sizes(), " x ")));
    }
  }

  void find_moving_buffers() {
    const at::Tensor before = at::detail::getDefaultCPUGenerator().get_state();
    static_cast<void>(trial(0));
    draws_ = !at::equal(before, at::detail::getDefaultCPUGenerator().get_state());
    const Trial trials[] = {trial(0), trial(1), trial(2)};
    std::vector<ModuleTensor> tensors;
    collect(module_._ivalue(), "", tensors);
    std::erase_if(tensors, [](const ModuleTensor& one) { return one.is_parameter; });
    norm_update_.weight = 1;
    for (std::size_t i = 0; i < tensors.size(); ++i) add_buffer(tensors[i], trials, i);
    const bool reads = !at::equal(trials[0].logits, trials[1].logits);
    if (!moving_.empty() && reads) {
      fail(
          fmt::format("training reads buffers, of which it changes {}: gradwire cannot join the "
                      "changes of several workers",
                      fmt::join(moving_, ", ")));
    }
  }

  /// Sorts out what training does to the buffer, whose values after the trials are after[i].
  void add_buffer(const ModuleTensor& buffer, const Trial* trials, std::size_t i) {
    const auto after = [&](int start) { return trials[start].after[i].to(at::kDouble); };
    const auto unmoved = [&](int start) {
      return at::equal(after(start), at_start(buffer, start).to(at::kDouble));
    };
    if (unmoved(0) && unmoved(1)) return;
    const bool is_float = at::isFloatingType(buffer.value.scalar_type());
    if (is_float) require_float(buffer, "buffer");
    const at::Tensor slope = after(1) - after(0);
    const double decay = std::round(slope.mean().item<double>() * 1e6) / 1e6;
    const double tolerance = 1e-4 * std::max(1.0, after(0).abs().max().item<double>());
    const bool is_affine = at::allclose(slope, at::full_like(slope, decay), 0, tolerance) &&
                           at::allclose(after(2) - after(1), slope, 0, tolerance);
    const bool counts = at::isIntegralType(buffer.value.scalar_type(), false) && decay == 1;
    if (!is_affine || !(is_float || counts)) {
      fail(fmt::format(
          "training changes buffer {} otherwise than b <- a b + c with a constant a, as "
          "batch norm with a momentum does: gradwire cannot join the changes of "
          "several workers",
          buffer.name));
    }
    if (!is_float) return counters_.push_back(buffer.name);
    moving_.push_back(buffer.name);
    const at::Tensor flat = buffer.value.contiguous().view(-1);
    Vector& start = initial_norms_.means;
    start.insert(start.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    norm_update_.decay.resize(start.size(), static_cast<float>(decay));
  }

  torch::jit::Module module_;  ///< never run
  Form form_;
  NetTask task_;
  Vector initial_;                     ///< theta^0, [d]
  std::vector<std::string> moving_;    ///< names of buffers
  std::vector<std::string> counters_;  ///< the same
  bool draws_ = false;                 ///< a pass draws random numbers
  mutable Pool<Replica> training_;
  mutable Pool<Replica> evaluating_;
};

}  // namespace

std::unique_ptr<Net> make_scripted_net(const std::string& file, const NetTask& task) {
  return std::make_unique<ScriptedNet>(file, task);
}

}  // namespace gradwire::learn
