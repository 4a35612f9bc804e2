#pragma once

#include <filesystem>
#include <string>

namespace gradwire::analysis {

/// Vega, as <script> elements to put into a page. Debian's libjs-vega has no single bundle, but one
/// module a file, each of which also works as a CommonJS module; the page's `provide` joins them.
struct Vega {
  std::string scripts;  ///< empty if a module is missing
  std::string licence;  ///< Debian's copyright file, where it is there
  std::string missing;  ///< the file that is not there; else empty
};

/// From a folder that holds vega-util.min.js and so on; "/usr/share/javascript/vega" on Debian.
[[nodiscard]] Vega read_vega(const std::filesystem::path& folder);

}  // namespace gradwire::analysis
