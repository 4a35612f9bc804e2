#include "sim/sweep/run_process.hpp"

#include <utility>

#include "sim/scenario/json/json.hpp"

namespace gradwire::sweep {

void RunProcess::begin(std::vector<std::string> arguments, const std::filesystem::path& log) {
  status_.reset();
  if (kind_ == Kind::learns) {
    process_.emplace(program(), arguments, log);
    return;
  }
  if (!process_) {
    // The results folder as an argument identifies the process in ps.
    const std::string where = log.parent_path().parent_path().string();
    process_.emplace(program(), std::vector<std::string>{"--serve", where}, log,
                     ChildProcess::Input::ours);
  }
  process_->tell(to_line({.arguments = std::move(arguments), .log = log.string()}));
}

std::filesystem::path RunProcess::program() const {
  return sibling_program(kind_ == Kind::learns ? "gradwire-run-one" : "gradwire-replay-one");
}

std::vector<std::string> RunProcess::read_lines() {
  if (!process_) return {};
  std::vector<std::string> lines = process_->read_lines();
  if (kind_ == Kind::learns) return lines;
  std::erase_if(lines, [this](const std::string& line) {
    if (!line.starts_with(ended_mark)) return false;
    status_ = std::stoi(line.substr(ended_mark.size()));
    return true;
  });
  return lines;
}

void RunProcess::terminate() const {
  if (process_) process_->terminate();
}

std::optional<int> RunProcess::exit_status() {
  if (status_) return status_;
  if (!process_) return std::nullopt;
  // A server process continues after each run: while its output is open and has no status line, the
  // run is active.
  if (kind_ == Kind::replays && process_->output() >= 0) return std::nullopt;
  status_ = process_->exit_status();
  if (!status_) return std::nullopt;
  process_.reset();
  if (kind_ == Kind::replays && *status_ == 0) status_ = 1;
  return status_;
}

std::string to_line(const RunRequest& request) {
  return scenario::Json{{"arguments", request.arguments}, {"log", request.log}}.dump();
}

RunRequest parse_request(const std::string& line) {
  const scenario::Json json = scenario::Json::parse(line);
  return {.arguments = json.at("arguments").get<std::vector<std::string>>(),
          .log = json.at("log").get<std::string>()};
}

}  // namespace gradwire::sweep
