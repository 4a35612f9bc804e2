#pragma once

#include <cstdint>
#include <span>

#include "sim/core/random.hpp"

namespace gradwire::learn {

/// Random transforms of a training image before normalisation, applied in this order: the
/// torchvision transforms that the SASG authors use. Pixels from outside the image are black.
struct Augmentation {
  int crop_padding = 0;         ///< RandomCrop: largest shift in each direction, in pixels
  bool flip = false;            ///< RandomHorizontalFlip, with probability 1/2
  double rotation_degrees = 0;  ///< RandomRotation: largest angle either way; nearest pixel

  [[nodiscard]] bool any() const { return crop_padding > 0 || flip || rotation_degrees > 0; }
};

/// The transform drawn for one image.
struct Warp {
  std::int64_t shift_rows = 0;  ///< target row r shows source row r + shift_rows
  std::int64_t shift_columns = 0;
  bool flipped = false;
  double radians = 0;
};
[[nodiscard]] Warp draw_warp(const Augmentation& augmentation, RandomStream& random);

/// Writes, for each target pixel, the index of the source pixel that it shows, or -1 for black.
/// sources: [rows * columns], the same for all channels.
void source_pixels(const Warp& warp, std::int64_t rows, std::int64_t columns,
                   std::span<std::int32_t> sources);

}  // namespace gradwire::learn
