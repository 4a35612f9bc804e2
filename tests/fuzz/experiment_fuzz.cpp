// Target: an experiment file as `gradwire validate` reads it, with its JSON, settings and the
// sweep's runs. Skips inputs that name other files, and sweeps of many runs, which only take time.

#include "sim/scenario/json/json_file.hpp"
#include "sim/sweep/document.hpp"
#include "sim/sweep/experiment_file.hpp"
#include "sim/sweep/sweep.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr std::size_t most_runs = 4;

bool names_files(std::string_view text) {
  return text.find("file") != text.npos || text.find("path") != text.npos ||
         text.find("folder") != text.npos;
}

bool is_small(const std::filesystem::path& file) {
  const auto document = gradwire::sweep::read_document(file, {});
  return gradwire::sweep::product_of(gradwire::sweep::read_sweep(document)) <= most_runs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradwire;
  const std::string_view text = fuzz::text_of(data, size);
  if (names_files(text)) return 0;
  const std::filesystem::path file = fuzz::scratch("x.json");
  fuzz::write(file, text);
  fuzz::expect_refusal_or_success([&] {
    if (is_small(file)) sweep::check_experiment(file);
  });
  return 0;
}
