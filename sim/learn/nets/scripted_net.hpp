#pragma once

#include <memory>
#include <string>

#include "sim/learn/nets/net.hpp"
#include "sim/learn/nets/net_task.hpp"

namespace gradwire::learn {

/// The net of a TorchScript file (script_file.hpp). Its parameters with gradients are the model, in
/// the order of named_parameters() and with the file's values at the start; those without are
/// constants. forward() is one of
///   forward(images) -> logits
///   forward(images, labels) -> (loss, logits), the loss a mean over the batch
///   forward(images, labels) -> loss, beside a method logits(images)
/// images: [B, channels, rows, columns], or [B, entries] of a vector; labels: [B], int64.
///
/// Buffers that training moves (batch norm's running statistics) are state as NormStatistics has
/// it. Such a buffer must move as b <- a b + c with a constant a and c of the batch alone, and must
/// not be read in training; three passes from different starts find a, and whether it is so. Each
/// pass then begins at b = 0 on a copy of the module, so that its result is c whatever ran before.
/// Buffers of integers (num_batches_tracked) keep the file's values, the others are constants.
///
/// LibTorch has one random generator per process: passes of a module that draws (dropout) run one
/// at a time, each after seeding it by the batch's draws.
///
/// Throws InputError (/base/model/file): a file that is no such module.
[[nodiscard]] std::unique_ptr<Net> make_scripted_net(const std::string& file, const NetTask& task);

}  // namespace gradwire::learn
