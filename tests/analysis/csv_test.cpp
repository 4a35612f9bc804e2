#include "analysis/results/csv.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/error.hpp"

namespace gradwire::analysis::csv_test {
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

std::vector<std::string> cells_of(Csv& csv) {
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < csv.header().size(); ++i) cells.emplace_back(csv.cell(i));
  return cells;
}

/// The header and all rows, as cells.
std::vector<std::vector<std::string>> table_of(const std::string& text) {
  Csv csv(text, "x.csv");
  std::vector<std::vector<std::string>> rows{csv.header()};
  while (csv.next()) rows.push_back(cells_of(csv));
  return rows;
}

std::string utf16(const std::string& ascii, bool big_endian) {
  std::string text = big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char c : ascii) {
    if (big_endian) text += '\0';
    text += c;
    if (!big_endian) text += '\0';
  }
  return text;
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  const std::vector<std::vector<std::string>> same{{"id", "rounds"}, {"a", "1.5"}, {"b", "-2"}};

  EXPECT_EQ(table_of("id;rounds\r\na;1,5\r\nb;-2\r\n"), same);
  EXPECT_EQ(table_of("id\trounds\na\t1,5\nb\t\"-2\"\n"), same);
  EXPECT_EQ(table_of("sep=;\r\nid;rounds\r\na;\"1,5\"\r\nb;-2"), same);
  EXPECT_EQ(table_of("\xef\xbb\xbfsep=,\nid,rounds\na,1.5\nb,-2\n"), same);
  EXPECT_EQ(table_of(utf16("id\trounds\r\na\t1.5\r\nb\t-2\r\n", false)), same);
  EXPECT_EQ(table_of(utf16("id,rounds\na,1.5\nb,-2\n", true)), same);
  EXPECT_EQ(table_of("id,rounds\ra,1.5\rb,-2\r"), same);  // line ends of the classic Mac OS
  EXPECT_EQ(table_of("id,rounds,,\n,,,\na,1.5,,\nb,-2,,\n,,,\n,\n"), same);
  EXPECT_EQ(table_of("\n id , rounds\n a, 1.5 \nb,-2\n"), same);
}

TEST(Csv, TakesACommaForADecimalOneOnlyWhereItSeparatesNothing) {
  EXPECT_EQ(table_of("a;b;c\n1,2;[1,2];1,2,3\n")[1],
            (std::vector<std::string>{"1.2", "[1,2]", "1,2,3"}));
  EXPECT_EQ(table_of("a,b\n\"1,2\",3\n")[1], (std::vector<std::string>{"1,2", "3"}));
}

TEST(Csv, ReadsLinesThatAreNotUtf8AsWindows1252AndNamesThem) {
  Csv csv(
      "id,name\n1,s\xe9"
      "d\n2,s\xc3\xa9"
      "d\n3,\x80\n",
      "x.csv");

  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.cell(1),
            "s\xc3\xa9"
            "d");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.cell(1),
            "s\xc3\xa9"
            "d");
  ASSERT_TRUE(csv.next());
  EXPECT_EQ(csv.cell(1), "\xe2\x82\xac");  // the euro sign
  EXPECT_EQ(csv.note_on_encoding(),
            "x.csv: lines 2, 4 are not UTF-8; read as Windows-1252 (Latin-1)");
  EXPECT_EQ(Csv("a\n1\n", "x.csv").note_on_encoding(), "");
}

TEST(Csv, ContinuesBehindARowThatIsWrong) {
  Csv csv("a,b\n1\n\"2\"x,3\n4,5\n", "x.csv");

  EXPECT_THROW((void)csv.next(), InputError);
  EXPECT_THROW((void)csv.next(), InputError);
  ASSERT_TRUE(csv.next());
  EXPECT_THAT(cells_of(csv), testing::ElementsAre("4", "5"));
  EXPECT_EQ(csv.place(), "x.csv: line 4");
  EXPECT_FALSE(csv.next());
}

TEST(Number, IsReadFromTheLeastDoubleToTheLargest) {
  EXPECT_EQ(number_in("5e-324"), 5e-324);
  EXPECT_EQ(number_in("1e-310"), 1e-310);
  EXPECT_EQ(number_in("1.7976931348623157e308"), 1.7976931348623157e308);
  EXPECT_EQ(number_in("+3"), 3.0);
  EXPECT_EQ(number_in("1e-400"), 0.0);
  EXPECT_EQ(number_in("-0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(number_in("1e400"), std::nullopt);
  EXPECT_EQ(number_in(std::string(400, '9')), std::nullopt);
  for (const char* text : {"", "-", "+", "+-1", "e5", "1e", "0x1", "1 ", "1,5"}) {
    EXPECT_EQ(number_in(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gradwire::analysis::csv_test
