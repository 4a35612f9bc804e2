#include "sim/learn/fetch/digest.hpp"

#include <gmock/gmock.h>

#include "tests/learn/support.hpp"

namespace gradwire::learn::digest_test {
namespace {

RawBytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string digest(const std::string& text) {
  Sha256 sha256;
  sha256.update(bytes_of(text));
  return sha256.finish();
}

// From the examples that accompany FIPS 180-4 (NIST, "SHA256 examples"), and for the empty message.
const std::string of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(digest(""), of_nothing);
  EXPECT_EQ(digest("abc"), of_abc);
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesCome) {
  Sha256 sha256;
  for (const char letter : std::string("abc")) sha256.update(bytes_of(std::string(1, letter)));

  EXPECT_EQ(sha256.finish(), of_abc);
}

TEST(Sha256OfFile, IsOfTheFileAsItLies) {
  const TemporaryFolder folder;
  int ticks = 0;

  EXPECT_EQ(sha256_of_file(folder.write("x", bytes_of("abc")), [&ticks] { ++ticks; }), of_abc);
  EXPECT_EQ(ticks, 1);
  EXPECT_EQ(sha256_of_file(folder.write("empty", {}), [] {}), of_nothing);
}

TEST(Sha256OfFile, AMissingFileIsNamed) {
  try {
    static_cast<void>(sha256_of_file("/no/such/file", [] {}));
    FAIL();
  } catch (const SystemError& error) {
    EXPECT_STREQ(error.what(), "/no/such/file: cannot be read: No such file or directory");
  }
}

TEST(Sha256OfContent, LooksBehindGzip) {
  const TemporaryFolder folder;

  EXPECT_EQ(sha256_of_content(folder.write("plain", bytes_of("abc")), 3), of_abc);
  EXPECT_EQ(sha256_of_content(folder.write("packed", gzip(bytes_of("abc"))), 3), of_abc);
}

TEST(Sha256OfContent, AnotherLengthIsAnError) {
  const TemporaryFolder folder;
  const auto file = folder.write("x", bytes_of("abc"));

  EXPECT_THAT(input_error([&] { static_cast<void>(sha256_of_content(file, 4)); }),
              testing::HasSubstr("byte 3: the file ends here"));
  EXPECT_THAT(input_error([&] { static_cast<void>(sha256_of_content(file, 2)); }),
              testing::HasSubstr("byte 2: expected the end of the file"));
}

}  // namespace
}  // namespace gradwire::learn::digest_test
