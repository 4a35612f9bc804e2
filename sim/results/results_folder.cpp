#include "sim/results/results_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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

int lock_folder(const fs::path& root) {
  const fs::path file = root / ".lock";
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) fail("cannot write to the results folder", root, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    throw SystemError(root.string() + ": another gradwire is writing to this results folder");
  }
  return fd;
}

/// Removes what killed commands left: folders of runs, and temporary files of write_atomically().
void remove_partial(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().find(".partial-") != std::string::npos) {
      fs::remove_all(entry.path());
    }
  }
}

}  // namespace

void write_atomically(const fs::path& file, const std::string& text, Durability durability) {
  fs::path temporary = file;
  temporary += fmt::format(".partial-{}", ::getpid());
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

ResultsFolder::ResultsFolder(fs::path root, Durability durability)
    : root_(std::move(root)), durability_(durability) {
  std::error_code error;
  fs::create_directories(root_ / "runs", error);
  if (error) fail("cannot make the results folder", root_, error.value());
  lock_ = lock_folder(root_);
  remove_partial(root_);
  remove_partial(root_ / "runs");
}

ResultsFolder::~ResultsFolder() {
  if (lock_ >= 0) ::close(lock_);
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
  return root_ / "runs" / fmt::format(".partial-{}-{}", id, ::getpid());
}

fs::path ResultsFolder::begin(const scenario::PlannedRun& run) const {
  const fs::path partial = partial_folder(run.id);
  fs::remove_all(partial);
  std::error_code error;
  fs::create_directory(partial, error);
  if (error) fail("cannot make a run's folder", partial, error.value());
  try {
    write_atomically(partial / "scenario.json", scenario::to_json(run.scenario).dump(2) + "\n",
                     durability_);
    keep_platform(run, partial);
  } catch (...) {
    fs::remove_all(partial, error);
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
  rename_over(partial, folder(run));
  fs::remove(root_ / "failed" / (run.id + ".log"));
  fs::remove(checkpoint(run));
}

void ResultsFolder::discard(const scenario::PlannedRun& run, const fs::path& partial,
                            bool keep_log) const {
  std::error_code ignored;
  if (keep_log) {
    fs::create_directories(root_ / "failed", ignored);
    fs::rename(partial / "log.txt", root_ / "failed" / (run.id + ".log"), ignored);
  }
  fs::remove_all(partial, ignored);
}

void ResultsFolder::remove(const scenario::PlannedRun& run) const {
  valid_.erase(run.id);
  fs::remove_all(folder(run));
}

nlohmann::ordered_json ResultsFolder::summary(const scenario::PlannedRun& run) const {
  return read_summary(folder(run) / "summary.json");
}

void ResultsFolder::write_index(const std::vector<scenario::PlannedRun>& runs) const {
  RunsTable table;
  for (const scenario::PlannedRun& run : runs) {
    if (is_complete(run)) table.add(run, summary(run));
  }
  write_atomically(root_ / "runs.csv", table.to_csv());
}

}  // namespace gradwire::results
