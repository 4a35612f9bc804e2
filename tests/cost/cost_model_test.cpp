#include "sim/cost/cost_model.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "tests/support/iteration.hpp"

namespace gradwire::cost::cost_model_test {
namespace {

using testing_support::one_exchange;
using testing_support::some_encodings;
using testing_support::sparse_message;

/// The costs differ in magnitude, so that a sum identifies its terms.
ComputeConfig with_coding() {
  ComputeConfig compute;
  compute.selection_seconds_per_entry = {1e-5};
  compute.encoding_seconds_per_value = {2e-4};
  compute.decoding_seconds_per_value = {3e-4};
  return compute;
}

CostModel model_of(const ComputeConfig& compute, bool skips_are_coded = false) {
  return CostModel({.compute = compute,
                    .wire = {},
                    .encodings = some_encodings(),
                    .skip_flag = {1},
                    .skips_are_coded = skips_are_coded});
}

Exchange exchange_of(std::vector<Part> parts) {
  return one_exchange(1000, std::move(parts)).exchanges.front();
}

TEST(CostModel, WhoSkipsSelectsNothing) {
  const CostModel cost_model = model_of(with_coding());
  const IterationLoad load =
      cost_model(exchange_of({{.auxiliary_gradients = 1, .skipped = true},
                              {.auxiliary_gradients = 1, .upload = sparse_message(50)}}),
                 1000, 1);

  EXPECT_NEAR(load.workers[0].compute.value, 25e6, 1e-3);
  EXPECT_NEAR(load.workers[1].compute.value, 25e6 + 1e9 * (1e-5 * 1000 + 2e-4 * 50), 1e-3);
  EXPECT_NEAR(load.workers[1].auxiliary.value, 12.5e6, 1e-3);
  EXPECT_NEAR(load.workers[1].coding.value, 1e9 * (1e-5 * 1000 + 2e-4 * 50), 1e-3);
  EXPECT_NEAR(load.server.value, 1e9 * 3e-4 * 50, 1e-3);
}

TEST(CostModel, WhoCompressesBeforeSkippingSelectsButEncodesNothing) {
  const CostModel cost_model = model_of(with_coding(), true);
  const IterationLoad load =
      cost_model(exchange_of({{.skipped = true}, {.gradients = 0, .skipped = true}}), 1000, 1);

  EXPECT_NEAR(load.workers[0].compute.value, 12.5e6 + 1e9 * 1e-5 * 1000, 1e-3);
  EXPECT_EQ(load.workers[1].compute.value, 0);  // absent
  EXPECT_EQ(load.server.value, 0);
}

TEST(CostModel, AStragglerSelectsAsSlowlyAsItLearns) {
  ComputeConfig compute = with_coding();
  compute.stragglers = StragglerConfig{.probability = 1, .slowdown = 4};
  const CostModel cost_model = model_of(compute);
  const Exchange exchange = exchange_of({{.upload = sparse_message(50)}});

  EXPECT_NEAR(cost_model(exchange, 1000, 1).workers[0].compute.value, 4 * (12.5e6 + 1e7 + 1e7),
              1e-3);
}

TEST(CostModel, JitterDiffersBetweenIterationsAndKeepsTheMean) {
  ComputeConfig compute;
  compute.jitter = 0.5;
  const CostModel cost_model = model_of(compute);
  const Exchange work = exchange_of(std::vector<Part>(10));
  double sum = 0.0;
  for (int t = 1; t <= 2000; ++t) {
    for (const WorkerLoad& load : cost_model(work, 1, t).workers) sum += load.compute.value;
  }

  EXPECT_NE(cost_model(work, 1, 1).workers, cost_model(work, 1, 2).workers);
  EXPECT_EQ(cost_model(work, 1, 1), cost_model(work, 1, 1));
  const double mean = sum / 20'000;
  EXPECT_NEAR(mean / (0.0125 * 1e9), 1.0, 0.02);  // five standard errors of 20,000 draws
}

TEST(CostModel, SpreadIsAWorkersOwnForGood) {
  ComputeConfig compute;
  compute.spread = 0.5;
  const CostModel cost_model = model_of(compute);
  const Exchange work = exchange_of(std::vector<Part>(3));

  EXPECT_EQ(cost_model(work, 1, 1), cost_model(work, 1, 2));
  EXPECT_NE(cost_model(work, 1, 1).workers[0], cost_model(work, 1, 1).workers[1]);
}

TEST(CostModel, AWorkerThatLacksTheModelHasADownloadOfItsOwn) {
  Exchange exchange = exchange_of(std::vector<Part>(2));
  exchange.downloads.push_back(exchange.downloads.front());
  exchange.downloads.front() = testing_support::dense_message(10);
  exchange.parts[1].download = 1;
  const IterationLoad load = model_of({})(exchange, 1000, 1);

  EXPECT_TRUE(downloads_differ(load));
  EXPECT_EQ(download_of(load, 0), Bytes{40});
  EXPECT_EQ(download_of(load, 1), Bytes{4000});
}

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

TEST(CostModel, ChargesTheArithmeticOfLocalSteps) {
  const CostModel model({.compute = {.seconds_per_gradient = Seconds{1.0},
                                     .reference_speed = FlopsPerSecond{1.0},
                                     .adding_seconds_per_value = Seconds{0},
                                     .local_step_seconds_per_entry = Seconds{1e-3}},
                         .wire = {},
                         .encodings = {"values=float16"},
                         .skip_flag = {}});
  Exchange exchange = one_upload(32);
  EXPECT_DOUBLE_EQ(model(exchange, d, 1).workers[0].compute.value, 1.0) << "no local step";
  exchange.parts[0].gradients = 5;
  EXPECT_DOUBLE_EQ(model(exchange, d, 1).workers[0].compute.value, 5 * (1.0 + 1.0));
}

TEST(CostModel, AShorterFormatMakesAShorterUploadAndLeavesTheModel) {
  const IterationLoad load = load_of(9, true);
  EXPECT_EQ(load.workers[0].upload, Bytes{9 * d / 8});
  EXPECT_EQ(load.model, Bytes{4 * d});
}

// Without a server

CostModel without_server(const ComputeConfig& compute, bool sends_dense = false) {
  return CostModel({.compute = compute,
                    .wire = {.header_bytes = 8},
                    .encodings = some_encodings(),
                    .skip_flag = {1},
                    .has_server = false,
                    .sends_dense = sends_dense});
}

TEST(CostModelWithoutServer, HasBlocksWhereUploadsCannotBeAdded) {
  const IterationLoad load = without_server(with_coding())(
      exchange_of({{.skipped = true}, {.upload = sparse_message(50)}}), 1000, 1);

  EXPECT_FALSE(load.summed);
  EXPECT_EQ(load.model, Bytes{});
  EXPECT_EQ(load.header, Bytes{8});
  EXPECT_EQ(load.workers[0].upload, Bytes{8 + 1});
  EXPECT_EQ(load.workers[1].upload, Bytes{8 + 400});
  EXPECT_NEAR(load.server.value, 1e9 * 3e-4 * 50, 1e-3);  // at every worker
}

TEST(CostModelWithoutServer, AddsDenseUploadsOnTheWay) {
  ComputeConfig compute = with_coding();
  compute.adding_seconds_per_value = {4e-6};
  Exchange exchange = exchange_of({{.gradients = 3, .upload = testing_support::dense_message(1000)},
                                   {.upload = testing_support::dense_message(1000)}});
  exchange.summable = true;
  const IterationLoad load = without_server(compute)(exchange, 1000, 1);

  ASSERT_TRUE(load.summed);
  EXPECT_EQ(load.summed->entries, 1000);
  EXPECT_EQ(load.summed->size, Bits{32'000});
  EXPECT_NEAR(load.summed->per_added_entry.value, 4e3, 1e-9);
  EXPECT_EQ(load.server, Flops{});
  // The backward pass of the last of the gradients.
  EXPECT_NEAR(load.workers[0].backward.value, backward_share * 12.5e6, 1e-3);
  EXPECT_NEAR(load.workers[0].compute.value, 3 * 12.5e6, 1e-3);
}

TEST(CostModelWithoutServer, DecidesByTheMethodWhereAllSkip) {
  Exchange exchange = exchange_of({{.skipped = true}, {.skipped = true}});
  exchange.summable = true;

  EXPECT_FALSE(without_server({})(exchange, 1000, 1).summed);
  const IterationLoad dense = without_server({}, true)(exchange, 1000, 1);
  ASSERT_TRUE(dense.summed);
  EXPECT_EQ(dense.summed->entries, 1000);
  EXPECT_EQ(dense.summed->size, Bits{32'000});
}

}  // namespace
}  // namespace gradwire::cost::cost_model_test
