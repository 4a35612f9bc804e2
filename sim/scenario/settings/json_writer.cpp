#include "sim/scenario/settings/json_writer.hpp"

#include "sim/scenario/settings/value.hpp"

namespace gradwire::scenario {

namespace {

class JsonWriter final : public SettingVisitor {
 public:
  Json object = Json::object();

 private:
  void value(const Setting& setting, const ValueAccess& slot) override {
    if (!setting.applies_to(variant_)) return;
    const Json value = slot.get();
    if (setting.selects) variant_ = value.get<std::string>();
    if (!value.is_null()) object[std::string(setting.key)] = written(value, setting.type);
  }

  void nested(const Setting& setting, const ObjectAccess& children) override {
    if (!setting.applies_to(variant_)) return;
    Json list = Json::array();
    for (std::size_t i = 0; i < children.count(); ++i) {
      list.push_back(write_object([&](SettingVisitor& in) { children.visit(in, i); }));
    }
    if (setting.type.list) {
      object[std::string(setting.key)] = std::move(list);
    } else if (!list.empty()) {
      object[std::string(setting.key)] = std::move(list[0]);
    }
  }

  std::string variant_;
};

}  // namespace

Json write_object(const std::function<void(SettingVisitor&)>& declare) {
  JsonWriter writer;
  declare(writer);
  return std::move(writer.object);
}

}  // namespace gradwire::scenario
