#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sim/core/error.hpp"
#include "sim/sweep/experiment_file.hpp"

namespace gradwire::testing_support {

/// Temporary folder, removed by the destructor.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("gradwire-" + std::to_string(getpid()) + "-" + std::to_string(count_++))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  /// Writes a file and returns its path.
  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static inline std::atomic<int> count_ = 0;
  std::filesystem::path path_;
};

/// Text of the InputError that `action` throws, with `folder` removed from it; "" if it throws
/// none.
template <class Action>
std::string error_text(Action action, const std::filesystem::path& folder = {}) {
  try {
    action();
    return "";
  } catch (const InputError& error) {
    std::string text = error.what();
    const std::string prefix = folder.string() + "/";
    for (std::size_t at; !folder.empty() && (at = text.find(prefix)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }
}

/// The plan of an experiment with this text.
inline sweep::Plan plan_of(std::string_view text, const sweep::Overrides& selection = {}) {
  const TemporaryFolder folder;
  return sweep::plan_experiment(folder.write("x.json", text), selection);
}

/// The error of planning an experiment file x.json with this text; "" if there is none.
inline std::string error_text_of(std::string_view text, const sweep::Overrides& selection = {}) {
  const TemporaryFolder folder;
  const auto file = folder.write("x.json", text);
  return error_text([&] { static_cast<void>(sweep::plan_experiment(file, selection)); },
                    folder.path());
}

/// The same for an experiment with this base.
inline std::string error_text_of_base(const std::string& base) {
  return error_text_of(R"({"name": "x", "base": )" + base + "}");
}

}  // namespace gradwire::testing_support
