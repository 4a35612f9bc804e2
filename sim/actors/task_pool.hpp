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

namespace gradwire::actors {

/// Real work under simulated time: tasks that start now and whose results are collected later. Who
/// waits for a result works too, so a pool of one thread has no thread of its own.
class TaskPool {
 public:
  /// `threads` of work in all, the caller's included; at least 1.
  explicit TaskPool(int threads);
  /// Waits for the tasks that run; those that nobody began are dropped.
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  template <class T>
  class Pending;

  /// Queues `work`; its exceptions come out of Pending::get().
  template <class Work>
  [[nodiscard]] auto start(Work work) -> Pending<decltype(work())>;

  /// Does part(0) ... part(parts - 1) and waits for them; that time is not in collecting().
  void each(std::size_t parts, const std::function<void(std::size_t)>& part);

  /// How many tasks to have under way before one collects. Alone, a thread works on what it has
  /// just been given, while that is warm.
  [[nodiscard]] std::size_t worth_starting() const {
    return threads_.empty() ? 1 : std::numeric_limits<std::size_t>::max();
  }

  /// Host time that callers of Pending::get() have spent there, at work or waiting.
  [[nodiscard]] Seconds collecting() const { return collecting_; }

 private:
  enum class State { queued, running, done };
  struct Task {
    virtual ~Task() = default;
    /// Once. What it captured does not outlive it.
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
  /// Works on `task`, or on others while somebody else does, until it is done.
  void finish(const TaskPtr& task);
  /// Takes `task` out of the queue, or waits until whoever runs it is done.
  void abandon(const TaskPtr& task);
  void run(const TaskPtr& task, std::unique_lock<std::mutex>& lock);
  TaskPtr take_next();
  void work_until_closed();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TaskPtr> queue_;
  bool closed_ = false;
  Seconds collecting_;  ///< of the one thread that collects
  std::vector<std::jthread> threads_;
};

/// A result to come. Destroyed early, it waits: nobody must work on locals that are gone.
template <class T>
class TaskPool::Pending {
 public:
  Pending(Pending&& other) noexcept = default;
  Pending& operator=(Pending&&) = delete;
  ~Pending() {
    if (task_) pool_->abandon(task_);
  }

  /// Blocks until the result is there, and works meanwhile; once.
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

}  // namespace gradwire::actors
