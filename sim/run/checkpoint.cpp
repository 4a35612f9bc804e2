#include "sim/run/checkpoint.hpp"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/results/claims/process_name.hpp"

namespace gradwire::run {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "GWCHECKPOINT 1\n";

void put_text(std::ostream& out, const std::string& text) {
  const std::uint64_t size = text.size();
  out.write(reinterpret_cast<const char*>(&size), sizeof size);
  out.write(text.data(), static_cast<std::streamsize>(size));
}

std::string get_text(std::istream& in, std::uint64_t at_most) {
  std::uint64_t size = 0;
  in.read(reinterpret_cast<char*>(&size), sizeof size);
  if (!in || size > at_most) return {};
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  return text;
}

[[noreturn]] void fail(const fs::path& file) {
  throw SystemError(fmt::format("{}: cannot write: {}", file.string(), std::strerror(errno)));
}

void sync_to_disk(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool good = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!good) fail(file);
}

/// XXH3-64 of the first `bytes` of a file.
std::uint64_t digest_of_front(const fs::path& file, std::uintmax_t bytes) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::ifstream in(file, std::ios::binary);
  std::vector<char> buffer(std::size_t{1} << 20U);
  while (bytes > 0 && in) {
    in.read(buffer.data(),
            static_cast<std::streamsize>(std::min<std::uintmax_t>(bytes, buffer.size())));
    XXH3_64bits_update(state.get(), buffer.data(), static_cast<std::size_t>(in.gcount()));
    bytes -= static_cast<std::uintmax_t>(in.gcount());
  }
  return XXH3_64bits_digest(state.get());
}

/// Appends the digest of the file's contents.
void seal(const fs::path& file) {
  const std::uint64_t digest = digest_of_front(file, fs::file_size(file));
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out.write(reinterpret_cast<const char*>(&digest), sizeof digest);
  out.close();
  if (!out) fail(file);
}

bool is_sealed(const fs::path& file) {
  std::error_code missing;
  const std::uintmax_t size = fs::file_size(file, missing);
  if (missing || size < sizeof(std::uint64_t)) return false;
  std::uint64_t digest = 0;
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(size - sizeof digest));
  in.read(reinterpret_cast<char*>(&digest), sizeof digest);
  return in && digest == digest_of_front(file, size - sizeof digest);
}

}  // namespace

Seconds pause_after(Seconds cost) { return std::max(Seconds{60.0}, 200.0 * cost); }

Checkpoint::Checkpoint(CheckpointOptions options, std::string identity)
    : options_(std::move(options)), identity_(std::move(identity)) {}

bool Checkpoint::due(std::int64_t iteration) const {
  if (options_.file.empty()) return false;
  if (options_.stop_requested()) return true;
  if (options_.every) return iteration % *options_.every == 0;
  return since_newest_.elapsed() >= pause_;
}

void Checkpoint::write(const std::string& trace,
                       const std::function<void(std::ostream&)>& save_state) {
  const Stopwatch watch;
  fs::path unfinished = options_.file;
  unfinished += results::partial_suffix();  // removed by the next command of this host
  {
    std::ofstream out(unfinished, std::ios::binary);
    put_text(out, std::string(magic));
    put_text(out, identity_);
    put_text(out, trace);
    save_state(out);
    out.close();
    if (!out) fail(unfinished);
  }
  seal(unfinished);
  sync_to_disk(unfinished);
  fs::rename(unfinished, options_.file);
  since_newest_ = {};
  pause_ = pause_after(watch.elapsed());
}

std::optional<std::string> Checkpoint::read(const std::function<void(std::istream&)>& load_state) {
  if (options_.file.empty() || !fs::exists(options_.file)) return std::nullopt;
  damaged_ = !is_sealed(options_.file);
  if (damaged_) return std::nullopt;
  const std::uintmax_t size = fs::file_size(options_.file);
  std::ifstream in(options_.file, std::ios::binary);
  damaged_ = get_text(in, size) != magic;
  if (damaged_) return std::nullopt;
  found_identity_ = get_text(in, size);
  if (found_identity_ != identity_) return std::nullopt;
  std::string trace = get_text(in, size);
  load_state(in);
  return trace;
}

}  // namespace gradwire::run
