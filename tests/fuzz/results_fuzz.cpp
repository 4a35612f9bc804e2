// Target: a results folder in which one file is made up; the first byte selects the file.

#include <array>
#include <set>
#include <string>

#include "analysis/results/load.hpp"
#include "analysis/results/metrics.hpp"
#include "analysis/results/timeline.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace gradwire {
namespace {

struct File {
  const char* name;
  const char* content;  ///< valid content; null if the file is not needed
};

constexpr std::array<File, 7> files{{
    {"runs/x/metrics.csv", "iteration\n1\n"},
    {"runs.csv", nullptr},
    {"crossovers.csv", nullptr},
    {"runs/x/timeline.json", nullptr},
    {"runs/x/summary.json", R"({"status": "finished"})"},
    {"runs/x/scenario.json", R"({"workers": 1})"},
    {"experiment.json", nullptr},
}};

std::filesystem::path path_of(const File& file) { return fuzz::scratch("results") / file.name; }

/// Writes all files with valid content, except the file `wrong`.
void prepare(std::size_t wrong, std::string_view bytes) {
  std::filesystem::create_directories(fuzz::scratch("results/runs/x"));
  static std::set<std::size_t> changed{0, 1, 2, 3, 4, 5, 6};
  for (const std::size_t i : changed) {
    if (files[i].content == nullptr) {
      std::filesystem::remove(path_of(files[i]));
    } else {
      fuzz::write(path_of(files[i]), files[i].content);
    }
  }
  changed = {wrong};
  fuzz::write(path_of(files[wrong]), bytes);
}

}  // namespace
}  // namespace gradwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradwire;
  if (size == 0) return 0;
  const std::size_t wrong = data[0] % files.size();
  prepare(wrong, fuzz::text_of(data + 1, size - 1));
  fuzz::expect_refusal_or_success([&] {
    if (wrong == 0) {
      static_cast<void>(analysis::read_metrics(path_of(files[wrong])));
    } else if (wrong == 3) {
      static_cast<void>(analysis::read_timeline(path_of(files[wrong]), 8));
    } else {
      const analysis::Results results = analysis::load({fuzz::scratch("results")});
      for (const analysis::Run& run : results.runs) {
        for (const std::string& column : results.columns()) static_cast<void>(run.number(column));
      }
    }
  });
  return 0;
}
