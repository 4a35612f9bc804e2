#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gradwire {

/// One tensor of a model inside the flat vector.
struct TensorSlot {
  std::string name;                 ///< as PyTorch names it: "0.weight"
  std::size_t offset = 0;           ///< of its first element
  std::size_t size = 0;             ///< number of elements
  std::vector<std::int64_t> shape;  ///< its product is `size`
  friend bool operator==(const TensorSlot&, const TensorSlot&) = default;
};

/// The positions of a model's tensors in one flat vector, contiguous and in order.
class Layout {
 public:
  /// Appends a tensor.
  void add(std::string name, std::vector<std::int64_t> shape) {
    std::size_t elements = 1;
    for (const std::int64_t extent : shape) elements *= static_cast<std::size_t>(extent);
    tensors_.push_back({std::move(name), size_, elements, std::move(shape)});
    size_ += elements;
  }
  /// d: the number of elements of all tensors.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::vector<TensorSlot>& tensors() const { return tensors_; }
  friend bool operator==(const Layout&, const Layout&) = default;

 private:
  std::vector<TensorSlot> tensors_;
  std::size_t size_ = 0;
};

/// A single entry: for questions whose answer does not depend on the model.
[[nodiscard]] inline Layout one_entry_layout() {
  Layout layout;
  layout.add("any", {1});
  return layout;
}

}  // namespace gradwire
