#include "analysis/results/csv.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

std::string error_of(const std::string& text) {
  try {
    Csv csv(text, "x.csv");
    while (csv.next()) {
      for (std::size_t i = 0; i < csv.header().size(); ++i) (void)csv.number(i);
    }
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

TEST(Csv, ReadsQuotedCellsWithCommasQuotesAndLineEnds) {
  Csv csv("\xef\xbb\xbfname,\"a, b\"\r\n\"say \"\"hi\"\"\nthere\",2\r\n\r\nplain,3", "x.csv");

  EXPECT_THAT(csv.header(), testing::ElementsAre("name", "a, b"));
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.cell(0), "say \"hi\"\nthere");
  EXPECT_EQ(csv.number(1), 2.0);
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.cell(0), "plain");
  EXPECT_EQ(csv.place(), "x.csv: line 5");
  EXPECT_FALSE(csv.next());
}

TEST(Csv, TakesNanAndNothingForNan) {
  Csv csv("a,b,c\nnan,,inf\n", "x.csv");

  ASSERT_TRUE(csv.next());
  EXPECT_TRUE(std::isnan(csv.number(0)));
  EXPECT_TRUE(std::isnan(csv.number(1)));
  EXPECT_TRUE(std::isinf(csv.number(2)));
}

TEST(Csv, ErrorsNameFileAndLine) {
  EXPECT_EQ(error_of(""), "x.csv: is empty, must begin with a line of names");
  EXPECT_EQ(error_of("a,a\n"), "x.csv: two columns are named \"a\"");
  EXPECT_EQ(error_of("a,b\n1,2\n3\n"), "x.csv: line 3: has 1 cells, the header has 2");
  EXPECT_EQ(error_of("a,b\n1,x7\n"), "x.csv: line 2: column b must be a number, got \"x7\"");
  EXPECT_EQ(error_of("a\n\"1\n"), "x.csv: line 2: a quoted cell does not end");
  EXPECT_EQ(error_of("a\n\"1\"2\n"), "x.csv: line 2: a quote ends inside a cell");
}

}  // namespace
}  // namespace gradwire::analysis
