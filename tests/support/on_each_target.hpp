#pragma once

#include <gtest/gtest.h>

#define HWY_WANT_AVX3_DL  // for files that generate code for it
#include <hwy/targets.h>

#include <cstdint>

namespace gradwire::testing_support {

/// Runs its tests with each vector width that this machine supports.
class OnEachTarget : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

}  // namespace gradwire::testing_support
