#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/learn/external/model_process.hpp"

namespace gradwire::learn::external {

/// Processes of the same model, each of which serves any worker. Thread-safe. After a failure of
/// one of them all are killed, and every call throws that failure.
class ProcessPool {
 public:
  /// Starts as many processes as `hello.processes`. Throws as ModelProcess, and SystemError if the
  /// processes describe different models.
  ProcessPool(const ExternalConfig& config, Hello hello);
  ~ProcessPool();

  [[nodiscard]] const Description& description() const { return description_; }

  /// Executes `work` with a process that is idle, waiting for one if necessary; one that holds
  /// theta if there is one.
  template <class Work>
  auto with_process(const Model& theta, const Work& work) {
    ModelProcess& process = take(theta);
    try {
      auto result = work(process);
      give_back(process);
      return result;
    } catch (const SystemError& error) {
      fail(process, error.what());
    } catch (...) {
      give_back(process);
      throw;
    }
  }

 private:
  void complete_start();
  void kill_all() const;
  ModelProcess& take(const Model& theta);
  void give_back(ModelProcess& process);
  [[noreturn]] void fail(ModelProcess& process, const std::string& reason);

  std::vector<std::unique_ptr<ModelProcess>> processes_;
  Description description_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ModelProcess*> idle_;
  std::string failure_;  ///< the first; empty without one
};

}  // namespace gradwire::learn::external
