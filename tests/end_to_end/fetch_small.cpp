#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/commands/data/fetch_program.hpp"

namespace {

using Json = nlohmann::json;
using namespace gradwire::learn;

RemoteFile file_from(const Json& json) {
  RemoteFile file{.name = json.at("name"),
                  .bytes = json.at("bytes"),
                  .sha256 = json.at("sha256"),
                  .content_bytes = json.value("content_bytes", 0),
                  .content_sha256 = json.value("content_sha256", ""),
                  .folder = json.value("folder", ""),
                  .members = {},
                  .texts = json.value("texts", std::vector<std::string>())};
  for (const Json& member : json.value("members", Json::array())) {
    file.members.push_back({member.at("name"), member.at("bytes"), member.at("sha256")});
  }
  return file;
}

}  // namespace

/// gradwire-fetch with the small datasets that $SMALL_CATALOGUE describes and a pause of 10 ms
/// between attempts; the end-to-end tests install it next to a copy of gradwire.
int main(int argc, char** argv) {
  const Json catalogue = Json::parse(std::ifstream(std::getenv("SMALL_CATALOGUE")));
  std::vector<RemoteDataset> datasets;
  for (const Json& json : catalogue) {
    RemoteDataset dataset{.name = json.at("name"), .addresses = json.at("addresses"), .files = {}};
    for (const Json& file : json.at("files")) dataset.files.push_back(file_from(file));
    datasets.push_back(std::move(dataset));
  }
  return gradwire::commands::fetch_program(argc, argv, datasets, 0.01);
}
