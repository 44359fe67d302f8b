#include "choices.hpp"

#include <cstring>

namespace fenchel::capi {
namespace {

#define FENCHEL_REG_TYPE(name, code, text, doc) {text, code},
constexpr Choice kRegType[] = {
#include "solvers/transport/reg_types.def"
};
#undef FENCHEL_REG_TYPE

#define FENCHEL_CHOICE(name, code, doc) {#name, code},
constexpr Choice kStepRule[] = {
#include "solvers/composite/step_rule.def"
};
constexpr Choice kMomentum[] = {
#include "solvers/composite/momentum.def"
};
constexpr Choice kPartition[] = {
#include "solvers/composite/partition.def"
};
constexpr Choice kSelection[] = {
#include "solvers/composite/selection.def"
};
constexpr Choice kBlockUpdate[] = {
#include "solvers/composite/block_update.def"
};
constexpr Choice kLinearSolver[] = {
#include "linsolve/linear_solver.def"
};
constexpr Choice kRisk[] = {
#include "solvers/bilevel/risk.def"
};
constexpr Choice kHypergradientMode[] = {
#include "solvers/bilevel/oracles/hypergradient_mode.def"
};
constexpr Choice kLowerMethod[] = {
#include "solvers/bilevel/oracles/lower_method.def"
};
constexpr Choice kOptimalityMap[] = {
#include "solvers/bilevel/optimality_map.def"
};
#undef FENCHEL_CHOICE

struct List {
  const char* setting;
  std::span<const Choice> choices;
};
constexpr List kLists[] = {{"reg_type", kRegType},
                           {"step_rule", kStepRule},
                           {"momentum", kMomentum},
                           {"partition", kPartition},
                           {"selection", kSelection},
                           {"block_update", kBlockUpdate},
                           {"linear_solver", kLinearSolver},
                           {"risk", kRisk},
                           {"hypergradient_mode", kHypergradientMode},
                           {"lower_method", kLowerMethod},
                           {"optimality_map", kOptimalityMap}};

}  // namespace

std::span<const Choice> choices_of(const char* setting) {
  for (const List& list : kLists)
    if (std::strcmp(list.setting, setting) == 0) return list.choices;
  return {};
}

}  // namespace fenchel::capi
