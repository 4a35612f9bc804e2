#pragma once

#include "sim/learn/config.hpp"
#include "sim/learn/data/dataset.hpp"

namespace gradwire::learn {

/// Gives the samples the numbers y that a loss of one output compares with; without effect for
/// cross_entropy. Throws InputError (/base/loss/labels, /base/loss/name) when the labels do not
/// suit the loss.
void set_targets(Dataset& data, const LossConfig& loss);

}  // namespace gradwire::learn
