#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sim/learn/fetch_part.hpp"

namespace gradwire::learn {

/// How an attempt to get a file ended.
struct Attempt {
  enum class End {
    complete,   ///< all bytes are there; nobody has looked at them yet
    cut,        ///< the network or the server failed on the way: it is worth trying again
    unreached,  ///< there was no connection at all
    refused     ///< this address does not have the file
  };
  End end = End::cut;
  std::string why;  ///< empty when complete
};

/// HTTP and HTTPS through libcurl, one connection for all files of a host; redirections are
/// followed, proxies come from the environment as curl has it.
class Transfer {
 public:
  /// `timeout_seconds`: give up on an attempt when fewer than 1024 bytes came in that time. `tick`
  /// is called every second at least, with the bytes that are there; false ends the attempt, which
  /// then ends as cut.
  Transfer(double timeout_seconds, std::function<bool(std::int64_t)> tick);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Goes on where `part` ends, until it has `bytes` bytes; from the start when the server cannot
  /// go on. Never keeps more. Throws SystemError when the bytes cannot be written.
  Attempt get(const std::string& url, PartFile& part, std::int64_t bytes);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace gradwire::learn
