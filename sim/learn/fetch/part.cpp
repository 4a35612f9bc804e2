#include "sim/learn/fetch/part.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/core/error.hpp"

namespace gradwire::learn {

PartFile::PartFile(std::filesystem::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) fail("cannot write");
  bytes_ = status.st_size;
}

PartFile::~PartFile() {
  if (bytes_ == 0 && !kept_) ::unlink(path_.c_str());
  ::close(fd_);
}

void PartFile::append(std::span<const char> data) {
  while (!data.empty()) {
    const ssize_t count = ::pwrite(fd_, data.data(), data.size(), bytes_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot write");
    bytes_ += count;
    data = data.subspan(static_cast<std::size_t>(count));
  }
}

void PartFile::clear() {
  if (::ftruncate(fd_, 0) != 0) fail("cannot write");
  bytes_ = 0;
}

void PartFile::keep_as(const std::filesystem::path& name) {
  if (::fsync(fd_) != 0) fail("cannot write to disk");
  if (::rename(path_.c_str(), name.c_str()) != 0) fail("cannot rename");
  kept_ = true;
  sync_to_disk(name.parent_path());
}

void PartFile::fail(const char* what) const {
  throw SystemError(fmt::format("{}: {}: {}", path_.string(), what, std::strerror(errno)));
}

void sync_to_disk(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) {
    throw SystemError(
        fmt::format("{}: cannot write to disk: {}", path.string(), std::strerror(error)));
  }
}

}  // namespace gradwire::learn
