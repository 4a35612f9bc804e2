// Target: people's own data files, plain and gzip. The first byte selects the format.

#include <array>

#include "tests/fuzz/fuzz.hpp"
#include "tests/learn/data/formats/read_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradwire;
  constexpr std::array formats{"npz", "npy", "idx", "libsvm", "csv", "images_raw"};
  if (size == 0 || data[0] >= formats.size()) return 0;
  const std::filesystem::path file = fuzz::scratch("table");
  fuzz::write(file, fuzz::text_of(data + 1, size - 1));
  const learn::ReadOptions options{.format = formats[data[0]],
                                   .labels_file = file,
                                   .arrays = {},
                                   .label = "",
                                   .features = std::nullopt,
                                   .shape = {3, 2, 2}};
  fuzz::expect_refusal_or_success([&] { static_cast<void>(learn::read_table(file, options)); });
  return 0;
}
