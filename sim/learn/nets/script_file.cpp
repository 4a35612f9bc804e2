#include "sim/learn/nets/script_file.hpp"

#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fstream>
#include <optional>
#include <string_view>

#include "sim/core/error.hpp"
#include "sim/learn/blas.hpp"

namespace gradwire::learn {
namespace {

constexpr const char* remedy = "torch.jit.script(model).save(\"net.pt\") writes such a file";

[[noreturn]] void fail(const std::string& file, const std::string& problem) {
  throw InputError("/base/model/file", file + " " + problem);
}

/// The first line of an error of LibTorch, without its stack trace.
std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  return begin == std::string::npos ? text : text.substr(begin, text.find('\n', begin) - begin);
}

bool is_zip(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  char magic[4] = {};
  if (!stream) fail(file, "cannot be read");
  stream.read(magic, sizeof magic);
  return std::string_view(magic, 4) == "PK\x03\x04";
}

bool has_code(const std::string& file) {
  caffe2::serialize::PyTorchStreamReader archive(file);
  return archive.hasRecord("constants.pkl");
}

torch::jit::Module loaded(const std::string& file) {
  if (!is_zip(file)) fail(file, fmt::format("is no TorchScript file: {}", remedy));
  try {
    if (!has_code(file)) {
      fail(file, fmt::format("has tensors but no code, as torch.save() writes it: {}", remedy));
    }
    return torch::jit::load(file);
  } catch (const InputError&) {
    throw;
  } catch (const c10::Error& error) {
    const std::string reason = first_line(error.what_without_backtrace());
    if (reason.find("maximum supported version") != std::string::npos) {
      fail(file, fmt::format("is of a newer PyTorch than this LibTorch, {0}: save the model with "
                             "PyTorch {0} or older",
                             torch_version()));
    }
    fail(file, fmt::format("is no TorchScript file that LibTorch {} can read ({}): {}",
                           torch_version(), reason, remedy));
  } catch (const std::exception& error) {  // of the compiler of its code
    fail(file, fmt::format("has code that LibTorch {0} cannot read ({1}): save the model with "
                           "PyTorch {0} or older",
                           torch_version(), first_line(error.what())));
  }
}

/// Place of the argument that selects training mode; none for other operations.
std::optional<std::size_t> mode_of(const torch::jit::Node& node) {
  const std::string name = node.kind().toQualString();
  if (name == "aten::batch_norm") return 5;
  const bool drops = name == "aten::dropout" || name == "aten::dropout_" ||
                     name == "aten::feature_dropout" || name == "aten::feature_dropout_" ||
                     name == "aten::alpha_dropout" || name == "aten::alpha_dropout_";
  return drops ? std::optional<std::size_t>(2) : std::nullopt;
}

/// The operation with a fixed mode, or "".
std::string fixed_mode_in(const torch::jit::Block& block) {
  for (const torch::jit::Node* node : block.nodes()) {
    const auto mode = mode_of(*node);
    if (mode && torch::jit::toIValue(node->input(*mode))) return node->kind().toQualString();
    for (const torch::jit::Block* inner : node->blocks()) {
      const std::string found = fixed_mode_in(*inner);
      if (!found.empty()) return found;
    }
  }
  return "";
}

}  // namespace

torch::jit::Module read_script_file(const std::string& file) {
  torch::jit::Module module = loaded(file);
  const auto forward = module.find_method("forward");
  if (!forward) fail(file, "has no method forward");
  const auto graph = forward->graph()->copy();
  torch::jit::Inline(*graph);
  const std::string fixed = fixed_mode_in(*graph->block());
  if (!fixed.empty()) {
    fail(file, fmt::format("calls {} in a fixed mode, as torch.jit.trace() writes it, so that "
                           "training and evaluation would be the same: {}",
                           fixed, remedy));
  }
  return module;
}

}  // namespace gradwire::learn
