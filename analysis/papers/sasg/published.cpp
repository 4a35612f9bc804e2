#include "analysis/papers/sasg/published.hpp"

#include "analysis/papers/sasg/assets.hpp"

namespace gradwire::analysis::papers::sasg {
namespace {

PublishedTables read_all() {
  const Json json = Json::parse(assets::published_json());
  PublishedTables tables{.source = json.at("source").get<std::string>(),
                         .table3 = read_published(json.at("table3"))};
  for (const Json& task : json.at("table2")) tables.table2.push_back(read_published(task));
  return tables;
}

}  // namespace

const PublishedTables& published_tables() {
  static const PublishedTables tables = read_all();
  return tables;
}

}  // namespace gradwire::analysis::papers::sasg
