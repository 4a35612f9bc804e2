#include "sim/results/claims/claims.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "sim/core/error.hpp"
#include "sim/scenario/json/json.hpp"

namespace gradwire::results {
namespace {

namespace fs = std::filesystem;

constexpr double default_pause_seconds = 15.0;
constexpr const char* beat_ending = ".beat";

[[noreturn]] void fail_to_write(const fs::path& path, int error) {
  throw SystemError(fmt::format("{}: cannot write: {}", path.string(), std::strerror(error)));
}

/// All of a file; nullopt if it cannot be opened. Opening it makes a network file system ask its
/// server (close-to-open consistency).
std::optional<std::string> contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Creates a file, or overwrites it in place: a beat of equal length needs no space on a full disk.
/// Returns errno, or 0.
int put(const fs::path& file, const std::string& text, int flags, bool sync) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  if (fd < 0) return errno;
  int error = 0;
  const ssize_t count = ::write(fd, text.data(), text.size());
  if (count != static_cast<ssize_t>(text.size())) error = count < 0 ? errno : ENOSPC;
  if (error == 0 && sync && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

std::string now_as_text() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

fs::path beat_file(const fs::path& folder, const ProcessName& process) {
  return folder / (process.text() + beat_ending);
}

fs::path claim_file(const fs::path& folder, const std::string& name, std::size_t generation) {
  return folder / fmt::format("{}.{}", name, generation);
}

/// Name and generation of a claim's file; nullopt if it is another file.
std::optional<std::pair<std::string, std::size_t>> parse_claim_file(const std::string& file) {
  const std::size_t dot = file.rfind('.');
  if (file.find('@') != std::string::npos || dot == std::string::npos || dot + 1 == file.size() ||
      file.find_first_not_of("0123456789", dot + 1) != std::string::npos) {
    return std::nullopt;
  }
  return std::pair(file.substr(0, dot),
                   std::size_t{std::strtoull(file.c_str() + dot + 1, nullptr, 10)});
}

/// The process named in a claim. Where that cannot be read (another host has not written it yet,
/// D57): a process that is not registered and of no host.
ProcessName process_in(const std::string& text) {
  const scenario::Json json = scenario::Json::parse(text, nullptr, false);
  if (json.is_object() && json.contains("process") && json["process"].is_string()) {
    if (auto name = parse_process_name(json["process"].get<std::string>())) return *name;
  }
  return {};
}

std::optional<ProcessName> owner_of(const fs::path& claim) {
  const auto text = contents(claim);
  if (!text) return std::nullopt;
  return process_in(*text);
}

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat first = {}, second = {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

double pause_seconds() {
  const char* const wanted = std::getenv("GRADWIRE_HEARTBEAT_SECONDS");
  const double seconds = wanted == nullptr ? 0.0 : std::atof(wanted);
  return seconds > 0.0 ? seconds : default_pause_seconds;
}

}  // namespace

std::string occupied(const fs::path& results, const ProcessName& process) {
  return fmt::format("{}: another gradwire is writing to this results folder ({})",
                     results.string(), process.shown());
}

std::optional<Heartbeat> read_heartbeat(const fs::path& folder, const ProcessName& process) {
  if (!contents(folder / process.text())) return std::nullopt;
  Heartbeat heartbeat{.text = contents(beat_file(folder, process)).value_or(""),
                      .every_seconds = default_pause_seconds,
                      .at = ""};
  std::istringstream words(heartbeat.text);
  std::string number;
  double every = 0.0;
  if (words >> number >> every >> heartbeat.at && every > 0.0) heartbeat.every_seconds = every;
  return heartbeat;
}

Liveness Observer::judge(const ProcessName& process) {
  const auto heartbeat = read_heartbeat(folder_, process);
  if (!heartbeat) return Liveness::dead;
  if (const Liveness here = liveness_here(process); here != Liveness::unknown) return here;
  const Clock::time_point now = Clock::now();
  const auto [found, is_new] = seen_.try_emplace(process.text(), Seen{*heartbeat, now});
  Seen& seen = found->second;
  if (seen.newest.text != heartbeat->text) seen = {*heartbeat, now, true};
  const std::chrono::duration<double> silent = now - seen.since;
  if (silent.count() > missed_beats * seen.newest.every_seconds) return Liveness::dead;
  return seen.has_changed ? Liveness::alive : Liveness::unknown;
}

Liveness Observer::judge_unnamed(const std::string& claim) {
  const Clock::time_point now = Clock::now();
  const Seen& seen = seen_.try_emplace(claim, Seen{{}, now}).first->second;
  const std::chrono::duration<double> silent = now - seen.since;
  return silent.count() > missed_beats * default_pause_seconds ? Liveness::dead : Liveness::unknown;
}

Observer::Silence Observer::silence_of(const ProcessName& process) const {
  const auto found = seen_.find(process.text());
  if (found == seen_.end()) return {};
  const std::chrono::duration<double> silent = Clock::now() - found->second.since;
  return {.seconds = silent.count(), .allowed = missed_beats * found->second.newest.every_seconds};
}

std::vector<ProcessName> registered_in(const fs::path& folder) {
  std::vector<ProcessName> processes;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (auto name = parse_process_name(entry.path().filename().string())) {
      processes.push_back(std::move(*name));
    }
  }
  std::ranges::sort(processes, {}, &ProcessName::text);
  return processes;
}

std::map<std::string, ProcessName> claims_in(const fs::path& folder) {
  std::map<std::string, std::pair<std::size_t, fs::path>> newest;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    const auto claim = parse_claim_file(entry.path().filename().string());
    if (!claim) continue;
    const auto [found, is_new] = newest.try_emplace(claim->first, claim->second, entry.path());
    if (!is_new && found->second.first < claim->second) {
      found->second = {claim->second, entry.path()};
    }
  }
  std::map<std::string, ProcessName> owners;
  for (const auto& [name, claim] : newest) {
    if (const auto owner = owner_of(claim.second)) owners.emplace(name, *owner);
  }
  return owners;
}

Claims::Claims(fs::path folder, const std::string& activity)
    : folder_(std::move(folder)),
      own_(folder_ / this_process().text()),
      observer_(folder_),
      pause_(pause_seconds()) {
  enrol(activity);
  sigset_t all, before;
  ::sigfillset(&all);  // signals are for the main thread, which polls
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  heart_ = std::thread([this] { keep_beating(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Claims::enrol(const std::string& activity) {
  std::error_code error;
  fs::create_directory(folder_, error);
  if (error) fail_to_write(folder_, error.value());
  const ProcessName& self = this_process();
  const scenario::Json about{{"process", self.text()},
                             {"host", self.host},
                             {"pid", self.pid},
                             {"since", now_as_text()},
                             {"does", activity}};
  const int failed = put(own_, about.dump() + "\n", O_EXCL, true);
  if (failed == EEXIST) throw SystemError(occupied(folder_.parent_path(), self));
  if (failed != 0) {
    ::unlink(own_.c_str());
    fail_to_write(own_, failed);
  }
  beat();
}

Claims::~Claims() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ends_.notify_all();
  heart_.join();
  while (!held_.empty()) release(std::string(held_.begin()->first));
  ::unlink(beat_file(folder_, this_process()).c_str());
  ::unlink(own_.c_str());
}

void Claims::beat() {
  if (beats_ > 0 && !contents(own_)) {
    lost_ = errno == ENOENT || errno == ESTALE;
    return;
  }
  // Where this fails, as on a full disk, the next beat may succeed.
  static_cast<void>(
      put(beat_file(folder_, this_process()),
          fmt::format("{:20d} {:12.3f} {}\n", ++beats_, pause_.count(), now_as_text()), 0, false));
}

void Claims::keep_beating() {
  std::unique_lock lock(mutex_);
  while (!ends_.wait_for(lock, pause_, [this] { return ending_; })) {
    lock.unlock();
    beat();
    lock.lock();
  }
}

bool Claims::link_claim(const fs::path& claim) const {
  if (::link(own_.c_str(), claim.c_str()) == 0) return true;
  const int error = errno;
  if (error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK) {
    // A file system without hard links.
    const int failed = put(claim, contents(own_).value_or(""), O_EXCL, true);
    if (failed != 0 && failed != EEXIST) fail_to_write(claim, failed);
    return failed == 0;
  }
  // The answer to a request that succeeded may have been lost, and the request repeated.
  if (error == EEXIST) return same_file(own_, claim);
  if (error == ENOENT && !contents(own_)) return false;  // the registration was removed: lost()
  fail_to_write(claim, error);
}

void Claims::remove_claim(const std::string& name, std::size_t generation) const {
  ::unlink(claim_file(folder_, name, generation).c_str());
}

std::optional<Claims::Holder> Claims::holder_of(const std::string& name,
                                                std::vector<ProcessName>& dead) {
  dead.clear();
  for (;;) {
    const fs::path claim = claim_file(folder_, name, dead.size());
    const auto owner = owner_of(claim);
    if (!owner) return std::nullopt;
    const Liveness liveness =
        owner->host.empty() ? observer_.judge_unnamed(claim.string()) : observer_.judge(*owner);
    if (liveness != Liveness::dead) return Holder{*owner, liveness};
    dead.push_back(*owner);
  }
}

std::optional<Claims::Holder> Claims::holder_of(const std::string& name) {
  std::vector<ProcessName> dead;
  return holder_of(name, dead);
}

std::optional<Claims::Holder> Claims::take(const std::string& name) {
  if (holds(name)) return std::nullopt;
  constexpr int most_attempts = 1000;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    std::vector<ProcessName> dead;
    if (auto holder = holder_of(name, dead)) return holder;
    const std::size_t generation = dead.size();
    if (!link_claim(claim_file(folder_, name, generation))) {
      if (lost_ || !contents(own_)) {
        lost_ = true;
        throw SystemError(folder_.string() + ": the registration of this process was removed");
      }
      continue;  // another process was faster
    }
    // Had the holder of a higher claim ended in the meantime, the lower ones would be gone.
    bool still_dead = true;
    for (std::size_t g = 0; g < generation; ++g) {
      still_dead = still_dead && owner_of(claim_file(folder_, name, g)) == dead[g];
    }
    if (still_dead) {
      held_.emplace(name, generation);
      for (const ProcessName& process : dead) forget(process);
      return std::nullopt;
    }
    remove_claim(name, generation);
  }
  throw SystemError(fmt::format("{}: cannot claim {}", folder_.string(), name));
}

void Claims::release(const std::string& name) {
  const auto held = held_.find(name);
  if (held == held_.end()) return;
  const std::size_t generation = held->second;
  held_.erase(held);
  if (owner_of(claim_file(folder_, name, generation)) != this_process()) return;
  for (std::size_t g = 0; g <= generation; ++g) remove_claim(name, g);
}

std::vector<Claims::Holder> Claims::others() {
  std::vector<Holder> living;
  for (const ProcessName& process : registered_in(folder_)) {
    if (process == this_process()) continue;
    const Liveness liveness = observer_.judge(process);
    if (liveness != Liveness::dead) living.push_back({process, liveness});
  }
  return living;
}

void Claims::forget_the_dead() {
  for (const ProcessName& process : registered_in(folder_)) {
    if (process != this_process() && observer_.judge(process) == Liveness::dead) forget(process);
  }
}

void Claims::forget(const ProcessName& process) const {
  ::unlink(beat_file(folder_, process).c_str());
  ::unlink((folder_ / process.text()).c_str());
}

void Claims::remove_void_claims() {
  std::vector<fs::path> claims;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const auto claim = parse_claim_file(entry.path().filename().string());
    if (claim && !holds(claim->first)) claims.push_back(entry.path());
  }
  for (const fs::path& claim : claims) {
    const auto owner = owner_of(claim);
    if (owner && (owner->host.empty() || observer_.judge(*owner) == Liveness::dead)) {
      ::unlink(claim.c_str());
    }
  }
}

}  // namespace gradwire::results
