#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sim/core/model.hpp"
#include "sim/learn/external/command_process.hpp"
#include "sim/learn/external/protocol.hpp"
#include "sim/learn/external/shared_memory.hpp"

namespace gradwire::learn::external {

/// A process that computes gradients and evaluations of the user's model. One request at a time.
/// Each member function throws SystemError that names the command, the process and the request.
class ModelProcess {
 public:
  /// Starts the process without waiting for its answer, so that several start at the same time.
  ModelProcess(const ExternalConfig& config, const Hello& hello);

  /// Completes the start: the process's description, called once.
  Description describe();

  // After describe().
  /// theta^0, [d].
  Vector initial_parameters();
  /// Writes the gradient at theta to `gradient`, [d]. `request.version` is filled in.
  BatchOutcome gradient(GradientRequest request, const Model& theta, std::span<float> gradient);
  TestOutcome evaluate(const Model& theta);

  /// Whether the shared memory holds this theta.
  [[nodiscard]] bool holds(const Model& theta) const { return theta && theta_.lock() == theta; }
  void close_socket() { process_.close_socket(); }
  void kill() const { process_.kill(); }

 private:
  /// Sends a request and returns the answer.
  Answer ask(const std::string& frame);
  void write_theta(const Model& theta);
  /// Calls `exchange`; its errors begin with the command and `what`.
  template <class Exchange>
  auto during(const std::string& what, const Exchange& exchange);

  std::string name_;  ///< for messages
  Layout layout_;
  SharedMemory memory_;
  CommandProcess process_;
  std::weak_ptr<const ModelVersion> theta_;  ///< in the shared memory
  std::uint64_t version_ = 0;                ///< number of models written so far
};

}  // namespace gradwire::learn::external
