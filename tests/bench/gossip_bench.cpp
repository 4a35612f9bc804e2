// gradwire_bench_gossip NODES ITERATIONS [JITTER [CACHE]]: prints the processor seconds and the
// peak memory (MB) of gossip on a torus of about NODES nodes, on the default star, without
// learning. CACHE: 1 (as in runs) or 0 (every iteration is simulated).

#include <sys/resource.h>

#include <cmath>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "sim/protocols/gossip/gossip.hpp"
#include "tests/support/edges.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire {
namespace {

class FixedEdges : public IterationSource {
 public:
  FixedEdges(int rows, int columns, std::int64_t iterations, std::int64_t values)
      : left_(iterations) {
    const auto nodes = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    work_ = testing_support::one_exchange(407'050, std::vector<Part>(nodes));
    for (const auto& [from, to] : testing_support::torus_edges(rows, columns)) {
      work_.exchanges.front().edges.push_back(
          {.from = from, .to = to, .sent = testing_support::sparse_message(values)});
    }
  }
  [[nodiscard]] const EncodingNames& encodings() const override { return encodings_; }
  const IterationWork& next(const Dropped& /*absent*/) override { return work_; }
  void finish(const Dropped& /*missed*/) override { --left_; }
  [[nodiscard]] bool ended() const override { return left_ == 0; }

 private:
  IterationWork work_;
  std::int64_t left_;
  EncodingNames encodings_ = testing_support::some_encodings();
};

struct Case {
  int nodes;
  std::int64_t iterations;
  double jitter = 0;
  bool use_cache = true;
  std::int64_t values = 4071;
};

void run(const Case& c) {
  const int rows = std::max(3, static_cast<int>(std::sqrt(c.nodes)));
  const int columns = std::max(3, c.nodes / rows);
  FixedEdges source(rows, columns, c.iterations, c.values);
  network::Simulation simulation({}, static_cast<std::size_t>(rows * columns));
  const auto platform = build_platform(simulation, {}, rows * columns);
  cost::ComputeConfig compute;
  if (c.jitter > 0) compute.jitter = c.jitter;
  const protocols::Gossip gossip{
      .cost_model = cost::CostModel(
          {.compute = compute, .wire = {}, .encodings = source.encodings(), .skip_flag = {1}}),
      .use_cache = c.use_cache};
  const std::clock_t begin = std::clock();
  Seconds end;
  gossip.run(simulation, platform, source, [&](const IterationRecord& record) {
    end = record.finished;
    return record.iteration < c.iterations;
  });
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  constexpr long kb_a_mb = 1000;
  std::cout << rows << " x " << columns
            << " nodes: " << static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC << " s, "
            << usage.ru_maxrss / kb_a_mb << " MB, simulated seconds " << end.value << '\n';
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) {
  if (argc < 3 || argc > 6) return 2;
  gradwire::Case c{.nodes = std::stoi(argv[1]), .iterations = std::stoll(argv[2])};
  if (argc > 3) c.jitter = std::stod(argv[3]);
  if (argc > 4) c.use_cache = std::stoi(argv[4]) != 0;
  if (argc > 5) c.values = std::stoll(argv[5]);
  gradwire::run(c);
  return 0;
}
