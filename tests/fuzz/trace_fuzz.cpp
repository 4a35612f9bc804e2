// Target: a trace. If the first byte is even, the rest is the whole file; else it is the body of a
// file whose lengths and checksum are right.

#include <zlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>
#include <vector>

#include "sim/trace/trace.hpp"
#include "sim/trace/trace_format.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace gradwire {
namespace {

template <class T>
void put(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string file_around(std::string_view body) {
  uLongf size = compressBound(body.size());
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
            reinterpret_cast<const Bytef*>(body.data()), body.size(), 0);
  packed.resize(size);
  std::string file(trace_format::magic);
  put(file, trace_format::version);
  put(file, std::uint32_t{0});
  put(file, std::uint64_t{packed.size()});
  put(file, std::uint64_t{body.size()});
  put(file, std::uint64_t{XXH3_64bits(packed.data(), packed.size())});
  return file + packed;
}

}  // namespace
}  // namespace gradwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradwire;
  if (size == 0) return 0;
  const std::string_view rest = fuzz::text_of(data + 1, size - 1);
  const std::string file = data[0] % 2 == 0 ? std::string(rest) : file_around(rest);
  fuzz::expect_refusal_or_success([&] {
    TraceReader trace(file, "trace.bin");
    while (!trace.at_end()) trace.next();
  });
  return 0;
}
