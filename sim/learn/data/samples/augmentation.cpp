#include "sim/learn/data/samples/augmentation.hpp"

#include <cmath>
#include <numbers>

namespace gradwire::learn {

Warp draw_warp(const Augmentation& augmentation, RandomStream& random) {
  Warp warp;
  if (augmentation.crop_padding > 0) {
    const auto offsets = static_cast<std::uint64_t>(2 * augmentation.crop_padding + 1);
    const auto shift = [&] {
      return static_cast<std::int64_t>(random.below(offsets)) - augmentation.crop_padding;
    };
    warp.shift_rows = shift();
    warp.shift_columns = shift();
  }
  if (augmentation.flip) warp.flipped = random.uniform() < 0.5;
  if (augmentation.rotation_degrees > 0) {
    const double degrees =
        random.uniform(-augmentation.rotation_degrees, augmentation.rotation_degrees);
    warp.radians = degrees * std::numbers::pi / 180.0;
  }
  return warp;
}

void source_pixels(const Warp& warp, std::int64_t rows, std::int64_t columns,
                   std::span<std::int32_t> sources) {
  const double cosine = std::cos(warp.radians);
  const double sine = std::sin(warp.radians);
  const double middle_row = static_cast<double>(rows) / 2.0;
  const double middle_column = static_cast<double>(columns) / 2.0;
  const auto inside = [&](std::int64_t row, std::int64_t column) {
    return row >= 0 && row < rows && column >= 0 && column < columns;
  };
  std::size_t target = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c, ++target) {
      // Inverts the rotation about the image's centre, from pixel centre to nearest pixel, then the
      // flip, then the crop.
      const double y = static_cast<double>(r) + 0.5 - middle_row;
      const double x = static_cast<double>(c) + 0.5 - middle_column;
      auto row = static_cast<std::int64_t>(std::floor(cosine * y - sine * x + middle_row));
      auto column = static_cast<std::int64_t>(std::floor(sine * y + cosine * x + middle_column));
      sources[target] = -1;
      if (!inside(row, column)) continue;
      if (warp.flipped) column = columns - 1 - column;
      row += warp.shift_rows;
      column += warp.shift_columns;
      if (inside(row, column)) sources[target] = static_cast<std::int32_t>(row * columns + column);
    }
  }
}

}  // namespace gradwire::learn
