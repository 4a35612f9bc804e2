#include "sim/learn/external/shared_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/core/error.hpp"

namespace gradwire::learn::external {
namespace {

[[noreturn]] void fail(int error) {
  throw SystemError(
      fmt::format("no memory to share with the model's process: {}", std::strerror(error)));
}

std::uint64_t whole_pages(std::uint64_t bytes) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

SharedMemory::SharedMemory()
    : descriptor_(::memfd_create("gradwire-model", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  if (descriptor_ < 0) fail(errno);
}

SharedMemory::~SharedMemory() {
  if (begin_ != nullptr) ::munmap(begin_, map_.bytes);
  ::close(descriptor_);
}

void SharedMemory::allocate(std::size_t parameters) {
  parameters_ = parameters;
  const std::uint64_t area = whole_pages(parameters * sizeof(float));
  map_ = {.theta = 0, .gradient = area, .bytes = 2 * area};
  // Reserves the pages, so that a lack of memory is an error here and no SIGBUS later.
  const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(map_.bytes));
  if (error != 0) fail(error);
  if (::fcntl(descriptor_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) fail(errno);
  void* begin = ::mmap(nullptr, map_.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (begin == MAP_FAILED) fail(errno);
  begin_ = static_cast<char*>(begin);
}

std::span<float> SharedMemory::area(std::uint64_t offset) const {
  return {reinterpret_cast<float*>(begin_ + offset), parameters_};
}

}  // namespace gradwire::learn::external
