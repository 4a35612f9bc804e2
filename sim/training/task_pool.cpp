#include "sim/training/task_pool.hpp"

#include <algorithm>

#include "sim/core/stopwatch.hpp"

namespace gradwire::training {

TaskPool::TaskPool(int threads) {
  for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { work_until_closed(); });
}

TaskPool::~TaskPool() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    queue_.clear();
  }
  changed_.notify_all();
}

void TaskPool::each(std::size_t parts, const std::function<void(std::size_t)>& part) {
  const Seconds collecting_before = collecting_;
  std::vector<Pending<bool>> pending;
  for (std::size_t i = 0; i < parts; ++i)
    pending.push_back(start([&part, i] { return part(i), true; }));
  for (auto& one : pending) one.get();
  collecting_ = collecting_before;
}

void TaskPool::enqueue(TaskPtr task) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
  }
  changed_.notify_all();
}

TaskPool::TaskPtr TaskPool::take_next() {
  TaskPtr task = std::move(queue_.front());
  queue_.pop_front();
  return task;
}

void TaskPool::run(const TaskPtr& task, std::unique_lock<std::mutex>& lock) {
  task->state = State::running;
  lock.unlock();
  try {
    task->work();
  } catch (...) {
    task->failure = std::current_exception();
  }
  lock.lock();
  task->state = State::done;
  changed_.notify_all();
}

void TaskPool::finish(const TaskPtr& task) {
  const Stopwatch watch;
  std::unique_lock lock(mutex_);
  while (task->state != State::done) {
    if (task->state == State::queued) {
      std::erase(queue_, task);
      run(task, lock);
    } else if (!queue_.empty()) {
      run(take_next(), lock);
    } else {
      changed_.wait(lock);
    }
  }
  collecting_ += watch.elapsed();
}

void TaskPool::abandon(const TaskPtr& task) {
  std::unique_lock lock(mutex_);
  if (std::erase(queue_, task) > 0) return;
  changed_.wait(lock, [&] { return task->state != State::running; });
}

void TaskPool::work_until_closed() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
    if (closed_) return;
    run(take_next(), lock);
  }
}

}  // namespace gradwire::training
