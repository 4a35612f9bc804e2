#include "sim/learn/external/shared_memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace gradwire::learn::external::shared_memory_test {
namespace {

TEST(SharedMemory, BothSidesSeeTheSameNumbers) {
  SharedMemory memory;
  memory.allocate(1000);
  void* other = ::mmap(nullptr, memory.map().bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                       memory.descriptor(), 0);
  ASSERT_NE(other, MAP_FAILED);
  auto* floats = static_cast<float*>(other);

  memory.theta().back() = 3.0F;
  floats[memory.map().gradient / sizeof(float) + 1] = 4.0F;

  EXPECT_EQ(memory.theta().size(), 1000U);
  EXPECT_EQ(floats[memory.map().theta / sizeof(float) + 999], 3.0F);
  EXPECT_EQ(memory.gradient()[1], 4.0F);
  ::munmap(other, memory.map().bytes);
}

TEST(SharedMemory, TheOtherSideCannotMakeItSmaller) {
  SharedMemory memory;
  memory.allocate(10);

  EXPECT_NE(::ftruncate(memory.descriptor(), 0), 0);
}

}  // namespace
}  // namespace gradwire::learn::external::shared_memory_test
