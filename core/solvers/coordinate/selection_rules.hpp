// selection_rules.hpp -- which block is updated: one function a rule of selection.def.
#pragma once
#include "solvers/coordinate/bcd_state.hpp"
#include "solvers/coordinate/block_update_rules.hpp"

namespace fenchel {

class SelectionRule {
 public:
  virtual ~SelectionRule() = default;
  virtual void start() {}  // forgets what earlier solves drew
  virtual Block next() = 0;
};

struct SelectionSpec {
  BcdState& state;
  PartitionRule& partition;
  BlockUpdateRule& update;
};

struct SelectionInfo {
  Selection code;
  const char* name;
  bool fixed, variable;  // with blocks cut once; with blocks made for each step
  bool greedy;           // looks at the whole gradient: a step then costs a gradient
  std::unique_ptr<SelectionRule> (*make)(const SelectionSpec& spec);
};

std::unique_ptr<SelectionRule> selection_cyclic(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_permuted(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_random(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_lipschitz(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_gs(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_gsl(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_gsd(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_gsq(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_gsq_iht(const SelectionSpec& spec);
std::unique_ptr<SelectionRule> selection_mgd(const SelectionSpec& spec);

inline constexpr SelectionInfo kSelections[] = {
    {Selection::cyclic, "cyclic", true, false, false, selection_cyclic},
    {Selection::permuted, "permuted", true, false, false, selection_permuted},
    {Selection::random, "random", true, true, false, selection_random},
    {Selection::lipschitz, "lipschitz", true, true, false, selection_lipschitz},
    {Selection::gs, "gs", true, true, true, selection_gs},
    {Selection::gsl, "gsl", true, true, true, selection_gsl},
    {Selection::gsd, "gsd", true, true, true, selection_gsd},
    {Selection::gsq, "gsq", true, false, true, selection_gsq},
    {Selection::gsq_iht, "gsq_iht", false, true, true, selection_gsq_iht},
    {Selection::mgd, "mgd", true, false, true, selection_mgd},
};

}  // namespace fenchel
