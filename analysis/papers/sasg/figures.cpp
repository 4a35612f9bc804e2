#include "analysis/figures/parts.hpp"
#include "analysis/papers/sasg/sasg.hpp"

namespace gradwire::analysis::papers::sasg {

void add_figures(const Study& study, const std::vector<PanelCurves>& curves, const StyleMap& styles,
                 Figures& figures) {
  add_learning_curves(study, curves, styles, "figure2", figures);
  add_communication(curves, styles, "figure3-communication", figures);
  add_sparsity(study, "figure4-sparsity", figures);
  add_heterogeneity(study, curves, styles, "figure5", figures);
}

}  // namespace gradwire::analysis::papers::sasg
