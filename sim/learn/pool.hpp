#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace gradwire::learn {

/// Pool of reusable objects, for the large buffers of the hot loop. A lease returns its object to
/// the pool when destroyed, without resetting it, and may outlive the pool. Thread-safe.
template <class T>
class Pool {
  struct Storage;

 public:
  class Returner {
   public:
    void operator()(T* object) const { shelf_->put(std::unique_ptr<T>(object)); }

   private:
    friend class Pool;
    std::shared_ptr<Storage> shelf_;
  };
  using Lease = std::unique_ptr<T, Returner>;

  [[nodiscard]] Lease lease() {
    Returner give_back;
    give_back.shelf_ = shelf_;
    return {shelf_->take().release(), std::move(give_back)};
  }

 private:
  struct Storage {
    std::unique_ptr<T> take() {
      const std::lock_guard lock(mutex);
      if (idle.empty()) return std::make_unique<T>();
      std::unique_ptr<T> object = std::move(idle.back());
      idle.pop_back();
      return object;
    }
    void put(std::unique_ptr<T> object) {
      const std::lock_guard lock(mutex);
      idle.push_back(std::move(object));
    }
    std::mutex mutex;
    std::vector<std::unique_ptr<T>> idle;
  };

  std::shared_ptr<Storage> shelf_ = std::make_shared<Storage>();
};

}  // namespace gradwire::learn
