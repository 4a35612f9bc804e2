#include "sim/network/platforms/platform_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <string_view>

#include "sim/core/error.hpp"
#include "sim/core/file_kind.hpp"
#include "sim/network/platforms/profile.hpp"

namespace gradwire::network {
namespace {

namespace fs = std::filesystem;

std::optional<ProfileKind> kind_of_attribute(std::string_view name) {
  if (name == "speed_file" || name == "availability_file") return ProfileKind::speed;
  if (name == "state_file") return ProfileKind::state;
  if (name == "bandwidth_file") return ProfileKind::bandwidth;
  if (name == "latency_file") return ProfileKind::latency;
  return std::nullopt;
}

/// The kind of a <trace_connect>, by SimGrid's names.
std::optional<ProfileKind> kind_of_connection(std::string_view name) {
  if (name == "SPEED" || name == "POWER") return ProfileKind::speed;
  if (name == "HOST_AVAIL" || name == "LINK_AVAIL") return ProfileKind::state;
  if (name == "BANDWIDTH") return ProfileKind::bandwidth;
  if (name == "LATENCY") return ProfileKind::latency;
  return std::nullopt;
}

std::string content_of(const fs::path& path) {
  const std::string refused = not_a_file(path);
  if (!refused.empty()) throw InputError(path.string(), refused);
  if (!is_file(path)) throw InputError(path.string(), "no such file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path.string(), std::string("cannot be read: ") + strerror(errno));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Reads one platform file, element by element.
class PlatformFileReader {
 public:
  explicit PlatformFileReader(const fs::path& path) : path_(path), text_(content_of(path)) {
    if (text_.starts_with("\xef\xbb\xbf") || text_.starts_with("\xff\xfe") ||
        text_.starts_with("\xfe\xff")) {
      throw InputError(path.string(),
                       "begins with a byte order mark, which SimGrid does not read; save it as "
                       "UTF-8 without one");
    }
    const auto result = xml_.load_buffer(text_.data(), text_.size());
    if (!result) {
      throw InputError(path.string(), fmt::format("line {}: not well-formed XML: {}",
                                                  line_at(result.offset), result.description()));
    }
  }

  PlatformFile read() {
    const pugi::xml_node platform = xml_.document_element();
    if (std::string_view(platform.name()) != "platform") {
      fail(platform, "expected the element <platform>");
    }
    check_version(platform);
    visit_elements(platform);
    for (const auto& [trace, kind] : connected_) check_trace(traces_.at(trace), kind);
    std::ranges::sort(found_.profiles);
    found_.profiles.erase(std::unique(found_.profiles.begin(), found_.profiles.end()),
                          found_.profiles.end());
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::ptrdiff_t line_at(std::ptrdiff_t offset) const {
    const auto end = text_.begin() + std::clamp<std::ptrdiff_t>(offset, 0, std::ssize(text_));
    return 1 + std::count(text_.begin(), end, '\n');
  }

  /// "line 7: <link id="l">"
  [[nodiscard]] std::string place_of(const pugi::xml_node& element) const {
    const char* id = element.attribute("id").value();
    return fmt::format("line {}: <{}{}>", line_at(element.offset_debug()), element.name(),
                       *id == '\0' ? "" : fmt::format(" id=\"{}\"", id));
  }

  [[noreturn]] void fail(const pugi::xml_node& element, const std::string& message) const {
    throw InputError(path_.string(), fmt::format("{}: {}", place_of(element), message));
  }

  void check_version(const pugi::xml_node& platform) const {
    const std::string version = platform.attribute("version").value();
    if (version == "4" || version == "4.0" || version == "4.1") return;
    fail(platform, fmt::format("is of version {}; expected 4 or 4.1: SimGrid's program "
                               "simgrid_update_xml converts older files",
                               version.empty() ? "none" : version));
  }

  void visit_elements(const pugi::xml_node& parent) {
    for (const pugi::xml_node& element : parent.children()) {
      if (element.type() != pugi::node_element) continue;
      visit(element);
      visit_elements(element);
    }
  }

  void visit(const pugi::xml_node& element) {
    const std::string_view name = element.name();
    if (name == "config") return read_config(element);
    if (name == "trace") return read_trace(element);
    if (name == "trace_connect") return read_connection(element);
    if (name == "link") require_attributes(element, {"bandwidth", "latency"});
    if (name == "host") compare_watts(element);
    for (const pugi::xml_attribute& attribute : element.attributes()) {
      const auto kind = kind_of_attribute(attribute.name());
      if (!kind) continue;
      const std::string file = attribute.value();
      if (file.empty()) continue;
      check_profile(element, *kind, attribute.name(), content_of_profile(element, file));
      found_.states_vary |= *kind == ProfileKind::state;
    }
  }

  void require_attributes(const pugi::xml_node& element,
                          std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      if (element.attribute(name).empty()) fail(element, fmt::format("expected a {}", name));
    }
  }

  /// SimGrid ends the process on a host whose watts are for more or fewer speeds than it has, as
  /// soon as energy is measured.
  void compare_watts(const pugi::xml_node& host) {
    const auto states = [](const char* list) {
      return 1 + std::ranges::count(std::string_view(list), ',');
    };
    const pugi::xml_node watts = host.find_child_by_attribute("prop", "id", "wattage_per_state");
    if (!watts || !found_.watts_problem.empty()) return;
    const auto speeds = states(host.attribute("speed").value());
    const auto given = states(watts.attribute("value").value());
    if (speeds == given) return;
    found_.watts_problem =
        fmt::format("{}: has {} speeds, and its wattage_per_state has watts for {}", place_of(host),
                    speeds, given);
  }

  void read_config(const pugi::xml_node& element) {
    for (const pugi::xml_node& setting : element.children("prop")) {
      found_.config.push_back(
          {.key = setting.attribute("id").value(), .value = setting.attribute("value").value()});
    }
  }

  void read_trace(const pugi::xml_node& element) {
    const std::string file = element.attribute("file").value();
    found_.varies_in_time = true;
    traces_[element.attribute("id").value()] = {
        .element = element,
        .text = file.empty() ? element.text().get() : content_of_profile(element, file)};
  }

  void read_connection(const pugi::xml_node& element) {
    const std::string kind = element.attribute("kind").value();
    const std::string trace = element.attribute("trace").value();
    const auto known = kind_of_connection(kind);
    if (!known) {
      fail(element, fmt::format("has the kind \"{}\"; expected HOST_AVAIL or SPEED", kind));
    }
    if (kind == "LINK_AVAIL" || kind == "BANDWIDTH" || kind == "LATENCY") {
      fail(element, fmt::format("connects a trace of kind {}, which SimGrid cannot do once a "
                                "link is there; name its file in the <link>: state_file, "
                                "bandwidth_file or latency_file",
                                kind));
    }
    if (!traces_.contains(trace)) {
      fail(element, fmt::format("names the trace \"{}\"; no <trace> before it has this id", trace));
    }
    connected_.emplace_back(trace, *known);
    found_.states_vary |= *known == ProfileKind::state;
    found_.varies_in_time = true;
  }

  std::string content_of_profile(const pugi::xml_node& element, const std::string& file) {
    if (fs::path(file).is_absolute()) {
      fail(element, fmt::format("names the profile {} by an absolute path; SimGrid finds profiles "
                                "by paths from the platform file only",
                                file));
    }
    found_.profiles.emplace_back(file);
    found_.varies_in_time = true;
    try {
      return content_of(path_.parent_path() / file);
    } catch (const InputError& error) {
      fail(element, fmt::format("names the profile {}", error.what()));
    }
  }

  void check_profile(const pugi::xml_node& element, ProfileKind kind, const char* where,
                     const std::string& text) const {
    const std::string problem = profile_problem(kind, text);
    if (problem.empty()) return;
    const std::string file = element.attribute(where).value();
    fail(element, fmt::format("{}: {}", file.empty() ? where : file, problem));
  }

  struct Trace {
    pugi::xml_node element;
    std::string text;
  };
  void check_trace(const Trace& trace, ProfileKind kind) const {
    check_profile(trace.element, kind, "file", trace.text);
  }

  fs::path path_;
  std::string text_;
  pugi::xml_document xml_;
  PlatformFile found_;
  std::map<std::string, Trace> traces_;
  std::vector<std::pair<std::string, ProfileKind>> connected_;
};

}  // namespace

PlatformFile read_platform_file(const fs::path& path) { return PlatformFileReader(path).read(); }

}  // namespace gradwire::network
