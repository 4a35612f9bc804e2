// Iterations in which some workers, or none, take part.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "tests/protocols/reception.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire::protocols::participation_test {
namespace {

using testing_support::dense_message;
using testing_support::one_exchange;

constexpr std::size_t workers = 4;
constexpr std::int64_t d = 1000;
constexpr double upload_seconds = 50e-6 + 4000 / 125e6;  // as a model's
constexpr double server_seconds = 0.25;

/// Which workers take part in each iteration: all, some, none. Some repeat, so that their timings
/// come from memory.
const std::vector<std::vector<bool>> choices{
    {true, true, true, true},     {true, false, true, false},   {false, false, false, false},
    {false, false, false, true},  {false, false, false, false}, {true, false, true, false},
    {false, false, false, false}, {true, true, true, true},     {true, true, true, true}};

/// Dense uploads of the chosen workers.
class Chosen final : public IterationSource {
 public:
  [[nodiscard]] const EncodingNames& encodings() const override { return names_; }
  const IterationWork& next(const Dropped& /*absent*/) override {
    std::vector<Part> parts;
    for (const bool takes_part : choices.at(t_++)) {
      parts.push_back(takes_part ? Part{.upload = dense_message(d)}
                                 : Part{.gradients = 0, .takes_part = false});
    }
    return work_ = one_exchange(d, std::move(parts));
  }
  using IterationSource::next;
  void finish(const Dropped& dropped) override { EXPECT_TRUE(dropped.empty()); }
  using IterationSource::finish;

 private:
  EncodingNames names_ = testing_support::some_encodings();
  IterationWork work_;
  std::size_t t_ = 0;
};

struct Variant {
  std::string name;
  ProtocolConfig protocol;
  bool use_cache = true;
};

class Participation : public testing::TestWithParam<std::tuple<Variant, Reception>> {};

TEST_P(Participation, OfSomeWorkersOrNoneIsWhatIsCharged) {
  auto [variant, reception] = GetParam();
  variant.protocol.uplink = reception;
  network::Simulation simulation({});
  const network::Platform platform = build_platform(simulation, {}, workers);
  cost::ComputeConfig compute;
  compute.server_seconds_per_iteration = {server_seconds};
  const ParameterServer server{
      .protocol = variant.protocol,
      .cost_model = cost::CostModel({.compute = compute,
                                     .wire = {},
                                     .encodings = testing_support::some_encodings(),
                                     .skip_flag = {1}}),
      .use_cache = variant.use_cache};
  Chosen iterations;
  const bool is_free = variant.protocol.broadcast == BroadcastKind::none;
  const double download_seconds = is_free ? 0.0 : upload_seconds;
  Communication sum;
  const cost::ByteLedger ledger =
      server.run(simulation, platform, iterations, [&](const IterationRecord& record) {
        const auto t = static_cast<std::size_t>(record.iteration);
        const auto& chosen = choices[t - 1];
        const std::int64_t count = std::ranges::count(chosen, true);
        const Communication& sent = record.communication;
        EXPECT_EQ(sent.rounds, count) << t;
        EXPECT_EQ(sent.skipped, 0) << t;
        EXPECT_EQ(sent.uplink_payload, Bits{count * 32 * d}) << t;
        EXPECT_EQ(sent.uplink_wire, Bytes{count * 4 * d}) << t;
        EXPECT_EQ(sent.downlink_wire, Bytes{is_free ? 0 : count * 4 * d}) << t;
        const auto uploads = static_cast<double>(count);
        const double up = reception == Reception::sequential ? uploads * upload_seconds
                          : count > 0                        ? upload_seconds
                                                             : 0.0;
        const double work =
            count > 0 ? download_seconds + compute.seconds_per_gradient.value + up : 0.0;
        EXPECT_NEAR(record.duration.value, work + server_seconds, 1e-9) << t;
        EXPECT_NEAR(record.busy.uplink.value, up, 1e-9) << t;
        for (std::size_t m = 0; m < workers; ++m) {
          const WorkerTimes& times = record.exchanges.front().times[m];
          EXPECT_EQ(times.upload, Bytes{chosen[m] ? 4 * d : 0}) << t;
          EXPECT_EQ(times.compute.end > Seconds{0}, chosen[m]) << t;
          EXPECT_FALSE(times.dropped) << t;
        }
        sum += sent;
        return t < choices.size();
      });
  EXPECT_EQ(ledger.uplink, sum.uplink_wire);
  EXPECT_EQ(ledger.downlink, sum.downlink_wire);
  EXPECT_EQ(ledger.carried, sum.uplink_wire + sum.downlink_wire);
}

INSTANTIATE_TEST_SUITE_P(
    Protocols, Participation,
    testing::Combine(testing::Values(Variant{.name = "cached", .protocol = {}},
                                     Variant{
                                         .name = "simulated", .protocol = {}, .use_cache = false},
                                     Variant{.name = "free_broadcast",
                                             .protocol = {.broadcast = BroadcastKind::none}},
                                     Variant{.name = "free_broadcast_simulated",
                                             .protocol = {.broadcast = BroadcastKind::none},
                                             .use_cache = false},
                                     Variant{.name = "waiting_server",
                                             .protocol = {.on_failure = OnFailure::wait}}),
                     every_reception()),
    [](const auto& test) {
      return std::get<0>(test.param).name + "_" + testing::PrintToString(std::get<1>(test.param));
    });

TEST(CostModel, AnExchangeWithoutWorkersHasNoMessages) {
  const cost::CostModel cost_model({.compute = {},
                                    .wire = {.header_bytes = 20},
                                    .encodings = testing_support::some_encodings(),
                                    .skip_flag = {1}});
  const std::vector<Part> nobody(3, Part{.gradients = 0, .takes_part = false});
  const cost::IterationLoad load = cost_model(one_exchange(d, nobody).exchanges.front(), d, 1);

  EXPECT_EQ(load.model, Bytes{0});
  for (const cost::WorkerLoad& worker : load.workers) {
    EXPECT_EQ(worker, cost::WorkerLoad(
                          {.takes_part = false, .compute = {}, .auxiliary = {}, .upload = {}}));
  }
}

}  // namespace
}  // namespace gradwire::protocols::participation_test
