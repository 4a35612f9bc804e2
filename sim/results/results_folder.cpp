#include "sim/results/results_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/results/runs_table.hpp"
#include "sim/results/summary_file.hpp"
#include "sim/scenario/platform_copy.hpp"
#include "sim/scenario/scenario_json.hpp"

namespace gradwire::results {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& path, int error) {
  throw SystemError(fmt::format("{}: {}: {}", path.string(), what, std::strerror(error)));
}

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

void write_whole(int fd, const std::string& text, const fs::path& file) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write", file, errno);
    done += static_cast<std::size_t>(count);
  }
}

void sync_to_disk(const fs::path& path) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) fail("cannot write to disk", path, errno);
}

void rename_over(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail("cannot rename to " + to.string(), from, errno);
}

/// Name of the claim of a process that needs the folder for itself. No run id: those end in a hash.
constexpr const char* whole_folder = "folder";

/// Waits until `find` returns a process that is known to live, or none.
std::optional<Claims::Holder> wait_for_verdict(
    const Claims& claims, const fs::path& root, const ResultsFolder::Tell& tell,
    const std::function<std::optional<Claims::Holder>()>& find) {
  std::set<std::string> told;
  for (;;) {
    const std::optional<Claims::Holder> holder = find();
    if (!holder || holder->liveness == Liveness::alive) return holder;
    const std::string process = holder->process.text();
    if (tell && told.insert(process).second) {
      tell(fmt::format(
          "{}: waiting up to {:.0f} s to see whether another gradwire lives that registered here "
          "({}); if it does not: rm '{}'",
          root.string(), claims.silence_of(holder->process).allowed, holder->process.shown(),
          (root / claims_folder / process).string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace

void write_atomically(const fs::path& file, const std::string& text, Durability durability) {
  fs::path temporary = file;
  temporary += partial_suffix();
  try {
    {
      const Descriptor fd(
          ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
      if (fd.get() < 0) fail("cannot write", file, errno);
      write_whole(fd.get(), text, file);
      if (durability == Durability::yes && ::fsync(fd.get()) != 0) {
        fail("cannot write to disk", file, errno);
      }
    }
    rename_over(temporary, file);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

bool create_once(const fs::path& file, const std::string& text) {
  fs::path whole = file;
  whole += partial_suffix();
  write_atomically(whole, text);
  const int failed = ::link(whole.c_str(), file.c_str()) == 0 ? 0 : errno;
  const bool exists = fs::exists(file);
  if (failed != 0 && !exists) {
    rename_over(whole, file);  // no hard links here
    return true;
  }
  ::unlink(whole.c_str());
  return failed == 0;
}

ResultsFolder::ResultsFolder(fs::path root, Durability durability, Access access,
                             const std::string& activity, const Tell& tell)
    : root_(std::move(root)), durability_(durability), access_(access) {
  if (access_ == Access::reading) return;
  std::error_code error;
  fs::create_directories(root_ / "runs", error);
  if (error) fail("cannot make the results folder", root_, error.value());
  if (::access(root_.c_str(), W_OK) != 0) fail("cannot write to the results folder", root_, errno);
  claims_ = std::make_unique<Claims>(root_ / claims_folder, activity);
  if (access_ == Access::alone) {
    require_alone(tell);
  } else {
    require_nobody_alone(tell);
  }
  claims_->forget_the_dead();
  if (access_ == Access::alone) claims_->remove_void_claims();
  for (const fs::path& folder : {root_, root_ / "runs"}) remove_leftovers(folder);
}

ResultsFolder::~ResultsFolder() = default;

void ResultsFolder::require_alone(const Tell& tell) {
  const auto holder =
      wait_for_verdict(*claims_, root_, tell, [this] { return claims_->take(whole_folder); });
  if (holder) throw SystemError(occupied(root_, holder->process));
  const auto other = wait_for_verdict(*claims_, root_, tell, [this] {
    const std::vector<Claims::Holder> others = claims_->others();
    const auto alive = std::ranges::find(others, Liveness::alive, &Claims::Holder::liveness);
    if (alive != others.end()) return std::optional(*alive);
    return others.empty() ? std::nullopt : std::optional(others.front());
  });
  if (other) throw SystemError(occupied(root_, other->process));
}

void ResultsFolder::require_nobody_alone(const Tell& tell) {
  const auto holder =
      wait_for_verdict(*claims_, root_, tell, [this] { return claims_->holder_of(whole_folder); });
  if (!holder) return;
  throw SystemError(occupied(root_, holder->process) + ", which is not a shard");
}

/// Removes what killed commands of this host left: folders of runs, and temporary files. Those of
/// gradwire 0.1 do not say whose they are: removed where nobody else may be at work.
void ResultsFolder::remove_leftovers(const fs::path& folder) const {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.find(".partial-") == std::string::npos) continue;
    const auto owner = owner_of_partial(name);
    const bool is_left = owner ? liveness_here(*owner) == Liveness::dead : access_ == Access::alone;
    std::error_code ignored;
    if (is_left) fs::remove_all(entry.path(), ignored);
  }
}

std::optional<Claims::Holder> ResultsFolder::claim(const scenario::PlannedRun& run) const {
  return claims_->take(run.id);
}

Observer::Silence ResultsFolder::silence_of(const ProcessName& process) const {
  return claims_->silence_of(process);
}

void ResultsFolder::require_claims() const {
  if (!claims_->lost()) return;
  throw SystemError(root_.string() +
                    ": the registration of this process was removed: it was silent for too long, "
                    "and others may do its runs. The same command goes on");
}

fs::path ResultsFolder::folder(const scenario::PlannedRun& run) const {
  return root_ / "runs" / run.id;
}

fs::path ResultsFolder::checkpoint(const scenario::PlannedRun& run) const {
  return root_ / "runs" / fmt::format(".checkpoint-{}", run.id);
}

bool ResultsFolder::is_complete(const scenario::PlannedRun& run) const {
  return valid_.contains(run.id) || (is_file(folder(run) / "summary.json") && damage(run).empty());
}

std::string ResultsFolder::damage(const scenario::PlannedRun& run) const {
  const fs::path file = folder(run) / "summary.json";
  if (valid_.contains(run.id) || !is_file(file)) return "";
  try {
    static_cast<void>(read_summary(file));
    valid_.insert(run.id);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

bool ResultsFolder::has_timeline(const scenario::PlannedRun& run) const {
  return is_file(folder(run) / "timeline.json");
}

fs::path ResultsFolder::partial_folder(const std::string& id) const {
  return root_ / "runs" / fmt::format(".partial-{}@{}", id, this_process().text());
}

fs::path ResultsFolder::begin(const scenario::PlannedRun& run) const {
  if (const auto other = claim(run)) {
    throw SystemError(fmt::format("{}: is computed by another gradwire ({})", folder(run).string(),
                                  other->process.shown()));
  }
  const fs::path partial = partial_folder(run.id);
  fs::remove_all(partial);
  std::error_code error;
  fs::create_directory(partial, error);
  if (error) {
    claims_->release(run.id);
    fail("cannot make a run's folder", partial, error.value());
  }
  try {
    write_atomically(partial / "scenario.json", scenario::to_json(run.scenario).dump(2) + "\n",
                     durability_);
    keep_platform(run, partial);
  } catch (...) {
    fs::remove_all(partial, error);
    claims_->release(run.id);
    throw;
  }
  return partial;
}

void ResultsFolder::keep_platform(const scenario::PlannedRun& run, const fs::path& partial) const {
  const network::PlatformConfig& platform = run.scenario.platform;
  if (platform.kind != network::PlatformKind::file) return;
  std::string& other = platform_copies_[platform.digest];
  for (const fs::path& copy : {partial_folder(other), root_ / "runs" / other}) {
    if (!other.empty() && fs::exists(copy))
      return scenario::copy_platform(platform.path, partial, copy);
  }
  scenario::copy_platform(platform.path, partial, {});
  other = run.id;
}

void ResultsFolder::complete(const scenario::PlannedRun& run, const fs::path& partial) const {
  fs::remove(partial / "log.txt");
  if (durability_ == Durability::yes) {
    for (const auto& entry : fs::recursive_directory_iterator(partial)) sync_to_disk(entry.path());
  }
  fs::remove_all(folder(run));
  if (::rename(partial.c_str(), folder(run).c_str()) != 0) {
    // ENOENT: a network file system may have repeated a request whose answer was lost.
    const int error = errno;
    if (error != ENOENT || !fs::exists(folder(run))) {
      fail("cannot rename to " + folder(run).string(), partial, error);
    }
  }
  fs::remove(root_ / "failed" / (run.id + ".log"));
  fs::remove(checkpoint(run));
  claims_->release(run.id);
}

void ResultsFolder::discard(const scenario::PlannedRun& run, const fs::path& partial,
                            bool keep_log) const {
  std::error_code ignored;
  if (keep_log) {
    fs::create_directories(root_ / "failed", ignored);
    fs::rename(partial / "log.txt", root_ / "failed" / (run.id + ".log"), ignored);
  }
  fs::remove_all(partial, ignored);
  claims_->release(run.id);
}

void ResultsFolder::remove(const scenario::PlannedRun& run) const {
  valid_.erase(run.id);
  fs::remove_all(folder(run));
}

nlohmann::ordered_json ResultsFolder::summary(const scenario::PlannedRun& run) const {
  return read_summary(folder(run) / "summary.json");
}

void ResultsFolder::write_index(const std::vector<scenario::PlannedRun>& runs) const {
  const auto complete = [this](const scenario::PlannedRun& run) { return is_complete(run); };
  std::ptrdiff_t written = 0;
  do {
    RunsTable table;
    written = 0;
    for (const scenario::PlannedRun& run : runs) {
      if (!is_complete(run)) continue;
      table.add(run, summary(run));
      ++written;
    }
    write_atomically(root_ / "runs.csv", table.to_csv());
    // Another shard that ends now may have read fewer runs, and written later.
  } while (is_shared() && std::ranges::count_if(runs, complete) != written);
}

}  // namespace gradwire::results
