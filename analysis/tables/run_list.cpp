#include "analysis/results/methods.hpp"
#include "analysis/tables/tables.hpp"

namespace gradwire::analysis {

Table run_list(const Results& results) {
  Table table{.slug = "runs",
              .title = "Runs",
              .columns = {{"Run", {"id"}, false},
                          {"Method", {"method"}, false},
                          {"Seed", {"seed"}},
                          {"Status", {"status"}, false},
                          {"Iterations", {"iterations"}},
                          {"Rounds", {"rounds"}},
                          {"Rounds to baseline", {"baseline_rounds"}},
                          {"Simulated time (s)", {"simulated_seconds"}},
                          {"Test accuracy", {"final_test_accuracy"}}}};
  for (const Run& run : results.runs) {
    table.rows.push_back({text_cell(run.id), text_cell(display_name(run.algorithm())),
                          text_cell(std::string(run.seed())),
                          text_cell(std::string(run.text("status"))),
                          number_cell(run.number("iterations"), Format::whole),
                          number_cell(run.number("rounds"), Format::whole),
                          number_cell(run.number("baseline.rounds"), Format::whole),
                          number_cell(run.number("simulated_seconds"), Format::seconds),
                          number_cell(run.number("final.test_accuracy"), Format::fraction)});
  }
  return table;
}

}  // namespace gradwire::analysis
