#pragma once

#include "sim/experiment/fields.hpp"
#include "sim/experiment/scenario.hpp"

namespace gradwire::experiment {

// The one declaration of every setting: key, type, range, unit and a line of help; the default is
// the struct's own. The reader, the writer, the JSON schema and the reference all come from these.

void describe(Fields& in, Scenario& c);
void describe(Fields& in, LearningRateConfig& c);
void describe(Fields& in, LearningRateStep& c);
void describe(Fields& in, BaselineConfig& c);
void describe(Fields& in, learn::DatasetConfig& c);
void describe(Fields& in, learn::PartitionConfig& c);
void describe(Fields& in, learn::ModelConfig& c);
void describe(Fields& in, algorithms::AlgorithmConfig& c);
void describe(Fields& in, algorithms::WireConfig& c);
void describe(Fields& in, network::PlatformConfig& c);
void describe(Fields& in, network::WorkerOverride& c);
void describe(Fields& in, network::EnergyConfig& c);
void describe(Fields& in, network::NetworkFactors& c);
void describe(Fields& in, actors::ProtocolConfig& c);
void describe(Fields& in, actors::ComputeConfig& c);
void describe(Fields& in, actors::StragglerConfig& c);

}  // namespace gradwire::experiment
