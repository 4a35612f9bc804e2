#include "sim/learn/data/formats/zip_member.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/learn/data/files/byte_stream.hpp"

namespace gradwire::learn {
namespace {

using Archive = std::unique_ptr<archive, int (*)(archive*)>;

std::string reason_of(archive* a) {
  const char* reason = archive_error_string(a);
  return reason != nullptr ? reason : "unknown reason";
}

/// By its directory, which stands at the end, so that a truncated file is refused.
Archive open_zip(const std::filesystem::path& file) {
  const std::string refused = not_a_file(file);
  if (!refused.empty()) throw InputError(file.string(), refused);
  Archive a(archive_read_new(), &archive_read_free);
  if (!a) throw std::bad_alloc();
  archive_read_support_format_zip_seekable(a.get());
  if (archive_read_open_filename(a.get(), file.c_str(), read_block_bytes) != ARCHIVE_OK) {
    std::error_code error;
    if (!std::filesystem::exists(file, error) || archive_errno(a.get()) == EACCES) {
      throw InputError(file.string(),
                       std::string("cannot be read: ") + std::strerror(archive_errno(a.get())));
    }
    throw InputError(file.string(), "expected a zip file: " + reason_of(a.get()));
  }
  return a;
}

archive_entry* next_member(archive* a, const std::filesystem::path& file) {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(a, &entry);
  if (status == ARCHIVE_EOF) return nullptr;
  if (status < ARCHIVE_WARN) {
    throw InputError(file.string(), "expected a zip file: " + reason_of(a));
  }
  return entry;
}

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return name != nullptr ? name : "";
}

}  // namespace

std::vector<std::string> zip_members(const std::filesystem::path& file) {
  const Archive a = open_zip(file);
  std::vector<std::string> names;
  while (archive_entry* entry = next_member(a.get(), file)) names.push_back(name_of(entry));
  return names;
}

ZipMember::ZipMember(const std::filesystem::path& file, const std::string& member)
    : ByteStream(file.string() + ": " + member), archive_(open_zip(file)) {
  archive_entry* entry = next_member(archive_.get(), file);
  while (entry != nullptr && name_of(entry) != member) entry = next_member(archive_.get(), file);
  if (entry == nullptr) throw InputError(file.string(), "has no member " + member);
  if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0) {
    throw InputError(name(), "the zip file's directory states no size");
  }
  size_ = static_cast<std::uint64_t>(archive_entry_size(entry));
  const std::uint64_t most = most_inflated(std::filesystem::file_size(file));
  if (size_ > most) {
    throw InputError(name(), fmt::format("expected at most {} bytes, as many as the file can hold, "
                                         "found {} in its directory",
                                         most, size_));
  }
}

ZipMember::~ZipMember() = default;

std::uint64_t ZipMember::at_most_remaining() const { return size_ - std::min(size_, offset()); }

std::size_t ZipMember::read_some(std::span<std::uint8_t> out) {
  const la_ssize_t count = archive_read_data(archive_.get(), out.data(), out.size());
  if (count < 0) fail(offset(), "corrupt zip data: " + reason_of(archive_.get()));
  return static_cast<std::size_t>(count);
}

}  // namespace gradwire::learn
