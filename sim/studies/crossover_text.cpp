#include "sim/studies/crossover_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/scenario/settings/quantity.hpp"

namespace gradwire::studies {
namespace {

using scenario::Kind;
using sweep::CrossoverRequest;

/// Three significant digits, with a unit as in experiment files.
std::string shown(const CrossoverRequest& request, double value) {
  const std::string rounded = fmt::format("{:.3g}", value);
  if (request.kind == Kind::number) return rounded;
  if (request.kind == Kind::bandwidth) {  // value is in byte/s; files use bit/s
    const double bits = std::stod(fmt::format("{:.3g}", 8.0 * value));
    return scenario::format_quantity(request.kind, bits / 8.0);
  }
  return scenario::format_quantity(request.kind, std::stod(rounded));
}

/// An end of an interval; "beyond" or "below" the axis if resamples do not cross inside it.
std::string shown_end(const CrossoverRequest& request, double value) {
  const auto& values = request.values.front();
  if (std::isfinite(value) && value > 0.0) return shown(request, value);
  return value > 0.0 ? "beyond " + shown(request, values.back())
                     : "below " + shown(request, values.front());
}

std::string place(const CrossoverRequest& request, const Crossover& crossover) {
  std::string text = shown(request, crossover.at);
  if (crossover.interval) {
    text += fmt::format(" [{}, {}]", shown_end(request, crossover.interval->low),
                        shown_end(request, crossover.interval->high));
  }
  return text;
}

const char* side(const Crossover& crossover) { return crossover.holds_below ? "below" : "above"; }

/// The range of the axis where a statement holds.
std::string region(const CrossoverRequest& request, const Finding& finding) {
  if (!finding.unknown.empty()) return "unknown: " + finding.unknown;
  if (finding.found.empty()) return finding.at_first ? "everywhere" : "nowhere";
  std::string text;
  for (const Crossover& crossover : finding.found) {
    text += (text.empty() ? "" : " and ") +
            fmt::format("{} {}", side(crossover), place(request, crossover));
  }
  return text;
}

/// The ranges of the same statement under several network models.
std::string regions(const CrossoverRequest& request, const std::vector<const Finding*>& models) {
  if (models.size() == 1) return region(request, *models.front());
  const auto is_alike = [&](const Finding* f) {
    return f->unknown == models.front()->unknown &&
           f->found.size() == models.front()->found.size() &&
           f->at_first == models.front()->at_first;
  };
  const bool alike = std::ranges::all_of(models, is_alike);
  const std::size_t crossings = models.front()->found.size();
  if (alike && crossings == 0) return region(request, *models.front());
  std::string each;
  for (const Finding* finding : models) {
    const std::string here = alike && crossings == 1 ? place(request, finding->found.front())
                                                     : region(request, *finding);
    each += (each.empty() ? "" : ", ") + finding->model + " " + here;
  }
  if (!alike || crossings != 1) return each;
  const auto by_place = [](const Finding* a, const Finding* b) {
    return a->found.front().at < b->found.front().at;
  };
  const auto [least, most] = std::ranges::minmax_element(models, by_place);
  return fmt::format("{} {} to {} ({})", side(models.front()->found.front()),
                     shown(request, (*least)->found.front().at),
                     shown(request, (*most)->found.front().at), each);
}

/// Groups the findings that differ only in their network model.
std::vector<std::vector<const Finding*>> by_statement(const std::vector<Finding>& all) {
  std::vector<std::vector<const Finding*>> groups;
  for (const Finding& finding : all) {
    const auto same = std::ranges::find_if(groups, [&](const auto& group) {
      return group.front()->setting == finding.setting &&
             group.front()->statement == finding.statement;
    });
    if (same == groups.end()) {
      groups.push_back({&finding});
    } else {
      same->push_back(&finding);
    }
  }
  return groups;
}

std::string heading(const CrossoverRequest& request, const Findings& findings) {
  std::string along;
  for (std::size_t i = 1; i < request.paths.size(); ++i) along += " and " + request.paths[i];
  std::size_t seeds = 0;
  for (const Finding& finding : findings.all) seeds = std::max(seeds, finding.seeds);
  return fmt::format(
      "Crossovers over {}{}, {} to {}: found to {:g} % by {} replays{}\n", request.paths.front(),
      along, shown(request, request.values.front().front()),
      shown(request, request.values.front().back()), 100.0 * request.tolerance, findings.replays,
      seeds > 1 ? fmt::format(", [95 % interval over {} seeds]", seeds) : "; one seed");
}

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n") == std::string::npos) return cell;
  std::string result = "\"";
  for (const char c : cell) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string holds(const Finding& finding) {
  if (!finding.unknown.empty()) return "unknown";
  return finding.at_first ? "everywhere" : "nowhere";
}

}  // namespace

std::string to_text(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::takes_less:
      return fmt::format("{} takes less time than {}", statement.method, statement.than);
    case Statement::Kind::saves:
      return fmt::format("{} saves more than {:g} % of {}'s time", statement.method,
                         100.0 * statement.margin, statement.than);
    case Statement::Kind::compute_bound:
      break;
  }
  return statement.method + " computes for longer than it communicates";
}

std::string crossovers_as_text(const CrossoverRequest& request, const Findings& findings) {
  const auto groups = by_statement(findings.all);
  std::size_t width = 0;
  for (const auto& group : groups) {
    width = std::max(width, to_text(group.front()->statement).size());
  }
  std::string text = heading(request, findings);
  if (findings.left_out > 0) {
    text +=
        fmt::format("  left out: {} that lack complete runs at some values\n", findings.left_out);
  }
  std::vector<std::string> settings;
  for (const auto& group : groups) {
    if (std::ranges::count(settings, group.front()->setting) == 0) {
      settings.push_back(group.front()->setting);
    }
  }
  for (const std::string& setting : settings) {
    if (!setting.empty()) text += " " + setting + ":\n";
    for (const auto& group : groups) {
      if (group.front()->setting != setting) continue;
      text += fmt::format("  {:<{}}  {}\n", to_text(group.front()->statement), width,
                          regions(request, group));
    }
  }
  return text;
}

std::string crossovers_as_csv(const CrossoverRequest& request, const Findings& findings) {
  const bool bandwidth = request.kind == Kind::bandwidth;
  const char* unit = bandwidth                     ? "bps"
                     : request.kind == Kind::time  ? "s"
                     : request.kind == Kind::speed ? "f"
                                                   : "";
  const double factor = bandwidth ? 8.0 : 1.0;
  std::string text =
      "setting,statement,method,than,margin,network_model,over,unit,holds,at,low,high,ci95_low,"
      "ci95_high,seeds,note\n";
  for (const Finding& finding : findings.all) {
    const Statement& statement = finding.statement;
    const std::string who =
        fmt::format("{},{},{},{},{:g},{},{},{}", quoted(finding.setting),
                    quoted(to_text(statement)), quoted(statement.method), quoted(statement.than),
                    statement.margin, finding.model, request.paths.front(), unit);
    for (const Crossover& found : finding.found) {
      const auto ends = found.interval;
      text += fmt::format("{},{},{},{},{},{},{},{},\n", who, side(found), factor * found.at,
                          factor * found.low, factor * found.high,
                          ends ? fmt::format("{}", factor * ends->low) : "",
                          ends ? fmt::format("{}", factor * ends->high) : "", finding.seeds);
    }
    if (!finding.found.empty()) continue;
    text += fmt::format("{},{},,,,,,{},{}\n", who, holds(finding), finding.seeds,
                        quoted(finding.unknown));
  }
  return text;
}

}  // namespace gradwire::studies
