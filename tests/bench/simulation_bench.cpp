// gradwire_bench_simulation WORKERS ITERATIONS [UPLINK [JITTER [PLATFORM]]]: prints the processor
// seconds per iteration without learning and without cached timings: the cost of SimGrid and the
// actors. The first iteration, which touches all memory, counts only if it is the only one.
// PLATFORM is a file with the hosts server, worker-0, worker-1, ...; a star if it is "-" or absent.

#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "sim/protocols/parameter_server/parameter_server.hpp"
#include "tests/support/iteration.hpp"

namespace gradwire {
namespace {

class FixedWork : public IterationSource {
 public:
  explicit FixedWork(int workers) {
    const Part part{.upload = testing_support::sparse_message(4071)};
    work_ = testing_support::one_exchange(
        407'050, std::vector<Part>(static_cast<std::size_t>(workers), part));
  }
  [[nodiscard]] const EncodingNames& encodings() const override { return encodings_; }
  const IterationWork& next(const Dropped& /*absent*/) override { return work_; }
  void finish(const Dropped& /*missed*/) override {}

 private:
  IterationWork work_;
  EncodingNames encodings_ = testing_support::some_encodings();
};

struct Case {
  int workers;
  std::int64_t iterations;
  protocols::Reception uplink = protocols::Reception::sequential;
  double jitter = 0;
  std::string platform = "-";
};

network::PlatformConfig platform_of(const Case& c) {
  if (c.platform == "-") return {};
  network::PlatformConfig config{
      .kind = network::PlatformKind::file, .path = c.platform, .server = "server"};
  for (int m = 0; m < c.workers; ++m) config.workers.push_back("worker-" + std::to_string(m));
  return config;
}

double seconds_an_iteration(const Case& c) {
  FixedWork idle(c.workers);
  network::Simulation simulation({}, static_cast<std::size_t>(c.workers));
  const auto platform = build_platform(simulation, platform_of(c), c.workers);
  cost::ComputeConfig compute;
  if (c.jitter > 0) compute.jitter = c.jitter;
  const protocols::ParameterServer server{
      .protocol = {.uplink = c.uplink},
      .cost_model = cost::CostModel(
          {.compute = compute, .wire = {}, .encodings = idle.encodings(), .skip_flag = {1}}),
      .use_cache = false};
  const std::clock_t begin = std::clock();
  double first = 0, last = 0;
  server.run(simulation, platform, idle, [&](const IterationRecord& record) {
    last = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    if (record.iteration == 1) first = last;
    return record.iteration < c.iterations;
  });
  return c.iterations == 1 ? first : (last - first) / static_cast<double>(c.iterations - 1);
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) {
  if (argc < 3 || argc > 6) return 2;
  gradwire::Case c{.workers = std::stoi(argv[1]), .iterations = std::stoll(argv[2])};
  if (argc > 3) {
    c.uplink = gradwire::value_named<gradwire::protocols::Reception>(
        argv[3], gradwire::protocols::reception_choices);
  }
  if (argc > 4) c.jitter = std::stod(argv[4]);
  if (argc > 5) c.platform = argv[5];
  std::cout << gradwire::seconds_an_iteration(c) << '\n';
  return 0;
}
