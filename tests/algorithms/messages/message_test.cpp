#include "sim/algorithms/messages/message.hpp"

#include <gtest/gtest.h>

namespace gradwire::algorithms::message_test {
namespace {

// Sizes of an FC 784-512-10, four tensors.
TEST(PayloadBits, AreWhatThePapersCount) {
  EXPECT_EQ(payload_bits(Dense{Vector(407050)}), Bits{13025600});
  EXPECT_EQ(payload_bits(Sparse{{3, 8, 9}, {1.0F, 2.0F, 3.0F}}), Bits{96});
  EXPECT_EQ(payload_bits(Skip{}), Bits{0});
  EXPECT_EQ(payload_bits(Signs{.ends = {401408, 401920, 407040, 407050},
                               .scales = std::vector<float>(4),
                               .negative = {}}),
            Bits{407178});
  for (const auto& [s, bits] :
       {std::pair(1, 814132), {4, 1628232}, {16, 2442332}, {255, 3663482}}) {
    EXPECT_EQ(payload_bits(Quantized{.most_level = static_cast<std::int16_t>(s),
                                     .ends = {407050},
                                     .scales = {1.0F},
                                     .levels = std::vector<std::int16_t>(407050)}),
              Bits{bits});
  }
}

}  // namespace
}  // namespace gradwire::algorithms::message_test
