// gradwire_bench_simulation WORKERS ITERATIONS: prints the seconds that an iteration takes in which
// nobody learns: what is left is SimGrid and the actors.

#include <iostream>
#include <string>

#include "sim/actors/parameter_server.hpp"
#include "sim/core/stopwatch.hpp"

namespace gradwire {
namespace {

class Idle : public actors::Iterations {
 public:
  explicit Idle(actors::TaskPool& pool) : pool_(pool) {}
  Bytes begin() override { return {1'628'200}; }
  [[nodiscard]] actors::GradientCount gradients(int) const override { return {}; }
  actors::TaskPool::Pending<actors::Upload> start(int) override {
    return pool_.start(
        [] { return actors::Upload{.message = algorithms::Skip{}, .wire = {32'568}}; });
  }
  void finish(std::vector<actors::Upload>) override {}

 private:
  actors::TaskPool& pool_;
};

double seconds_an_iteration(int workers, std::int64_t iterations) {
  actors::TaskPool pool(1);
  Idle idle(pool);
  network::Simulation simulation({});
  const auto platform = build_platform(simulation, {}, workers);
  const Stopwatch watch;
  actors::run_parameter_server(
      simulation, platform, {}, {}, idle,
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
