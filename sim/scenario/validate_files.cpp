#include "sim/scenario/validate_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gradwire::scenario {
namespace {

using learn::FileDataConfig, learn::FileFormat;

std::string_view name_of_format(const FileDataConfig& c) {
  return name_of(c.format, learn::file_format_choices);
}

/// Throws unless a setting that differs from its default belongs to the format.
void expect_format(bool is_set, FileFormat format, const char* key, const FileDataConfig& c,
                   const JsonLocation& place) {
  if (!is_set || c.format == format) return;
  (place / key)
      .fail(fmt::format("{} does not apply to the format {}; it belongs to {}", key,
                        name_of_format(c), name_of(format, learn::file_format_choices)));
}

void check_paths(const std::vector<std::string>& paths, const FileDataConfig& c,
                 const JsonLocation& place) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i].empty()) (place / i).fail("must be the path of a file, got \"\"");
  }
  if (paths.empty()) place.fail("must be the path of a file, or several, got none");
  if (c.format == FileFormat::idx && paths.size() != 2) {
    place.fail(
        fmt::format("must be two IDX files, of samples and of labels, got {}", paths.size()));
  }
  if (c.format == FileFormat::npz && paths.size() > 2) {
    place.fail(
        fmt::format("must be an .npz file, or two .npy files, of samples and of labels, got "
                    "{}",
                    paths.size()));
  }
}

void check_test_set(const FileDataConfig& c, const JsonLocation& place) {
  if (c.test.empty() && !c.split) place.fail("test is missing, or split, which makes a test set");
  if (!c.test.empty() && c.split) {
    (place / "split").fail(fmt::format("goes without test only, got {}", *c.split));
  }
  if (!c.test.empty()) check_paths(c.test, c, place / "test");
}

void check_arrays(const FileDataConfig& c, const JsonLocation& place) {
  if (c.arrays.size() == 2 || (c.arrays.size() == 4 && !c.test.empty())) return;
  (place / "arrays")
      .fail(fmt::format("must be the names of samples and labels, or with test of those of both "
                        "sets, got {} names",
                        c.arrays.size()));
}

void check_shape(const FileDataConfig& c, const JsonLocation& place) {
  constexpr std::int64_t most = 2'147'483'647;
  std::int64_t numbers = 1;
  for (const std::int64_t extent : c.shape) {
    if (extent > most / numbers) {
      (place / "shape").fail(fmt::format("must have at most {} numbers in all", most));
    }
    numbers *= extent;
  }
  if (c.shape.empty() && c.format == FileFormat::images_raw) {
    place.fail("shape is missing, which images_raw does not state");
  }
  if (c.features && !c.shape.empty() && *c.features != numbers) {
    (place / "features")
        .fail(fmt::format("must be {}, the numbers of shape, got {}", numbers, *c.features));
  }
}

}  // namespace

void check_files(const FileDataConfig& files, const JsonLocation& place) {
  const FileDataConfig defaults;
  expect_format(files.arrays != defaults.arrays, FileFormat::npz, "arrays", files, place);
  expect_format(!files.label.empty(), FileFormat::csv, "label", files, place);
  expect_format(files.features.has_value(), FileFormat::libsvm, "features", files, place);
  expect_format(files.label_bytes != 1, FileFormat::images_raw, "label_bytes", files, place);
  check_paths(files.train, files, place / "train");
  check_test_set(files, place);
  check_arrays(files, place);
  check_shape(files, place);
}

}  // namespace gradwire::scenario
