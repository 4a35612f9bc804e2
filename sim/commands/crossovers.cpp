#include "sim/commands/crossovers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/commands/crossover_lines.hpp"
#include "sim/commands/crossover_replays.hpp"

namespace gradwire::commands {
namespace {

using analysis::CrossingSearch;
using analysis::PairedCosts;
using analysis::PairedPoints;

/// A statement being looked into: `a` costs less than `b` where it holds.
class Question {
 public:
  Question(Statement statement, const Line& line, const Line& other)
      : statement_(std::move(statement)), line_(&line), other_(&other) {}

  [[nodiscard]] bool whole_runs() const {
    return statement_.kind == Statement::Kind::compute_bound;
  }

  void want(CrossoverReplays& replays, double place) const {
    replays.want(*line_, place, whole_runs());
    replays.want(*other_, place, whole_runs());
  }

  /// What is measured at the steps of the axis says between which of them something changes.
  void begin(const CrossoverReplays& replays, const std::vector<double>& steps, double resolution) {
    PairedPoints points;
    for (const double place : steps) points[place] = costs(replays, place);
    seeds_ = points.begin()->second.a.size();
    if (unknown_.empty() && seeds_ == 0) unknown_ = "no seed is common to both";
    if (!unknown_.empty()) return;
    const std::vector<int> once(seeds_, 1);
    const auto holds = [&](double place) { return log_ratio(points.at(place), once) < 0.0; };
    at_first_ = holds(steps.front());
    at_any_ = std::ranges::any_of(steps, holds);
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      if (holds(steps[i]) == holds(steps[i + 1])) continue;
      searches_.emplace_back(points, steps[i], steps[i + 1], resolution);
    }
  }

  /// Asks for what the searches want next; false if that is nothing.
  bool go_on(CrossoverReplays& replays) {
    asked_.clear();
    for (std::size_t i = 0; i < searches_.size(); ++i) {
      for (const double place : searches_[i].wanted()) {
        want(replays, place);
        asked_.emplace_back(i, place);
      }
    }
    return !asked_.empty();
  }
  void learn(const CrossoverReplays& replays) {
    for (const auto& [search, place] : asked_) searches_[search].add(place, costs(replays, place));
    asked_.clear();
  }

  [[nodiscard]] bool holds_somewhere() const { return at_any_; }
  [[nodiscard]] bool holds_at_first() const { return at_first_; }
  [[nodiscard]] bool is_known() const { return unknown_.empty(); }

  [[nodiscard]] Finding finding() const {
    Finding finding{.setting = line_->setting,
                    .model = line_->model,
                    .statement = statement_,
                    .unknown = unknown_,
                    .at_first = at_first_,
                    .found = {},
                    .seeds = seeds_};
    for (const CrossingSearch& search : searches_) {
      const analysis::Crossing crossing = search.result();
      finding.found.push_back({.holds_below = search.a_below(),
                               .at = std::exp(crossing.at),
                               .low = std::exp(crossing.low),
                               .high = std::exp(crossing.high),
                               .interval = {}});
      if (!crossing.interval) continue;
      finding.found.back().interval = {std::exp(crossing.interval->low),
                                       std::exp(crossing.interval->high)};
    }
    return finding;
  }

 private:
  /// Of the seeds that both have.
  PairedCosts costs(const CrossoverReplays& replays, double place) {
    const auto& mine = replays.costs(*line_, place, whole_runs());
    const auto& others = replays.costs(*other_, place, whole_runs());
    PairedCosts result;
    for (std::size_t i = 0; i < mine.size(); ++i) {
      const auto same = std::ranges::find(other_->seeds, line_->seeds[i].seed, &Replicate::seed);
      if (same == other_->seeds.end()) continue;
      const auto& his = others[static_cast<std::size_t>(same - other_->seeds.begin())];
      const auto [a, b] = pair(mine[i], his);
      if (unknown_.empty() && !(a > 0.0 && b > 0.0)) {
        unknown_ = whole_runs() ? "takes no time in communication or computation"
                                : "not every run reached the baseline";
      }
      result.a.push_back(a);
      result.b.push_back(b);
    }
    return result;
  }

  [[nodiscard]] std::pair<double, double> pair(const RunCosts& mine, const RunCosts& his) const {
    if (whole_runs()) return {mine.communicating, mine.computing};
    return {mine.to_goal.value_or(0.0), (1.0 - statement_.margin) * his.to_goal.value_or(0.0)};
  }

  Statement statement_;
  const Line* line_;
  const Line* other_;
  std::string unknown_;
  std::size_t seeds_ = 0;
  bool at_first_ = false, at_any_ = false;
  std::vector<CrossingSearch> searches_;
  std::vector<std::pair<std::size_t, double>> asked_;
};

/// Everything that can be asked of a plan's lines.
class Inquiry {
 public:
  Inquiry(const experiment::CrossoverRequest& request, std::vector<Line> lines,
          const std::filesystem::path& root, const experiment::SweepOptions& options)
      : request_(request), lines_(std::move(lines)), replays_(request, root, options) {
    for (const double value : request.values.front()) steps_.push_back(std::log(value));
  }

  Findings answer() {
    Findings findings;
    findings.left_out = leave_out_incomplete();
    if (!measure_steps(findings.report)) return findings;
    std::vector<Question> questions = all_questions();
    for (bool going = true; going;) {
      going = false;
      for (Question& question : questions) going = question.go_on(replays_) || going;
      if (!going) break;
      findings.report = replays_.run();
      if (failed(findings.report)) return findings;
      for (Question& question : questions) question.learn(replays_);
    }
    for (const Question& question : questions) findings.all.push_back(question.finding());
    findings.replays = replays_.replays();
    return findings;
  }

 private:
  static bool failed(const experiment::SweepReport& report) {
    return report.interrupted_by != 0 || !report.failures.empty();
  }

  /// The costs at the axis's steps: of the runs, or of replays where it was not swept.
  bool measure_steps(experiment::SweepReport& report) {
    if (request_.swept) {
      for (const Line& line : lines_) replays_.take(line, steps_);
      return true;
    }
    for (const Line& line : lines_) {
      for (const double step : steps_) {
        replays_.want(line, step, true);
      }
    }
    report = replays_.run();
    if (failed(report)) return false;
    for (const Line& line : lines_) replays_.take_whole_as_part(line, steps_);
    return true;
  }

  std::size_t leave_out_incomplete() {
    return std::erase_if(lines_, [this](const Line& line) { return !is_whole(line); });
  }

  /// Whether there is a run of every seed at every step.
  [[nodiscard]] bool is_whole(const Line& line) const {
    return !request_.swept || std::ranges::all_of(line.seeds, [this](const Replicate& replicate) {
      return replicate.at_step.size() == steps_.size();
    });
  }

  [[nodiscard]] bool are_rivals(const Line& a, const Line& b) const {
    return a.setting == b.setting && a.model == b.model;
  }

  Question begun(Statement statement, const Line& line, const Line& other) {
    Question question(std::move(statement), line, other);
    question.begin(replays_, steps_, std::log1p(request_.tolerance));
    return question;
  }

  std::vector<Question> all_questions() {
    std::vector<Question> questions;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (are_rivals(lines_[i], lines_[j])) compare(lines_[i], lines_[j], questions);
      }
    }
    for (const Line& line : lines_) {
      questions.push_back(
          begun({.kind = Statement::Kind::compute_bound, .method = line.method}, line, line));
    }
    return questions;
  }

  /// Who takes less, said of the one that does at the smallest value; who saves more than the
  /// margins, said of those that do somewhere.
  void compare(const Line& a, const Line& b, std::vector<Question>& questions) {
    for (const double margin : request_.margins) {
      const auto ask = [&](const Line& line, const Line& other) {
        return begun({.kind = margin > 0.0 ? Statement::Kind::saves : Statement::Kind::takes_less,
                      .method = line.method,
                      .than = other.method,
                      .margin = margin},
                     line, other);
      };
      Question forth = ask(a, b), back = ask(b, a);
      if (!forth.is_known()) {
        questions.push_back(std::move(forth));
        return;
      }
      if (margin > 0.0) {
        const bool neither = !forth.holds_somewhere() && !back.holds_somewhere();
        if (forth.holds_somewhere() || neither) questions.push_back(std::move(forth));
        if (back.holds_somewhere() || neither) questions.push_back(std::move(back));
      } else {
        questions.push_back(std::move(forth.holds_at_first() ? forth : back));
      }
    }
  }

  const experiment::CrossoverRequest& request_;
  std::vector<Line> lines_;
  CrossoverReplays replays_;
  std::vector<double> steps_;
};

}  // namespace

Findings find_crossovers(const experiment::Plan& plan, const experiment::ResultsFolder& results,
                         const experiment::SweepOptions& options) {
  return Inquiry(*plan.crossovers, lines_of(plan, results), results.root(), options).answer();
}

}  // namespace gradwire::commands
