#include "sim/learn/external/program.hpp"

#include <gtest/gtest.h>

#include "tests/learn/external/support.hpp"

namespace gradwire::learn::external::program_test {
namespace {

namespace fs = std::filesystem;

std::string path_or_error(const std::string& program, const std::string& folder) {
  std::string found;
  const std::string error = error_of([&] {
    found = find_program({.command = {program}, .folder = folder, .timeout = {}}).string();
  });
  return error.empty() ? found : error;
}

TEST(FindProgram, SearchesInPathUnlessTheNameHasASlash) {
  const TemporaryFolder folder("program");
  const std::string place = folder.path().string();
  for (const char* name : {"tool", "plain"}) std::ofstream(folder.path() / name) << "#!/bin/sh\n";
  fs::permissions(folder.path() / "tool", fs::perms::owner_all);

  EXPECT_EQ(path_or_error("./tool", place), place + "/./tool");
  EXPECT_EQ(path_or_error("/bin/sh", place), "/bin/sh");
  EXPECT_TRUE(path_or_error("sh", place).ends_with("/sh"));
  EXPECT_EQ(path_or_error("tool", place), "there is no program tool in $PATH");
  EXPECT_EQ(path_or_error("./plain", place), place + "/./plain is not executable");
  EXPECT_EQ(path_or_error("./none", place), place + "/./none does not exist");
  EXPECT_EQ(path_or_error("sh", place + "/none"),
            "there is no folder " + place + "/none to run the command in");
}

}  // namespace
}  // namespace gradwire::learn::external::program_test
