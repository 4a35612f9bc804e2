#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <sstream>
#include <vector>

#include "sim/sweep/progress_display.hpp"
#include "sim/sweep/progress_line.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::sweep::progress_test {
namespace {

using namespace testing_support;

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using Mode = ProgressDisplay::Mode;

/// A temporary file as the stream of a display.
class Screen {
 public:
  Screen() : file_(std::tmpfile()) {}
  ~Screen() { std::fclose(file_); }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  [[nodiscard]] std::FILE* stream() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::string result;
    std::rewind(file_);
    for (int c; (c = std::fgetc(file_)) != EOF;) result += static_cast<char>(c);
    return result;
  }

 private:
  std::FILE* file_;
};

constexpr results::Progress half{
    .iteration = 12, .iterations = 24, .rounds = 36, .test_accuracy = 0.5};

TEST(ProgressLine, ReadsBackAsItself) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (const std::optional<double> accuracy :
       {std::optional<double>(), std::optional(0.0), std::optional(1.0 / 3.0), std::optional(1.0),
        std::optional(-1.0), std::optional(inf), std::optional(-inf)}) {
    const results::Progress progress{
        .iteration = 7, .iterations = 123456789012, .rounds = 70, .test_accuracy = accuracy};

    const auto read = parse_progress(progress_line(progress));

    ASSERT_TRUE(read);
    EXPECT_EQ(read->iteration, 7);
    EXPECT_EQ(read->iterations, 123456789012);
    EXPECT_EQ(read->rounds, 70);
    EXPECT_EQ(read->test_accuracy, accuracy);
  }
}

TEST(ProgressLine, AnAccuracyThatIsNoNumberIsProgressToo) {
  for (const double nan : {std::nan(""), -std::nan("")}) {
    const auto read =
        parse_progress(progress_line({.iteration = 7, .iterations = 9, .test_accuracy = nan}));

    ASSERT_TRUE(read);
    EXPECT_EQ(read->iteration, 7);
    ASSERT_TRUE(read->test_accuracy);
    EXPECT_TRUE(std::isnan(*read->test_accuracy));
  }
}

TEST(ProgressLine, OtherLinesAreNoProgress) {
  for (const char* line :
       {"", "progress", "progress 1 2 3", "progress a b c d", "progress 1 2 3 0.5x",
        "progress 1 2 3 x", "[0.000000] [xbt/INFO] Configuration change", "regress 1 2 3 0.5"}) {
    EXPECT_FALSE(parse_progress(line)) << line;
  }
}

TEST(HumanSeconds, AreShort) {
  EXPECT_EQ(human_seconds(0.04), "0.0 s");
  EXPECT_EQ(human_seconds(9.4), "9.4 s");
  EXPECT_EQ(human_seconds(48), "48 s");
  EXPECT_EQ(human_seconds(59.6), "1 min 00 s");
  EXPECT_EQ(human_seconds(200), "3 min 20 s");
  EXPECT_EQ(human_seconds(7500), "2 h 05 min");
}

TEST(ProgressDisplay, PrintsPlainLinesWhereThereIsNoTerminal) {
  const Screen screen;

  EXPECT_EQ(ProgressDisplay::mode_for(screen.stream(), false), Mode::plain);
  EXPECT_EQ(ProgressDisplay::mode_for(screen.stream(), true), Mode::quiet);
}

TEST(ProgressDisplay, PlainIsALineARunThatTakesLonger) {
  const Screen screen;
  {
    ProgressDisplay display(Mode::plain, screen.stream(), 3, 0, std::chrono::seconds(0));
    display.started("a", "sgd");
    display.started("b", "sasg");
    display.advanced("a", half);
    display.ended("a", "finished");
    display.ended("b", "diverged");
  }
  EXPECT_THAT(screen.text(),
              MatchesRegex("\\[1/3\\] sgd: finished after 0.. s, iteration 12/24, accuracy 0.5000, "
                           "36 rounds\n\\[2/3\\] sasg: diverged after [^\n]*\n"));
}

/// Cuts each line before " after ": "[3/660] r3: finished …" -> "[3/660] r3: finished".
std::vector<std::string> begins_of_lines(const std::string& text) {
  std::vector<std::string> begins;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    begins.push_back(line.substr(0, line.find(" after ")));
  }
  return begins;
}

/// The plain output of a display of 660 runs of which the first `runs` end, the n-th with
/// `verdict(n)`.
template <class Verdict>
std::string plain_lines(int runs, Verdict verdict) {
  const Screen screen;
  {
    ProgressDisplay display(Mode::plain, screen.stream(), 660, 0, std::chrono::hours(1));
    for (int n = 1; n <= runs; ++n) {
      const std::string id = "r" + std::to_string(n);
      display.started(id, id);
      display.advanced(id, half);
      display.ended(id, verdict(n));
    }
  }
  return screen.text();
}

TEST(ProgressDisplay, PlainLinesOfShortRunsAreFew) {
  const std::string text = plain_lines(660, [](int) { return "finished"; });

  EXPECT_THAT(begins_of_lines(text),
              testing::ElementsAre("[1/660] r1: finished", "[660/660] r660: finished"));
}

TEST(ProgressDisplay, PlainLinesShowEachFailure) {
  const std::string text =
      plain_lines(660, [](int n) { return n == 7 || n == 8 ? "FAILED: killed" : "finished"; });

  EXPECT_THAT(begins_of_lines(text),
              testing::ElementsAre("[1/660] r1: finished", "[7/660] r7: FAILED: killed",
                                   "[8/660] r8: FAILED: killed", "[660/660] r660: finished"));
}

TEST(ProgressDisplay, PlainLinesEndWithTheLastRunThatEnded) {  // after an interruption, for example
  const std::string text = plain_lines(500, [](int) { return "finished"; });

  EXPECT_THAT(begins_of_lines(text),
              testing::ElementsAre("[1/660] r1: finished", "[500/660] r500: finished"));
}

TEST(ProgressDisplay, SaysHowManyRunsAreCompleteAlready) {
  const Screen screen;
  {
    ProgressDisplay display(Mode::plain, screen.stream(), 5, 3);
    display.started("a", "sgd");
    display.ended("a", "finished");
  }
  EXPECT_THAT(screen.text(), testing::StartsWith("3 of 5 runs are complete already\n[4/5] sgd: "));
}

TEST(ProgressDisplay, QuietSaysNothing) {
  const Screen screen;
  {
    ProgressDisplay display(Mode::quiet, screen.stream(), 5, 3);
    display.started("a", "sgd");
    display.advanced("a", half);
    display.ended("a", "finished");
  }
  EXPECT_EQ(screen.text(), "");
}

TEST(ProgressDisplay, ATerminalShowsABarAndWhatRuns) {
  const Screen screen;
  ProgressDisplay display(Mode::terminal, screen.stream(), 4, 2);
  display.started("a", "sgd, seed 1");

  EXPECT_THAT(screen.text(), HasSubstr("[############............] 2/4 runs, starting\n"));
  EXPECT_THAT(screen.text(), HasSubstr("  sgd, seed 1: iteration 0/0, not evaluated yet"));
}

TEST(ProgressDisplay, ATerminalTellsTheTimeLeftOnceARunHasEnded) {
  const Screen screen;
  ProgressDisplay display(Mode::terminal, screen.stream(), 2, 0);
  display.started("a", "sgd");
  display.ended("a", "finished");

  EXPECT_THAT(screen.text(), EndsWith("] 1/2 runs, 0.0 s left\n"));
}

TEST(ProgressDisplay, ATerminalsBarGoesAwayAtTheEnd) {
  const Screen screen;
  {
    ProgressDisplay display(Mode::terminal, screen.stream(), 1, 0);
    display.started("a", "sgd");
    display.ended("a", "finished");
  }
  // Erases two lines (bar and run), prints the verdict, draws the bar again and erases it.
  const std::string text = screen.text();
  EXPECT_THAT(text, HasSubstr("\x1b[2F\x1b[J[1/1] sgd: finished"));
  EXPECT_THAT(text, EndsWith("\x1b[1F\x1b[J"));
}

TEST(ProgressDisplay, LinesOfATerminalAreNotWiderThanIt) {
  const Screen screen;  // no terminal: 80 columns
  ProgressDisplay display(Mode::terminal, screen.stream(), 1, 0);
  display.started("a", std::string(200, 'x'));

  EXPECT_THAT(screen.text(), HasSubstr(std::string(70, 'x')));
  EXPECT_THAT(screen.text(), Not(HasSubstr(std::string(78, 'x'))));
}

}  // namespace
}  // namespace gradwire::sweep::progress_test
