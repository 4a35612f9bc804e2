#include "analysis/results/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "analysis/results/json.hpp"
#include "sim/core/error.hpp"

namespace gradwire::analysis {
namespace {

constexpr std::size_t most_timelines = 8;
constexpr std::size_t most_iterations_shown = 60;

/// The event being parsed. The document is streamed, because it may not fit into memory as a whole.
struct Event {
  std::string phase, name, argument_name;
  double track = 0.0, begin = 0.0, duration = 0.0;
  double iteration = std::numeric_limits<double>::quiet_NaN();
  double bytes = -1.0;
};

/// The integer part of a number, clamped to the type's range; the minimum for NaN.
template <class Integer>
Integer whole(double value) {
  constexpr double past = -2.0 * static_cast<double>(std::numeric_limits<Integer>::min() / 2);
  if (std::isnan(value) || value <= -past) return std::numeric_limits<Integer>::min();
  return value < past ? static_cast<Integer>(value) : std::numeric_limits<Integer>::max();
}

/// SAX handler that collects the events of "traceEvents". Object level 2 is an event, level 3 its
/// "args".
class Handler : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t v) override { return number(static_cast<double>(v)); }
  bool number_unsigned(number_unsigned_t v) override { return number(static_cast<double>(v)); }
  bool number_float(number_float_t v, const string_t&) override { return number(v); }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& v) override {
    if (!in_events_) return true;
    if (level_ == 2 && key_ == "ph") event_.phase = v;
    if (level_ == 2 && key_ == "name") event_.name = v;
    if (level_ == 3 && key_ == "name") event_.argument_name = v;
    return true;
  }
  bool key(string_t& v) override {
    key_ = v;
    if (level_ == 1) in_events_ = v == "traceEvents";
    return true;
  }
  bool start_object(std::size_t) override {
    if (++level_ == 2) event_ = {};
    return open();
  }
  bool end_object() override {
    --depth_;
    if (level_-- == 2 && in_events_) finish();
    return true;
  }
  bool start_array(std::size_t) override {
    has_events_ = has_events_ || (level_ == 1 && in_events_);
    return open();
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    error_at = position;
    return false;
  }

  [[nodiscard]] bool has_events() const { return has_events_; }
  [[nodiscard]] bool is_too_deep() const { return depth_ > deepest_json; }

  std::size_t error_at = 0;
  std::map<int, std::string> tracks;
  std::map<std::string, int> kinds;
  std::vector<Span> spans;  ///< `track` is a tid until build_timeline()

 private:
  bool number(double v) {
    if (!in_events_) return true;
    if (level_ == 2 && key_ == "tid") event_.track = v;
    if (level_ == 2 && key_ == "ts") event_.begin = v;
    if (level_ == 2 && key_ == "dur") event_.duration = v;
    if (level_ == 3 && key_ == "iteration") event_.iteration = v;
    if (level_ == 3 && key_ == "bytes") event_.bytes = v;
    return true;
  }

  bool open() { return ++depth_ <= deepest_json; }

  void finish() {
    const int track = whole<int>(event_.track);
    if (event_.phase == "M" && event_.name == "thread_name") tracks[track] = event_.argument_name;
    if (event_.phase != "X" || std::isnan(event_.iteration)) return;
    const int kind = kinds.emplace(event_.name, static_cast<int>(kinds.size())).first->second;
    spans.push_back({.iteration = whole<std::int64_t>(event_.iteration),
                     .track = track,
                     .kind = kind,
                     .begin = event_.begin * 1e-6,
                     .duration = event_.duration * 1e-6,
                     .bytes = whole<std::int64_t>(event_.bytes)});
  }

  int level_ = 0;          ///< nesting depth of objects
  std::size_t depth_ = 0;  ///< nesting depth of objects and lists
  bool in_events_ = false;
  bool has_events_ = false;
  std::string key_;
  Event event_;
};

/// At most `most` iterations: the first `most` / 2, and the others evenly spaced over the rest,
/// including the last.
std::set<std::int64_t> chosen(const std::set<std::int64_t>& all, std::size_t most) {
  if (all.size() <= most) return all;
  const std::vector<std::int64_t> list(all.begin(), all.end());
  const std::size_t first = most / 2, rest = most - first;
  std::set<std::int64_t> kept(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(first));
  for (std::size_t i = 1; i <= rest; ++i) {
    kept.insert(list[first + (list.size() - first) * i / rest - 1]);
  }
  return kept;
}

Timeline build_timeline(Handler& read, std::size_t most_iterations) {
  Timeline timeline;
  std::set<std::int64_t> iterations;
  std::set<int> used;
  for (const Span& span : read.spans) {
    iterations.insert(span.iteration);
    used.insert(span.track);
  }
  const std::set<std::int64_t> kept = chosen(iterations, most_iterations);
  std::map<int, int> place;
  for (const int tid : used) {
    place[tid] = static_cast<int>(timeline.tracks.size());
    const std::string& name = read.tracks[tid];
    timeline.tracks.push_back(name.empty() ? "track " + std::to_string(tid) : name);
  }
  timeline.kinds.resize(read.kinds.size());
  for (const auto& [name, index] : read.kinds) {
    timeline.kinds[static_cast<std::size_t>(index)] = name;
  }
  for (Span& span : read.spans) {
    if (!kept.contains(span.iteration)) continue;
    span.track = place[span.track];
    timeline.spans.push_back(span);
  }
  timeline.iterations.assign(kept.begin(), kept.end());
  timeline.recorded = iterations.size();
  return timeline;
}

}  // namespace

std::vector<RunTimeline> timelines_of(const Results& results, std::vector<std::string>& notes) {
  std::vector<RunTimeline> timelines;
  for (const Run& run : results.runs) {
    if (timelines.size() == most_timelines) break;
    const auto file = run.folder / "timeline.json";
    std::error_code ignored;
    if (run.folder.empty() || !std::filesystem::exists(file, ignored)) continue;
    try {
      Timeline timeline = read_timeline(file, most_iterations_shown);
      if (!timeline.spans.empty()) timelines.push_back({&run, std::move(timeline)});
    } catch (const InputError& error) {
      notes.push_back(fmt::format("{}; no timeline of this run", error.what()));
    }
  }
  return timelines;
}

Timeline read_timeline(const std::filesystem::path& file, std::size_t most_iterations) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) {
    throw InputError(file.string(), "cannot be read: is no regular file");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw InputError(file.string(), "cannot be read");
  Handler handler;
  if (!Json::sax_parse(stream, &handler)) {
    if (handler.is_too_deep()) {
      throw InputError(file.string(),
                       fmt::format("nested too deeply, at most {} levels", deepest_json));
    }
    throw InputError(file.string(),
                     "is not JSON: wrong at byte " + std::to_string(handler.error_at));
  }
  if (!handler.has_events()) {
    throw InputError(file.string(), "must be a Chrome trace with a list \"traceEvents\"");
  }
  return build_timeline(handler, most_iterations);
}

}  // namespace gradwire::analysis
