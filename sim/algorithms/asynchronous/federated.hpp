#pragma once

#include "sim/algorithms/asynchronous/client.hpp"

namespace gradwire::algorithms {

// Clients that fetch the model, make local steps and push the difference: WorkerClient. What is
// particular about these methods is how the server treats the pushes.

/// FedAsync (Xie, Koyejo, Gupta, arXiv 1903.03934): theta <- (1 - a_s) theta + a_s x, with the
/// client's x and a_s = global_rate (1 + s)^-staleness_exponent.
extern const AsynchronousKind fed_async_kind;
/// FedBuff (Nguyen et al., arXiv 2106.06639, Algorithm 1): theta <- theta - global_rate (1/K) sum
/// (1 + s)^-staleness_exponent (fetched - x) of the newest K pushes.
extern const AsynchronousKind fed_buff_kind;

}  // namespace gradwire::algorithms
