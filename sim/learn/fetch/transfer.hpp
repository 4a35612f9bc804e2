#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sim/learn/fetch/part.hpp"

namespace gradwire::learn {

/// Outcome of an attempt to download a file.
struct Attempt {
  enum class End {
    complete,   ///< all bytes have arrived; they are not verified yet
    cut,        ///< the network or the server failed during the transfer; worth retrying
    unreached,  ///< no connection was established
    refused     ///< this address does not have the file
  };
  End end = End::cut;
  std::string why;  ///< empty when complete
};

/// Downloads by HTTP and HTTPS through libcurl, with one connection for all files of a host;
/// follows redirections and takes proxies from the environment, as curl does.
class Transfer {
 public:
  /// `timeout_seconds`: aborts an attempt that receives fewer than 1024 bytes in that time. `tick`
  /// is called at least once a second with the number of bytes stored; when it returns false, the
  /// attempt ends as cut.
  Transfer(double timeout_seconds, std::function<bool(std::int64_t)> tick);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Continues at the end of `part` until it has `bytes` bytes; restarts when the server does not
  /// support ranges. Never stores more. Throws SystemError when the bytes cannot be written.
  Attempt get(const std::string& url, PartFile& part, std::int64_t bytes);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace gradwire::learn
