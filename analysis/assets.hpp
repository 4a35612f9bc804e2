#pragma once

#include <string_view>

/// Files of the source tree that the program carries with it; written by the build.
namespace gradwire::analysis::assets {

[[nodiscard]] std::string_view published_json();  ///< study/published.json
[[nodiscard]] std::string_view page_html();       ///< page/page.html
[[nodiscard]] std::string_view page_css();        ///< page/page.css
[[nodiscard]] std::string_view page_js();         ///< page/page.js

}  // namespace gradwire::analysis::assets
