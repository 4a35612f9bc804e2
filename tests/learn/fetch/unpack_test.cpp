#include "sim/learn/fetch/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>

#include "tests/learn/support.hpp"

namespace gradwire::learn::unpack_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Entry {
  std::string path;
  std::string text;
  std::string link_to;  ///< target of a link, symbolic unless `hard`; empty: a regular file
  bool hard = false;
};

class Unpack : public testing::Test {
 protected:
  fs::path pack(const std::vector<Entry>& entries) const {
    fs::path path = folder.path() / "a.tar.gz";
    archive* out = archive_write_new();
    archive_write_add_filter_gzip(out);
    archive_write_set_format_ustar(out);
    archive_write_open_filename(out, path.c_str());
    for (const Entry& entry : entries) {
      archive_entry* header = archive_entry_new();
      archive_entry_set_pathname(header, entry.path.c_str());
      archive_entry_set_perm(header, 0644);
      archive_entry_set_filetype(header, entry.link_to.empty() || entry.hard ? AE_IFREG : AE_IFLNK);
      archive_entry_set_size(header, static_cast<la_int64_t>(entry.text.size()));
      if (entry.hard) {
        archive_entry_set_hardlink(header, entry.link_to.c_str());
      } else if (!entry.link_to.empty()) {
        archive_entry_set_symlink(header, entry.link_to.c_str());
      }
      archive_write_header(out, header);
      archive_write_data(out, entry.text.data(), entry.text.size());
      archive_entry_free(header);
    }
    archive_write_free(out);
    return path;
  }

  /// Unpacks into folder/"out"; returns the error's text, empty on success.
  std::string unpacks(const fs::path& path) const {
    fs::create_directories(place());
    try {
      unpack(path, wanted, place(), [] {});
      return "";
    } catch (const SystemError& error) {
      return error.what();
    }
  }
  fs::path place() const { return folder.path() / "out"; }

  std::string text(const std::string& name) const {
    std::ifstream stream(place() / "bin" / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void leaves_nothing() const { EXPECT_TRUE(fs::is_empty(place())); }

  TemporaryFolder folder;
  RemoteFile wanted{.name = "a.tar.gz",
                    .folder = "bin",
                    .members = {{"one", 3, ""}, {"two", 5, ""}},
                    .texts = {"names.txt"}};
  std::vector<Entry> good{{"bin/one", "111"}, {"bin/two", "22222"}, {"bin/names.txt", "x\n"}};
};

TEST_F(Unpack, KeepsWhatItExpects) {
  EXPECT_EQ(unpacks(pack(good)), "");

  EXPECT_EQ(text("one"), "111");
  EXPECT_EQ(text("two"), "22222");
  EXPECT_EQ(text("names.txt"), "x\n");
  EXPECT_FALSE(fs::exists(place() / "bin.part"));
}

TEST_F(Unpack, TextsMayBeMissing) {
  good.pop_back();

  EXPECT_EQ(unpacks(pack(good)), "");
}

TEST_F(Unpack, PassesOverAllElseEvenWhenItWouldEscape) {
  const std::string outside = (folder.path() / "evil").string();
  for (const std::string& path : std::vector<std::string>{"../evil", "bin/../../evil", "bin/./one",
                                                          outside, "evil", "bin/sub/one", "bin"}) {
    good.push_back({path, "evil"});
  }
  good.push_back({"bin/link", "", "../../evil"});

  EXPECT_EQ(unpacks(pack(good)), "");

  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(place())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("bin", "one", "two", "names.txt"));
  EXPECT_FALSE(fs::exists(outside));
}

TEST_F(Unpack, AMissingMemberIsAnError) {
  good.erase(good.begin() + 1);

  EXPECT_THAT(unpacks(pack(good)), HasSubstr("/a.tar.gz: lacks two"));
  leaves_nothing();
}

TEST_F(Unpack, AnotherSizeIsAnError) {
  good[1].text = "2222";

  EXPECT_THAT(unpacks(pack(good)), HasSubstr("two has 4 bytes, expected 5"));
  leaves_nothing();
}

TEST_F(Unpack, AHugeTextIsAnError) {
  good[2].text.assign(70'000, 'x');

  EXPECT_THAT(unpacks(pack(good)), HasSubstr("names.txt has 70000 bytes"));
  leaves_nothing();
}

TEST_F(Unpack, ALinkInPlaceOfAMemberIsAnError) {
  for (const bool hard : {false, true}) {
    good[1] = {"bin/two", "", "/etc/hostname", hard};

    EXPECT_THAT(unpacks(pack(good)), HasSubstr("two is not a regular file"));
    leaves_nothing();
  }
}

TEST_F(Unpack, AMemberThatComesTwiceIsAnError) {
  good.push_back(good[0]);

  EXPECT_THAT(unpacks(pack(good)), HasSubstr("one is in it twice"));
  leaves_nothing();
}

TEST_F(Unpack, EveryTruncationIsAnError) {
  const fs::path path = pack(good);
  // The members are followed by two blocks of zeros, whose loss is harmless, so only sizes up to
  // half of the file are tested.
  for (std::uintmax_t size = fs::file_size(path) / 2; size > 0; --size) {
    fs::resize_file(path, size);
    EXPECT_NE(unpacks(path), "") << size;
    leaves_nothing();
  }
}

TEST_F(Unpack, WhatIsNoArchiveIsAnError) {
  EXPECT_THAT(unpacks(folder.write("b", RawBytes(2000, 7))), HasSubstr("/b: cannot be unpacked: "));
  EXPECT_THAT(unpacks(folder.path() / "none"), HasSubstr("/none: cannot be unpacked: "));
  leaves_nothing();
}

TEST_F(Unpack, WhatAKilledCommandLeftIsReplaced) {
  fs::create_directories(place() / "bin.part");
  std::ofstream(place() / "bin.part" / "old") << "old";

  EXPECT_EQ(unpacks(pack(good)), "");

  EXPECT_FALSE(fs::exists(place() / "bin.part"));
  EXPECT_FALSE(fs::exists(place() / "bin" / "old"));
}

TEST_F(Unpack, StoppedItLeavesNothing) {
  struct Stop {};
  fs::create_directories(place());
  const fs::path path = pack(good);

  EXPECT_THROW(unpack(path, wanted, place(), [] { throw Stop{}; }), Stop);
  leaves_nothing();
}

TEST_F(Unpack, AFolderWithSomethingInItIsNotReplaced) {
  fs::create_directories(place() / "bin");
  std::ofstream(place() / "bin" / "mine") << "mine";

  EXPECT_THAT(unpacks(pack(good)), HasSubstr("not empty"));

  EXPECT_TRUE(fs::exists(place() / "bin" / "mine"));
  EXPECT_FALSE(fs::exists(place() / "bin.part"));
}

}  // namespace
}  // namespace gradwire::learn::unpack_test
