#include "sim/cost/cost_model.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace gradwire::cost {
namespace {

constexpr std::int64_t d = 1000;

/// One worker with an upload of d dense values of these bits.
Exchange one_upload(std::int64_t value_bits) {
  const auto message = [](std::int64_t bits) {
    return Transmission{.representation = Representation::dense,
                        .values = d,
                        .payload = {bits * d},
                        .encoded = {Bits{bits * d}}};
  };
  return {.downloads = {message(32)},
          .parts = {{.upload = message(value_bits)}},
          .summable = false,
          .edges = {}};
}

IterationLoad load_of(std::int64_t value_bits, bool codes_dense) {
  const CostModel model({.compute = {.seconds_per_gradient = Seconds{1.0},
                                     .reference_speed = FlopsPerSecond{1.0},
                                     .selection_seconds_per_entry = Seconds{1e-3},
                                     .encoding_seconds_per_value = Seconds{2e-3},
                                     .decoding_seconds_per_value = Seconds{4e-3},
                                     .adding_seconds_per_value = Seconds{8e-3}},
                         .wire = {},
                         .encodings = {"values=float16"},
                         .skip_flag = {},
                         .codes_dense = codes_dense});
  return model(one_upload(value_bits), d, 1);
}

TEST(CostModel, ADenseUploadIsChargedAsCompressedWhereItIs) {
  const IterationLoad plain = load_of(32, false);
  EXPECT_DOUBLE_EQ(plain.workers[0].compute.value, 1.0);
  EXPECT_DOUBLE_EQ(plain.server.value, 8.0);
  const IterationLoad coded = load_of(9, true);
  EXPECT_DOUBLE_EQ(coded.workers[0].compute.value, 1.0 + 1.0 + 2.0);
  EXPECT_DOUBLE_EQ(coded.server.value, 4.0);
}

TEST(CostModel, AShorterFormatMakesAShorterUploadAndLeavesTheModel) {
  const IterationLoad load = load_of(9, true);
  EXPECT_EQ(load.workers[0].upload, Bytes{9 * d / 8});
  EXPECT_EQ(load.model, Bytes{4 * d});
}

}  // namespace
}  // namespace gradwire::cost
