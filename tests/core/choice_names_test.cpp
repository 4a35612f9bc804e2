#include "sim/core/choice_names.hpp"

#include <gtest/gtest.h>

namespace gradwire::choice_names_test {
namespace {

enum class Colour { red, green };
constexpr Choice colours[] = {{"red", "of 700 nm"}, {"green", "of 530 nm"}};

TEST(ChoiceNames, ARowForEachValueIsNeitherMoreNorFewerRows) {
  EXPECT_FALSE(has_row_for_each(colours, Colour::red));
  EXPECT_TRUE(has_row_for_each(colours, Colour::green));
  EXPECT_FALSE(has_row_for_each(std::span(colours).first(1), Colour::green));
}

TEST(ChoiceNames, ANameGivesItsValueBack) {
  EXPECT_EQ(name_of(Colour::green, colours), "green");
  for (const Colour colour : {Colour::red, Colour::green}) {
    EXPECT_EQ(value_named<Colour>(name_of(colour, colours), colours), colour);
  }
}

TEST(ChoiceNames, AnUnknownNameIsAnError) {
  EXPECT_THROW((void)value_named<Colour>("Red", colours), std::logic_error);
}

}  // namespace
}  // namespace gradwire::choice_names_test
