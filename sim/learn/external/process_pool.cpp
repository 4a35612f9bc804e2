#include "sim/learn/external/process_pool.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gradwire::learn::external {

ProcessPool::ProcessPool(const ExternalConfig& config, Hello hello) {
  for (hello.process = 0; hello.process < hello.processes; ++hello.process) {
    processes_.push_back(std::make_unique<ModelProcess>(config, hello));
  }
  try {
    complete_start();
  } catch (...) {
    kill_all();
    throw;
  }
}

void ProcessPool::complete_start() {
  for (const auto& process : processes_) {
    Description description = process->describe();
    if (idle_.empty()) description_ = description;
    idle_.push_back(process.get());
    if (description.layout == description_.layout &&
        description.iterations_per_epoch == description_.iterations_per_epoch) {
      continue;
    }
    throw SystemError(
        fmt::format("processes 0 and {} of the model differ in their tensors or in "
                    "iterations_per_epoch",
                    idle_.size() - 1));
  }
}

void ProcessPool::kill_all() const {
  for (const auto& process : processes_) process->kill();
}

ProcessPool::~ProcessPool() {
  for (const auto& process : processes_) process->close_socket();  // all end at the same time
}

ModelProcess& ProcessPool::take(const Model& theta) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !idle_.empty() || !failure_.empty(); });
  if (!failure_.empty()) throw SystemError(failure_);
  auto chosen = std::ranges::find_if(
      idle_, [&](const ModelProcess* process) { return process->holds(theta); });
  if (chosen == idle_.end()) chosen = idle_.begin();
  ModelProcess& process = **chosen;
  idle_.erase(chosen);
  return process;
}

void ProcessPool::give_back(ModelProcess& process) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(&process);
  changed_.notify_one();
}

void ProcessPool::fail(ModelProcess& process, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(&process);
  if (failure_.empty()) {
    failure_ = reason;
    kill_all();
  }
  changed_.notify_all();
  throw SystemError(failure_);
}

}  // namespace gradwire::learn::external
