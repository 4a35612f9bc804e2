#include "sim/studies/crossovers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/studies/crossover_lines.hpp"
#include "sim/studies/crossover_replays.hpp"

namespace gradwire::studies {
namespace {

using analysis::CrossingSearch;
using analysis::PairedCosts;
using analysis::PairedPoints;

/// The search for the crossovers of one statement. The statement holds where cost `a` is below cost
/// `b`.
class CrossoverQuery {
 public:
  CrossoverQuery(Statement statement, const Line& line, const Line& other)
      : statement_(std::move(statement)), line_(&line), other_(&other) {}

  [[nodiscard]] bool whole_runs() const {
    return statement_.kind == Statement::Kind::compute_bound;
  }

  void want(CrossoverReplays& replays, double place) const {
    replays.want(*line_, place, whole_runs());
    replays.want(*other_, place, whole_runs());
  }

  /// Finds the neighbouring steps of the axis between which the statement begins or ceases to hold
  /// and starts a search between each such pair.
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

  /// Schedules the replays that the searches need next; false if there are none.
  bool schedule_next(CrossoverReplays& replays) {
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
    for (const analysis::CrossingSearch& search : searches_) {
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
  /// The costs of the seeds that both lines have.
  PairedCosts costs(const CrossoverReplays& replays, double place) {
    const auto& own = replays.costs(*line_, place, whole_runs());
    const auto& others = replays.costs(*other_, place, whole_runs());
    PairedCosts result;
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto same = std::ranges::find(other_->seeds, line_->seeds[i].seed, &Replicate::seed);
      if (same == other_->seeds.end()) continue;
      const auto& other_result = others[static_cast<std::size_t>(same - other_->seeds.begin())];
      const auto [a, b] = pair(own[i], other_result);
      if (unknown_.empty() && !(a > 0.0 && b > 0.0)) {
        unknown_ = whole_runs() ? "takes no time in communication or computation"
                                : "not every run reached the baseline";
      }
      result.a.push_back(a);
      result.b.push_back(b);
    }
    return result;
  }

  [[nodiscard]] std::pair<double, double> pair(const RunCosts& own,
                                               const RunCosts& other_result) const {
    if (whole_runs()) return {own.communicating, own.computing};
    return {own.to_goal.value_or(0.0),
            (1.0 - statement_.margin) * other_result.to_goal.value_or(0.0)};
  }

  Statement statement_;
  const Line* line_;
  const Line* other_;
  std::string unknown_;
  std::size_t seeds_ = 0;
  bool at_first_ = false, at_any_ = false;
  std::vector<analysis::CrossingSearch> searches_;
  std::vector<std::pair<std::size_t, double>> asked_;
};

/// The searches for all statements about the lines of a plan.
class CrossoverSearch {
 public:
  CrossoverSearch(const sweep::CrossoverRequest& request, std::vector<Line> lines,
                  const std::filesystem::path& root, const sweep::SweepOptions& options)
      : request_(request), lines_(std::move(lines)), replays_(request, root, options) {
    for (const double value : request.values.front()) steps_.push_back(std::log(value));
  }

  Findings answer() {
    Findings findings;
    findings.left_out = leave_out_incomplete();
    if (!measure_steps(findings.report)) return findings;
    std::vector<CrossoverQuery> queries = all_questions();
    for (bool going = true; going;) {
      going = false;
      for (CrossoverQuery& query : queries) going = query.schedule_next(replays_) || going;
      if (!going) break;
      findings.report = replays_.run();
      if (failed(findings.report)) return findings;
      for (CrossoverQuery& query : queries) query.learn(replays_);
    }
    for (const CrossoverQuery& query : queries) findings.all.push_back(query.finding());
    findings.replays = replays_.replays();
    return findings;
  }

 private:
  static bool failed(const sweep::SweepReport& report) {
    return report.interrupted_by != 0 || !report.failures.empty();
  }

  /// Provides the costs at the steps of the axis: from the runs, or by replays if the axis was not
  /// swept. False if a replay failed or was interrupted.
  bool measure_steps(sweep::SweepReport& report) {
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
    for (const Line& line : lines_) replays_.reuse_whole_runs(line, steps_);
    return true;
  }

  std::size_t leave_out_incomplete() {
    return std::erase_if(lines_, [this](const Line& line) { return !is_whole(line); });
  }

  /// Whether every seed has a run at every step.
  [[nodiscard]] bool is_whole(const Line& line) const {
    return !request_.swept || std::ranges::all_of(line.seeds, [this](const Replicate& replicate) {
      return replicate.at_step.size() == steps_.size();
    });
  }

  [[nodiscard]] bool are_rivals(const Line& a, const Line& b) const {
    return a.setting == b.setting && a.model == b.model;
  }

  CrossoverQuery begun(Statement statement, const Line& line, const Line& other) {
    CrossoverQuery query(std::move(statement), line, other);
    query.begin(replays_, steps_, std::log1p(request_.tolerance));
    return query;
  }

  std::vector<CrossoverQuery> all_questions() {
    std::vector<CrossoverQuery> queries;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (are_rivals(lines_[i], lines_[j])) compare(lines_[i], lines_[j], queries);
      }
    }
    for (const Line& line : lines_) {
      queries.push_back(
          begun({.kind = Statement::Kind::compute_bound, .method = line.method}, line, line));
    }
    return queries;
  }

  /// Adds the statements about two lines: "takes less time" for the one that takes less at the
  /// smallest value; for each margin, "saves more" for those that do so at some step, or for both
  /// if neither does.
  void compare(const Line& a, const Line& b, std::vector<CrossoverQuery>& queries) {
    for (const double margin : request_.margins) {
      const auto ask = [&](const Line& line, const Line& other) {
        return begun({.kind = margin > 0.0 ? Statement::Kind::saves : Statement::Kind::takes_less,
                      .method = line.method,
                      .than = other.method,
                      .margin = margin},
                     line, other);
      };
      CrossoverQuery forth = ask(a, b), back = ask(b, a);
      if (!forth.is_known()) {
        queries.push_back(std::move(forth));
        return;
      }
      if (margin > 0.0) {
        const bool neither = !forth.holds_somewhere() && !back.holds_somewhere();
        if (forth.holds_somewhere() || neither) queries.push_back(std::move(forth));
        if (back.holds_somewhere() || neither) queries.push_back(std::move(back));
      } else {
        queries.push_back(std::move(forth.holds_at_first() ? forth : back));
      }
    }
  }

  const sweep::CrossoverRequest& request_;
  std::vector<Line> lines_;
  CrossoverReplays replays_;
  std::vector<double> steps_;
};

}  // namespace

Findings find_crossovers(const sweep::Plan& plan, const results::ResultsFolder& results,
                         const sweep::SweepOptions& options) {
  return CrossoverSearch(*plan.crossovers, lines_of(plan, results), results.root(), options)
      .answer();
}

}  // namespace gradwire::studies
