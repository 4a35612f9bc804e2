#include "sim/core/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "sim/core/archive.hpp"

namespace gradwire::model_test {
namespace {

using testing::ElementsAre;

/// Packed parameters that are plain.
class Plain final : public PackedParameters {
 public:
  [[nodiscard]] std::size_t size() const override { return 2; }
  [[nodiscard]] Vector plain() const override { return {1, 2}; }
};

TEST(ModelVersion, HandsOutItsParametersWithTheirMemory) {
  ModelVersion version(3, {1, 2}, 0.5);
  const float* const place = version.parameters().data();

  const Vector taken = version.take_parameters(nullptr);

  EXPECT_EQ(taken.data(), place);
  EXPECT_THAT(taken, ElementsAre(1, 2));
}

TEST(ModelVersion, DoesNotReturnParametersThatWereTaken) {
  ModelVersion version(3, {1, 2});
  static_cast<void>(version.take_parameters(nullptr));

  EXPECT_THROW(static_cast<void>(version.parameters()), std::logic_error);
  EXPECT_THROW(static_cast<void>(version.plain()), std::logic_error);
  EXPECT_THROW(static_cast<void>(version.take_parameters(nullptr)), std::logic_error);
}

TEST(ModelVersion, ReturnsWhatReplacedItsParametersInPlainFormOnly) {
  ModelVersion version(3, {1, 2}, 0.5);
  const auto kept = std::make_shared<const Plain>();
  static_cast<void>(version.take_parameters(kept));

  EXPECT_THROW(static_cast<void>(version.parameters()), std::logic_error);
  EXPECT_EQ(version.kept(), kept);
  EXPECT_THAT(version.plain(), ElementsAre(1, 2));
  EXPECT_EQ(version.size(), 2U);
}

TEST(ModelVersion, IsNotSavedWithoutParameters) {
  ModelVersion version(3, {1, 2});
  static_cast<void>(version.take_parameters(nullptr));
  std::ostringstream out;
  SavingArchive archive(out);

  EXPECT_THROW(archive(version), std::logic_error);
}

}  // namespace
}  // namespace gradwire::model_test
