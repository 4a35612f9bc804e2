#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace gradwire::learn {

/// Reads a module that torch.jit.script(model).save(file) wrote. Throws InputError at
/// /base/model/file with what to do for every other file: of another kind, of torch.save(), of a
/// newer PyTorch; and for a traced module whose dropout or batch norm has a fixed mode, which would
/// be the same in training and in evaluation.
[[nodiscard]] torch::jit::Module read_script_file(const std::string& file);

}  // namespace gradwire::learn
