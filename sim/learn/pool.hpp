#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace gradwire::learn {

/// Objects that are used again rather than made again: large buffers of the hot loop. A lease gives
/// its object back when it ends, as it is; it may outlive the pool. From any thread.
template <class T>
class Pool {
  struct Shelf;

 public:
  class GiveBack {
   public:
    void operator()(T* object) const { shelf_->put(std::unique_ptr<T>(object)); }

   private:
    friend class Pool;
    std::shared_ptr<Shelf> shelf_;
  };
  using Lease = std::unique_ptr<T, GiveBack>;

  [[nodiscard]] Lease lease() {
    GiveBack give_back;
    give_back.shelf_ = shelf_;
    return {shelf_->take().release(), std::move(give_back)};
  }

 private:
  struct Shelf {
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

  std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

}  // namespace gradwire::learn
