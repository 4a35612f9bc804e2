#pragma once

#include <filesystem>
#include <string>

namespace gradwire::analysis {

/// Vega as <script> elements for the page. Debian's libjs-vega has no single bundle but one file
/// per module, each also a CommonJS module; the page's `provide` joins them.
struct Vega {
  std::string scripts;  ///< empty if a module is missing
  std::string licence;  ///< text of Debian's copyright file; empty if it is missing
  std::string missing;  ///< the first module file that is missing; empty if there is none
};

/// Reads Vega from a folder that holds vega-util.min.js etc.; "/usr/share/javascript/vega" on
/// Debian.
[[nodiscard]] Vega read_vega(const std::filesystem::path& folder);

}  // namespace gradwire::analysis
