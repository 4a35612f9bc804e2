#pragma once

#include <optional>
#include <vector>

#include "analysis/figures/figures.hpp"
#include "analysis/tables/table.hpp"

/// SASG: Deng, Li, Sun, Lu, arXiv 2112.04088.
namespace gradwire::analysis::papers::sasg {

/// Table II: rounds and bits to the baseline, mean and deviation over seeds, next to the paper's
/// number where the settings are the paper's; with the verdict of two one-sided tests at `margin`
/// (a fraction of the published number). None if no run has a baseline.
[[nodiscard]] std::optional<Table> table2(const Study& study, double margin);

/// Table III: uplink time and extra computation per 100 iterations, and the server's memory. None
/// if no run has an uplink time.
[[nodiscard]] std::optional<Table> table3(const Study& study);

/// Those of Tables II and III that the runs have data for.
[[nodiscard]] std::vector<Table> tables(const Study& study, double margin);

/// Adds learning curves against rounds, bits and simulated seconds (Figure 2), communication time
/// (3) and, where they were swept, sparsity (4) and heterogeneous data (5).
void add_figures(const Study& study, const std::vector<PanelCurves>& curves, const StyleMap& styles,
                 Figures& figures);

}  // namespace gradwire::analysis::papers::sasg
