#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "sim/core/units.hpp"

namespace gradwire::training {

/// Computations in host time during simulated time: tasks that start now and whose results are
/// collected later. A thread that waits for a result executes tasks meanwhile, so a pool of one
/// thread spawns none.
class TaskPool {
 public:
  /// `threads` is the number of threads that execute tasks, including the caller's; at least 1.
  explicit TaskPool(int threads);
  /// Waits for running tasks and drops those that have not started.
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  template <class T>
  class Pending;

  /// Queues `work`; Pending::get() rethrows its exceptions.
  template <class Work>
  [[nodiscard]] auto start(Work work) -> Pending<decltype(work())>;

  /// Executes part(0) ... part(parts - 1) and waits for all; that time is not part of collecting().
  void each(std::size_t parts, const std::function<void(std::size_t)>& part);

  /// Number of tasks to start before the first is collected. A pool of one thread executes a task
  /// when it is collected, so there one at a time is best, while its data are in the cache.
  [[nodiscard]] std::size_t start_ahead() const {
    return threads_.empty() ? 1 : std::numeric_limits<std::size_t>::max();
  }

  /// Host time spent in Pending::get(), executing tasks or waiting.
  [[nodiscard]] Seconds collecting() const { return collecting_; }

 private:
  enum class State { queued, running, done };
  struct Task {
    virtual ~Task() = default;
    /// Called once; destroys what it captured before it returns.
    virtual void work() = 0;
    State state = State::queued;
    std::exception_ptr failure;
  };
  template <class T>
  struct TaskOf : Task {
    std::optional<T> result;
  };
  using TaskPtr = std::shared_ptr<Task>;

  void enqueue(TaskPtr task);
  /// Executes `task`, or others while another thread executes it, until it is done.
  void finish(const TaskPtr& task);
  /// Removes `task` from the queue, or waits until the thread that executes it is done.
  void abandon(const TaskPtr& task);
  void run(const TaskPtr& task, std::unique_lock<std::mutex>& lock);
  TaskPtr take_next();
  void work_until_closed();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TaskPtr> queue_;
  bool closed_ = false;
  Seconds collecting_;  ///< written by the only thread that collects
  std::vector<std::jthread> threads_;
};

/// The result of a task. If destroyed before get(), drops the task or waits for it, because the
/// task may refer to locals of the caller.
template <class T>
class TaskPool::Pending {
 public:
  Pending(Pending&& other) noexcept = default;
  Pending& operator=(Pending&&) = delete;
  ~Pending() {
    if (task_) pool_->abandon(task_);
  }

  /// Blocks until the result is available, executing tasks meanwhile; rethrows the task's
  /// exception. Call once.
  T get() {
    const auto task = std::move(task_);
    pool_->finish(task);
    if (task->failure) std::rethrow_exception(task->failure);
    return std::move(*task->result);
  }

 private:
  friend TaskPool;
  Pending(TaskPool* pool, std::shared_ptr<TaskOf<T>> task) : pool_(pool), task_(std::move(task)) {}

  TaskPool* pool_;
  std::shared_ptr<TaskOf<T>> task_;
};

template <class Work>
auto TaskPool::start(Work work) -> Pending<decltype(work())> {
  using Result = decltype(work());
  struct Own final : TaskOf<Result> {
    explicit Own(Work&& begun) : own(std::move(begun)) {}
    void work() override {
      Work once = std::move(*own);
      own.reset();
      this->result.emplace(once());
    }
    std::optional<Work> own;
  };
  auto task = std::make_shared<Own>(std::move(work));
  enqueue(task);
  return {this, std::move(task)};
}

}  // namespace gradwire::training
