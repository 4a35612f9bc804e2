#pragma once

#include <memory>
#include <utility>

namespace gradwire {

/// Owns one object of a class hierarchy and copies it by T::clone(): value semantics for objects
/// with virtual functions. Never empty, except after a move.
template <class T>
class Box {
 public:
  template <class Derived>
  Box(std::unique_ptr<Derived> object)  // NOLINT(google-explicit-constructor)
      : object_(std::move(object)) {}
  Box(const Box& other) : object_(other.object_->clone()) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    object_ = std::move(other.object_);
    return *this;
  }
  ~Box() = default;

  T* operator->() { return object_.get(); }
  const T* operator->() const { return object_.get(); }
  T& operator*() { return *object_; }
  const T& operator*() const { return *object_; }

 private:
  std::unique_ptr<T> object_;
};

}  // namespace gradwire
