#include "sim/core/printable.hpp"

#include <gtest/gtest.h>

namespace gradwire::printable_test {
namespace {

std::string line(std::string_view text) { return printable(text, 100, Lines::one); }

TEST(Printable, WhatPeopleWriteStays) {
  EXPECT_EQ(line(""), "");
  EXPECT_EQ(line("worker 1 (10.0.0.2:5000) closed"), "worker 1 (10.0.0.2:5000) closed");
  EXPECT_EQ(line("Schüler 学生 🎓"), "Schüler 学生 🎓");
}

TEST(Printable, ControlsAndMarksOfDirectionDoNot) {
  EXPECT_EQ(line(std::string_view("a\0b\x1b[31m\x7f", 9)), "a?b?[31m?");
  EXPECT_EQ(line("a\nb\tc\rd"), "a?b?c?d");
  EXPECT_EQ(printable("a\nb\tc", 100, Lines::many), "a\nb?c");
  EXPECT_EQ(line("\u0080\u009b\u009f\u00a0"), "???\u00a0");
  EXPECT_EQ(line("\u200d\u200e\u200f\u2027\u2028\u202e\u202f"), "\u200d??\u2027??\u202f");
  EXPECT_EQ(line("\u2065\u2066\u2069\u061c\ufeff"), "\u2065????");
}

TEST(Printable, WhatIsNoUtf8DoesNot) {
  EXPECT_EQ(line("\x80\xff\xc3"), "???");
  EXPECT_EQ(line("\xc0\xaf"), "??");            // an overlong '/'
  EXPECT_EQ(line("\xe0\x80\xaf"), "???");       // likewise
  EXPECT_EQ(line("\xf0\x80\x80\xaf"), "????");  // likewise
  EXPECT_EQ(line("\xed\xa0\x80"), "???");       // half of a surrogate pair
  EXPECT_EQ(line("\xf4\x90\x80\x80"), "????");  // beyond the last character
  EXPECT_EQ(line("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(line("\xe2\x82"), "??");  // cut short
  EXPECT_EQ(line("\xc3(\xe2\x82("), "?(?\?(");
}

TEST(Printable, IsAsLongAsItMayBeAndCutBetweenCharacters) {
  EXPECT_EQ(printable("123456", 6, Lines::one), "123456");
  EXPECT_EQ(printable("1234567", 6, Lines::one), "123...");
  EXPECT_EQ(printable("12ü4567", 6, Lines::one), "12...");
  EXPECT_EQ(printable("1ü45678", 6, Lines::one), "1ü...");
}

}  // namespace
}  // namespace gradwire::printable_test
