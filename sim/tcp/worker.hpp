#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/tcp/transport/address.hpp"
#include "sim/tcp/transport/event_loop.hpp"
#include "sim/tcp/transport/frame.hpp"

namespace gradwire::tcp {

/// Totals of a worker, and the server's final message.
struct WorkerReport {
  std::int64_t rounds = 0;
  Bytes received;
  Bytes sent;
  Finish final_message;
};

/// Connects to a server and executes its rounds until it finishes; all parameters of a round come
/// from the server. Throws InputError if the server refuses the worker as wrongly started,
/// SystemError for any other refusal and if the connection or the server fails, Interrupted on
/// request.
[[nodiscard]] WorkerReport run_worker(const Address& server, const Hello& hello, Timeouts timeouts,
                                      const std::function<void(const std::string&)>& tell);

}  // namespace gradwire::tcp
