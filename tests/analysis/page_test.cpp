#include "analysis/page/page.hpp"

#include <gmock/gmock.h>

#include "analysis/report.hpp"
#include "tests/analysis/support.hpp"

namespace gradwire::analysis::page_test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Base64, IsThatOfTheStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xff\xff"), "////");
}

TEST(RepeatCommand, IsQuotedForTheShell) {
  analysis::Run run = sample_run("sgd", 1, 10);
  run.folder = "results/x/runs/sgd-1";
  EXPECT_EQ(repeat_command(run), "gradwire run results/x/runs/sgd-1/scenario.json");
  run.folder = "it's here";
  EXPECT_EQ(repeat_command(run), "gradwire run 'it'\\''s here/scenario.json'");
}

std::string page_of(const Results& results, const std::filesystem::path& vega) {
  for (const ReportFile& file : make_report(results, {.vega = vega}).files) {
    if (file.path == "report.html") return file.content;
  }
  return "";
}

TEST(Page, HoldsHostileNamesAsText) {
  Results results = results_of(
      {sample_run("sgd", 1, 10, {{"dataset", {{"name", "</script><script>alert(1)//<!--"}}}})});
  results.names = {"<img src=x onerror=alert(2)>"};
  results.descriptions = {"<b>&\"'"};
  results.notes = {"<i>note"};

  const std::string html = page_of(results, "/nowhere");

  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(html, Not(HasSubstr("<i>note")));
  EXPECT_THAT(html, HasSubstr("\\u003c/script>\\u003cscript>alert(1)"));
  EXPECT_THAT(html, HasSubstr("<p>&lt;b&gt;&amp;&quot;&#39;</p>"));
}

TEST(Page, NeedsNoOtherFile) {
  const std::string html = page_of(results_of({sample_run("sgd", 1, 10)}), "/nowhere");

  EXPECT_THAT(html, Not(HasSubstr("<!--gradwire:")));
  EXPECT_THAT(html, Not(testing::ContainsRegex("(src|href)=\"(https?:|//|[a-z]+/)")));
  EXPECT_THAT(html, HasSubstr("vega-util.min.js is missing (Debian package libjs-vega)"));
}

class VegaFiles : public WithFolder {};

TEST_F(VegaFiles, CannotEndTheirScript) {
  for (const char* name :
       {"util", "time", "format", "loader", "dataflow", "statistics", "scale", "canvas",
        "scenegraph", "expression", "selection", "functions", "runtime", "event-selector", "parser",
        "transforms", "view-transforms", "encode", "view"}) {
    write(std::string("vega-") + name + ".min.js", "x='</script>'\n//# sourceMappingURL=x.map");
  }

  const Vega vega = read_vega(folder_);

  EXPECT_EQ(vega.missing, "");
  EXPECT_THAT(vega.scripts, HasSubstr("x='<\\/script>'"));
  EXPECT_THAT(vega.scripts, Not(HasSubstr("sourceMappingURL")));
}

}  // namespace
}  // namespace gradwire::analysis::page_test
