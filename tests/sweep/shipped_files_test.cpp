// Files under experiments/ that the program generates or must accept.

#include <gmock/gmock.h>

#include "sim/results/columns.hpp"
#include "sim/scenario/json/json_file.hpp"
#include "sim/scenario/settings/reference.hpp"
#include "sim/scenario/settings/schema.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::sweep::shipped_files_test {
namespace {

using namespace testing_support;

const std::filesystem::path experiments =
    std::filesystem::path(GRADWIRE_SOURCE_DIR) / "experiments";

// gradwire schema > experiments/schema.json
TEST(ShippedFiles, SchemaIsTheProgramsOwn) {
  EXPECT_EQ(scenario::read_text_file(experiments / "schema.json"),
            scenario::experiment_schema().dump(2) + "\n");
}

// gradwire schema --markdown, between the marks
TEST(ShippedFiles, ReferenceIsTheProgramsOwn) {
  EXPECT_THAT(scenario::read_text_file(experiments / "README.md"),
              testing::HasSubstr("<!-- settings: begin -->\n" + scenario::settings_reference() +
                                 "<!-- settings: end -->"));
}

// gradwire schema --results --markdown, between the marks
TEST(ShippedFiles, ReferenceOfResultsIsTheProgramsOwn) {
  EXPECT_THAT(scenario::read_text_file(experiments / "README.md"),
              testing::HasSubstr("<!-- results: begin -->\n" + results::columns_reference() +
                                 "<!-- results: end -->"));
}

// gradwire schema --results > analysis/results/columns.json
TEST(ShippedFiles, ListOfColumnsThatTheReportReadsIsTheProgramsOwn) {
  const auto file =
      std::filesystem::path(GRADWIRE_SOURCE_DIR) / "analysis" / "results" / "columns.json";
  EXPECT_EQ(scenario::read_text_file(file), results::columns_json().dump(2) + "\n");
}

TEST(ShippedFiles, ExperimentsAreValid) {
  for (const auto& entry : std::filesystem::directory_iterator(experiments)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "schema.json") continue;
    EXPECT_EQ(error_text([&] { check_experiment(entry.path()); }), "");
  }
}

TEST(ShippedFiles, Table2HasFourAlgorithmsAndFiveSeeds) {
  EXPECT_EQ(plan_experiment(experiments / "table2-mnist.json").runs.size(), 20U);
}

}  // namespace
}  // namespace gradwire::sweep::shipped_files_test
