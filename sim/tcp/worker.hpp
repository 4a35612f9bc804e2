#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/tcp/address.hpp"
#include "sim/tcp/exchange.hpp"
#include "sim/tcp/frame.hpp"

namespace gradwire::tcp {

/// What a worker did, and what the server said at the end.
struct WorkerReport {
  std::int64_t rounds = 0;
  Bytes received;
  Bytes sent;
  Finish last_words;
};

/// Connects to a server and does what it says until all is done. All that a worker needs to know
/// comes from there. Throws InputError where the server refuses it as wrongly started, SystemError
/// for any other refusal and whenever the connection or the server fails.
[[nodiscard]] WorkerReport run_worker(const Address& server, const Hello& hello, Patience patience,
                                      const std::function<void(const std::string&)>& tell);

}  // namespace gradwire::tcp
