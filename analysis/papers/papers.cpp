#include "analysis/papers/papers.hpp"

#include <array>

#include "analysis/papers/sasg/sasg.hpp"

namespace gradwire::analysis::papers {
namespace {

constexpr std::array list{
    Paper{.tables = sasg::tables, .add_figures = sasg::add_figures},
};

}  // namespace

std::span<const Paper> all() { return list; }

}  // namespace gradwire::analysis::papers
