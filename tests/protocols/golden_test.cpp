// Golden iterations of a small SASG run. The problem is quadratic, so no BLAS is involved and the
// numbers are the same on every machine. To record them again (state the reason in the commit):
// GRADWIRE_RECORD_GOLDEN=1 ctest -R Golden

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "sim/algorithms/send_rules/lazy.hpp"
#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "sim/training/synchronous_trainer.hpp"
#include "tests/support/quadratic.hpp"

namespace gradwire::protocols::golden_test {
namespace {

std::string recorded_lines() {
  testing_support::Quadratic problem(4, testing_support::two_tensors(100), 3, 0.1);
  training::TaskPool pool(1);
  algorithms::AlgorithmConfig sasg{.name = "sasg"};
  sasg.set(algorithms::density_parameter, 0.1).set(algorithms::max_delay_parameter, 4);
  training::SynchronousTrainer learner(
      {.algorithm = sasg,
       .workers = 4,
       .gamma = [](std::int64_t) { return algorithms::StepSize::same(0.05); }},
      problem, pool);
  network::Simulation simulation({});
  const auto platform = build_platform(simulation, {.uplink = BytesPerSecond{1e6}}, 4);
  std::string lines = "iteration,simulated_seconds,rounds,skipped,uplink_wire_bytes,squared_step\n";
  const ParameterServer parameter_server{
      .protocol = {},
      .cost_model = cost::CostModel({.compute = {.decoding_seconds_per_value = Seconds{4e-10}},
                                     .wire = {.index = algorithms::IndexCoding::golomb},
                                     .encodings = learner.encodings(),
                                     .skip_flag = {1}})};
  parameter_server.run(simulation, platform, learner, [&](const IterationRecord& record) {
    lines += fmt::format("{},{:.9f},{},{},{},{}\n", record.iteration, record.finished.value,
                         record.communication.rounds, record.communication.skipped,
                         record.communication.uplink_wire.value, learner.model()->squared_step);
    return record.iteration < 40;
  });
  return lines;
}

TEST(Golden, Star4SasgMatchesRecordedRounds) {
  const std::string path = std::string(GRADWIRE_GOLDEN) + "/star4_sasg.csv";
  const std::string lines = recorded_lines();
  if (std::getenv("GRADWIRE_RECORD_GOLDEN") != nullptr) std::ofstream(path) << lines;

  std::ifstream file(path);
  std::stringstream recorded;
  recorded << file.rdbuf();
  EXPECT_EQ(lines, recorded.str());
}

}  // namespace
}  // namespace gradwire::protocols::golden_test
