#pragma once

#include <cstdint>
#include <span>

#include "sim/core/random.hpp"

namespace gradwire::learn {

/// What is done to a training image before it is normalised, in this order; pixels that come from
/// outside the image are black. The transforms of torchvision that the SASG authors use.
struct Augmentation {
  int crop_padding = 0;         ///< RandomCrop: shifted by up to so many pixels each way
  bool flip = false;            ///< RandomHorizontalFlip, every second image
  double rotation_degrees = 0;  ///< RandomRotation within +- so many degrees, nearest pixel

  [[nodiscard]] bool any() const { return crop_padding > 0 || flip || rotation_degrees > 0; }
};

/// What the draws for one image came to.
struct Warp {
  std::int64_t shift_rows = 0;  ///< target row r shows source row r + shift_rows
  std::int64_t shift_columns = 0;
  bool flipped = false;
  double radians = 0;
};
[[nodiscard]] Warp draw_warp(const Augmentation& augmentation, RandomStream& random);

/// For each pixel of the target, the number of the source's pixel that it shows, or -1 for black;
/// [rows * columns], the same for all channels.
void source_pixels(const Warp& warp, std::int64_t rows, std::int64_t columns,
                   std::span<std::int32_t> sources);

}  // namespace gradwire::learn
