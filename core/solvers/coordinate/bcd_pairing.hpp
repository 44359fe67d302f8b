// bcd_pairing.hpp -- which partition, selection and update run: what automatic stands for, and what is refused.
//
// A selection must be able to ask the partition for blocks, and its score must be the decrease that the update attains:
// gsq with a 1/L step is worse than plain Gauss-Southwell (Nutini et al. 2017).
#pragma once
#include "solvers/coordinate/selection_rules.hpp"

namespace fenchel {

struct BcdRules {
  const PartitionInfo* partition;
  const SelectionInfo* selection;
  const BlockUpdateInfo* update;
};

// Throws UNSUPPORTED for rules that do not fit each other or the problem, naming both and what would.
BcdRules choose_bcd_rules(const BcdState& state);

}  // namespace fenchel
