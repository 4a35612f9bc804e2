// gradwire_bench_simulation WORKERS ITERATIONS: prints the seconds that an iteration takes in which
// nobody learns and nothing is remembered: what is left is SimGrid and the actors.

#include <iostream>
#include <string>
#include <vector>

#include "sim/actors/parameter_server.hpp"
#include "sim/core/stopwatch.hpp"

namespace gradwire {
namespace {

class Idle : public actors::Iterations {
 public:
  explicit Idle(int workers) {
    const WorkerWork worker{.values = 4071, .payload = {130'272}, .encoded = {260'544}};
    work_.model = {1'628'200};
    work_.workers.assign(static_cast<std::size_t>(workers), worker);
  }
  const IterationWork& next(const Missed& /*absent*/) override { return work_; }
  void finish(const Missed& /*missed*/) override {}

 private:
  IterationWork work_;
};

double seconds_an_iteration(int workers, std::int64_t iterations) {
  Idle idle(workers);
  network::Simulation simulation({});
  const auto platform = build_platform(simulation, {}, workers);
  const actors::ParameterServer server{
      .protocol = {},
      .weighing = actors::Weighing({.compute = {}, .wire = {.index = "none"}, .skip_flag = {1}}),
      .remembers = false};
  const Stopwatch watch;
  server.run(simulation, platform, idle,
             [&](const IterationRecord& record) { return record.iteration < iterations; });
  return watch.elapsed().value / static_cast<double>(iterations);
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::cout << gradwire::seconds_an_iteration(std::stoi(argv[1]), std::stoll(argv[2])) << '\n';
  return 0;
}
