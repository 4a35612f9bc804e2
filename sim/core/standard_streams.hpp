#pragma once

#include <fcntl.h>

namespace gradwire {

/// Opens /dev/null in place of each standard stream that is closed. Otherwise the next file that is
/// opened would become the standard stream, and messages would be written into it. Call first in
/// main().
inline void open_standard_streams() {
  for (int stream = 0; stream < 3; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    [[maybe_unused]] const int opened = ::open("/dev/null", O_RDWR);  // lowest free: `stream`
  }
}

}  // namespace gradwire
