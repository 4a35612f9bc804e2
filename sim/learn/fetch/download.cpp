#include "sim/learn/fetch/download.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "sim/core/error.hpp"
#include "sim/learn/fetch/digest.hpp"

namespace gradwire::learn {
namespace {

/// Consecutive attempts without progress before the next address is tried: for an address that has
/// made no progress in this call, and for one that has, whose network may recover.
constexpr int initial_retries = 3;
constexpr int later_retries = 6;

/// At least one byte and 1 % of the file.
bool is_progress(std::int64_t bytes, const RemoteFile& file) {
  return bytes > 0 && bytes >= file.bytes / 100;
}

std::vector<std::string> addresses_of(const RemoteDataset& dataset, const FetchOptions& options) {
  if (options.from.empty()) return dataset.addresses;
  return {options.from.ends_with("/") ? options.from : options.from + "/"};
}

}  // namespace

std::filesystem::path part_of(const RemoteFile& file, const std::filesystem::path& folder) {
  return folder / (file.name + ".part");
}

Downloader::Downloader(const RemoteDataset& dataset, const std::vector<RemoteFile>& missing,
                       const FetchOptions& options, const FetchEvents& events)
    : dataset_(dataset),
      missing_(missing),
      options_(options),
      events_(events),
      addresses_(addresses_of(dataset, options)),
      transfer_(options.timeout_seconds, [this](std::int64_t bytes) {
        events_.progress(current_->name, bytes, current_->bytes);
        return !events_.stop();
      }) {}

void Downloader::download(const RemoteFile& file, PartFile& part) {
  current_ = &file;
  failures_.clear();
  for (const std::string& address : std::vector(addresses_)) {
    if (try_address(address + file.name, file, part)) return;
    const auto failed = std::ranges::find(addresses_, address);
    std::rotate(failed, failed + 1, addresses_.end());
  }
  fail_download(file, part.path().parent_path());
}

bool Downloader::try_address(const std::string& url, const RemoteFile& file, PartFile& part) {
  const bool continued = part.bytes() > 0;
  if (!receive(url, file, part)) return false;
  if (digest_is_right(url, file, part)) return true;
  // The first bytes may be from another address or a faulty disk: download the whole file once
  // more.
  return continued && receive(url, file, part) && digest_is_right(url, file, part);
}

bool Downloader::receive(const std::string& url, const RemoteFile& file, PartFile& part) {
  events_.say(fmt::format("{}: {} bytes from {}{}", file.name, file.bytes, url,
                          part.bytes() > 0 ? fmt::format(", going on at {}", part.bytes()) : ""));
  const std::int64_t before = part.bytes();
  for (int failures = 0;;) {
    const std::int64_t had = part.bytes();
    const Attempt attempt = transfer_.get(url, part, file.bytes);
    check_stop(part);
    if (attempt.end == Attempt::End::complete) return true;
    const bool came = is_progress(part.bytes() - before, file);
    failures = is_progress(part.bytes() - had, file) ? 0 : failures + 1;
    const bool again = attempt.end != Attempt::End::refused &&
                       (attempt.end != Attempt::End::unreached || came) &&
                       failures < (came ? later_retries : initial_retries);
    note(url, attempt.why, again ? "; trying again" : "");
    if (!again) return false;
    if (failures > 0) wait(options_.pause_seconds * (1 << (failures - 1)), part);
  }
}

bool Downloader::digest_is_right(const std::string& url, const RemoteFile& file, PartFile& part) {
  const std::string digest = sha256_of_file(part.path(), [&] { check_stop(part); });
  if (digest == file.sha256) return true;
  note(url, fmt::format("its SHA-256 is {}, expected {}", digest, file.sha256), "; thrown away");
  part.clear();
  return false;
}

void Downloader::note(const std::string& url, const std::string& why, const char* then) {
  std::string failure = fmt::format("{}: {}", url, why);
  events_.say(failure + then);
  if (failures_.empty() || failures_.back() != failure) failures_.push_back(std::move(failure));
}

void Downloader::wait(double seconds, const PartFile& part) const {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (Clock::now() < end) {
    check_stop(part);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Downloader::check_stop(const PartFile& part) const {
  if (events_.stop()) throw FetchStopped{part.bytes() > 0 ? part.path() : ""};
}

void Downloader::fail_download(const RemoteFile& file, const std::filesystem::path& folder) const {
  std::string wanted;
  const auto first = std::ranges::find(missing_, file.name, &RemoteFile::name);
  for (auto left = first; left != missing_.end(); ++left) {
    wanted += fmt::format("\n  {}{}  ({} bytes, SHA-256 {})", dataset_.addresses.front(),
                          left->name, left->bytes, left->sha256);
  }
  throw SystemError(fmt::format(
      "cannot download {}:\n  {}\nWhere there is a network, download{}\nput that into {},"
      "\nand call this again: it checks{}.",
      dataset_.name, fmt::join(failures_, "\n  "), wanted, folder.string(),
      file.folder.empty() ? "" : " and unpacks"));
}

}  // namespace gradwire::learn
