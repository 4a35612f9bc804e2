// Files under experiments/ that the program writes, or must accept.

#include <gmock/gmock.h>

#include "sim/experiment/json_file.hpp"
#include "sim/experiment/reference.hpp"
#include "sim/experiment/schema.hpp"
#include "tests/experiment/support.hpp"

namespace gradwire::experiment {
namespace {

const std::filesystem::path experiments =
    std::filesystem::path(GRADWIRE_SOURCE_DIR) / "experiments";

// gradwire schema > experiments/schema.json
TEST(ShippedFiles, SchemaIsTheProgramsOwn) {
  EXPECT_EQ(read_text_file(experiments / "schema.json"), experiment_schema().dump(2) + "\n");
}

// gradwire schema --markdown, between the marks
TEST(ShippedFiles, ReferenceIsTheProgramsOwn) {
  EXPECT_THAT(read_text_file(experiments / "README.md"),
              testing::HasSubstr("<!-- settings: begin -->\n" + settings_reference() +
                                 "<!-- settings: end -->"));
}

TEST(ShippedFiles, ExperimentsAreValid) {
  for (const auto& entry : std::filesystem::directory_iterator(experiments)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "schema.json") continue;
    EXPECT_EQ(complaint([&] { check_experiment(entry.path()); }), "");
  }
}

TEST(ShippedFiles, Table2HasFourAlgorithmsAndFiveSeeds) {
  EXPECT_EQ(plan_experiment(experiments / "table2-mnist.json").runs.size(), 20U);
}

}  // namespace
}  // namespace gradwire::experiment
