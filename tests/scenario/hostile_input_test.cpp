#include <gmock/gmock.h>

#include "sim/scenario/json/json_file.hpp"
#include "tests/support/experiments.hpp"

namespace gradwire::scenario::hostile_input_test {
namespace {

using namespace testing_support;

using testing::HasSubstr;
using testing::StartsWith;

TEST(HostileInput, FiftyMegabytesAreRefused) {
  EXPECT_EQ(error_text_of(std::string(50'000'000, ' ')), "x.json: larger than 16 MiB");
}

TEST(HostileInput, DeepNestingIsRefused) {
  EXPECT_EQ(error_text_of(std::string(10'000, '[')),
            "x.json: nested too deeply, at most 64 levels");
  EXPECT_EQ(error_text_of(std::string(5'000'000, '[')),
            "x.json: nested too deeply, at most 64 levels");
}

TEST(HostileInput, SixtyFourLevelsAreRead) {
  const std::string text = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(parse_json(text, "x").size(), 1U);
}

TEST(HostileInput, ManyKeysAreRefused) {
  std::string text = R"({"a": {"k0": 0)";
  for (int i = 1; i <= 256; ++i) text += ", \"k" + std::to_string(i) + "\": 0";

  EXPECT_EQ(error_text_of(text + "}}"), "x.json: /a: too many keys, at most 256 an object");
}

TEST(HostileInput, AKeyTwiceIsAnError) {
  EXPECT_EQ(error_text_of(R"({"name": "a", "base": {"seed": 1, "seed": 2}})"),
            "x.json: /base/seed: key appears twice in the same object");
  EXPECT_EQ(error_text_of(R"({"sweep": [[{}, 1], {"a": 1, "a": 2}]})"),
            "x.json: /sweep/1/a: key appears twice in the same object");
}

TEST(HostileInput, InvalidUtf8IsAnError) {
  const std::string text = error_text_of("{\"name\": \"a\xff\"}");

  EXPECT_THAT(text, StartsWith("x.json: line 1, column 12: "));
  EXPECT_THAT(text, HasSubstr("UTF-8"));
  EXPECT_EQ(text.find('\xff'), std::string::npos);
}

TEST(HostileInput, NumbersBeyondADoubleAreErrors) {
  EXPECT_EQ(error_text_of(R"({"name": "a", "base": {"epochs": 1e999}})"),
            "x.json: /base/epochs: number is too large for a double");
  EXPECT_THAT(error_text_of(R"({"base": {"epochs": NaN}})"), StartsWith("x.json: line 1, "));
  EXPECT_EQ(error_text_of(R"({"name": "a", "base": {"seed": 10000000000000000000000}})"),
            "x.json: /base/seed: must be in [0, 9223372036854775807], got 1e+22");
}

TEST(HostileInput, EmptyFilesFoldersAndMissingFilesAreErrors) {
  const TemporaryFolder folder;
  const auto about = [&](const std::filesystem::path& file) {
    return error_text([&] { static_cast<void>(sweep::plan_experiment(file)); }, folder.path());
  };

  EXPECT_EQ(error_text_of(""), "x.json: is empty, must be a JSON object");
  EXPECT_EQ(error_text_of(" \n"), "x.json: is empty, must be a JSON object");
  EXPECT_THAT(error_text([&] { static_cast<void>(sweep::plan_experiment(folder.path())); }),
              HasSubstr(": is a folder, must be a file"));
  EXPECT_EQ(about(folder.path() / "no.json"), "no.json: cannot be read: No such file or directory");
}

TEST(HostileInput, AFileWithoutPermissionIsAnError) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const TemporaryFolder folder;
  const auto file = folder.write("x.json", "{}");
  std::filesystem::permissions(file, std::filesystem::perms::none);

  EXPECT_EQ(error_text([&] { static_cast<void>(sweep::plan_experiment(file)); }, folder.path()),
            "x.json: cannot be read: Permission denied");
}

TEST(HostileInput, Utf8MarkIsReadAndUtf16Refused) {
  EXPECT_EQ(error_text_of("\xef\xbb\xbf{\"name\": \"a\"}"), "");
  EXPECT_EQ(error_text_of(std::string("\xff\xfe{\0", 4)), "x.json: is UTF-16, must be UTF-8");
}

TEST(HostileInput, TooManyRunsAreRefusedBeforeTheyAreMade) {
  std::string list = "[0";
  for (int i = 1; i < 50'000; ++i) list += "," + std::to_string(i);
  list += "]";
  const std::string axes = "{\"seed\": " + list + "}, {\"max_iterations\": " + list +
                           "}, {\"evaluate_every\": " + list + "}, {\"epochs\": " + list + "}";

  EXPECT_EQ(error_text_of(R"({"name": "x", "sweep": [)" + axes + "]}"),
            "x.json: /sweep: makes more than 100000 runs");
}

}  // namespace
}  // namespace gradwire::scenario::hostile_input_test
