#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sim/core/error.hpp"
#include "sim/experiment/experiment_file.hpp"

namespace gradwire::experiment {

/// A folder that goes away with the object.
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

  /// Writes a file and tells its path.
  [[nodiscard]] std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static inline std::atomic<int> count_ = 0;
  std::filesystem::path path_;
};

/// What InputError says when `action` throws one, the temporary folder's name left out; else "".
template <class Action>
std::string complaint(Action action, const std::filesystem::path& folder = {}) {
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
inline Plan plan_of(std::string_view text, const Selection& selection = {}) {
  const TemporaryFolder folder;
  return plan_experiment(folder.write("x.json", text), selection);
}

/// What is said of an experiment file x.json with this text.
inline std::string complaint_about(std::string_view text, const Selection& selection = {}) {
  const TemporaryFolder folder;
  const auto file = folder.write("x.json", text);
  return complaint([&] { static_cast<void>(plan_experiment(file, selection)); }, folder.path());
}

/// ... whose base this is.
inline std::string complaint_about_base(const std::string& base) {
  return complaint_about(R"({"name": "x", "base": )" + base + "}");
}

}  // namespace gradwire::experiment
