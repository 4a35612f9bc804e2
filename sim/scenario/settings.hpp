#pragma once

#include "sim/scenario/algorithm_settings.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/scenario/settings/setting_visitor.hpp"

namespace gradwire::scenario {

// The single declaration of each setting: key, type, range, unit and help text; the default is the
// struct's own. The reader, the writer, the JSON schema and the reference are derived from it.

void describe(SettingVisitor& in, Scenario& c);
void describe(SettingVisitor& in, LearningRateConfig& c);
void describe(SettingVisitor& in, LearningRateStep& c);
void describe(SettingVisitor& in, BaselineConfig& c);
void describe(SettingVisitor& in, algorithms::WireConfig& c);
void describe(SettingVisitor& in, network::PlatformConfig& c);
void describe(SettingVisitor& in, network::WorkerOverride& c);
void describe(SettingVisitor& in, network::EnergyConfig& c);
void describe(SettingVisitor& in, network::NetworkFactors& c);
void describe(SettingVisitor& in, protocols::ProtocolConfig& c);
void describe(SettingVisitor& in, algorithms::TopologyConfig& c);
void describe(SettingVisitor& in, cost::ComputeConfig& c);
void describe(SettingVisitor& in, cost::StragglerConfig& c);

// learning_settings.cpp

void describe(SettingVisitor& in, learn::DatasetConfig& c);
void describe(SettingVisitor& in, learn::PartitionConfig& c);
void describe(SettingVisitor& in, learn::LossConfig& c);
void describe(SettingVisitor& in, learn::ModelConfig& c);
void describe(SettingVisitor& in, learn::LayerConfig& c);

}  // namespace gradwire::scenario
