#include "solvers/coordinate/bcd_pairing.hpp"

#include <span>

namespace fenchel {
namespace {

constexpr index kLargestSquare = 4096;  // coordinates of a block whose Hessian is stored

template <class Info, class Code>
const Info* find(std::span<const Info> infos, Code code, const char* setting) {
  for (const Info& info : infos)
    if (info.code == code) return &info;
  fail(Status::RANGE, "% is %; legal: a code of its list", setting, static_cast<int>(code));
}

// Elimination by trees pays where coordinates have few neighbours.
bool few_neighbours(const BcdColumns& H) {
  index entries = 0;
  for (index j = 0; j < H.cols(); ++j) H.visit(j, [&](index, double) { ++entries; });
  return entries <= 12 * H.cols();
}

bool needs_fixed(Selection selection) {
  return selection == Selection::cyclic || selection == Selection::permuted || selection == Selection::gsq ||
         selection == Selection::mgd;
}

Partition default_partition(const BcdState& state, Selection selection, BlockUpdate update) {
  const bool exact = update == BlockUpdate::automatic || update == BlockUpdate::matrix || update == BlockUpdate::newton;
  const BcdColumns* H = state.model->coupling();
  if (H != nullptr && exact && !state.simple.kinks() && selection != Selection::gsq_iht && few_neighbours(*H))
    return needs_fixed(selection) ? Partition::forest : Partition::greedy_forest;
  return needs_fixed(selection) ? Partition::sort : Partition::variable;
}

BlockUpdate default_update(const BcdState& state, const PartitionInfo& partition) {
  if (!state.simple.convex()) return BlockUpdate::line_search_L;
  if (state.simple.kinks())
    return partition.graph && partition.code != Partition::red_black ? BlockUpdate::gradient : BlockUpdate::exact_qp;
  return state.model->quadratic() ? BlockUpdate::matrix : BlockUpdate::newton;
}

bool first_order(BlockUpdate update) { return update == BlockUpdate::gradient || update == BlockUpdate::line_search_L; }

Selection default_selection(const BcdState& state, const PartitionInfo& partition, BlockUpdate update) {
  if (first_order(update)) return Selection::gsl;
  return partition.fixed && state.model->bounded() ? Selection::gsq : Selection::gsd;
}

void check_partition(const BcdState& state, const PartitionInfo& partition) {
  if (partition.graph && state.model->coupling() == nullptr)
    fail(Status::UNSUPPORTED,
         "partition % needs a quadratic f whose Hessian is stored sparse; legal here: order, sort, average, variable",
         partition.name);
}

void check_selection(const BcdState& state, const BcdRules& rules) {
  const char* name = rules.selection->name;
  if (rules.partition->fixed && !rules.selection->fixed)
    fail(Status::UNSUPPORTED, "selection % chooses its own blocks and partition % has fixed ones; legal: variable",
         name, rules.partition->name);
  if (!rules.partition->fixed && !rules.selection->variable)
    fail(
        Status::UNSUPPORTED,
        "selection % needs fixed blocks and partition % makes them for each step; legal: order, sort, average, forest, "
        "red_black",
        name, rules.partition->name);
  const Selection code = rules.selection->code;
  const bool quadratic = code == Selection::gsq || code == Selection::gsq_iht;
  if (code == Selection::gsq_iht && rules.partition->graph)
    fail(Status::UNSUPPORTED, "selection gsq_iht chooses its own blocks and partition % grows forests; legal: variable",
         rules.partition->name);
  if (quadratic && first_order(rules.update->code))
    fail(Status::UNSUPPORTED,
         "selection % scores the decrease of a step with the block's Hessian and update % makes a 1/L step: together "
         "they are worse than gs; legal: matrix, newton, exact_qp, tmp, or selection gsl",
         name, rules.update->name);
  if (quadratic && rules.partition->graph && state.simple.kinks())
    fail(Status::UNSUPPORTED, "selection % on partition % needs a g without kinks or bounds; legal: gs, gsl, gsd", name,
         rules.partition->name);
  if ((quadratic || code == Selection::lipschitz) && !state.model->bounded())
    fail(Status::UNSUPPORTED,
         "selection % needs a bound of the curvature, which f has not; legal: cyclic, gs, gsl, gsd", name);
  if (!state.simple.convex() && quadratic)
    fail(Status::UNSUPPORTED, "selection % needs a convex g; legal: gs, gsl, gsd", name);
}

void check_update(const BcdState& state, const BcdRules& rules) {
  const unsigned needs = rules.update->needs;
  const char* name = rules.update->name;
  if ((needs & NEEDS_BOUND) != 0 && !state.model->bounded())
    fail(Status::UNSUPPORTED,
         "block_update % needs a bound of the curvature, which f has not; legal: line_search_L, newton, exact_qp, tmp",
         name);
  if ((needs & NEEDS_SMOOTH) != 0 && state.simple.kinks())
    fail(Status::UNSUPPORTED,
         "block_update % needs a g without kinks or bounds; legal: exact_qp, tmp, gradient, line_search_L", name);
  if ((needs & NEEDS_CONVEX) != 0 && !state.simple.convex())
    fail(Status::UNSUPPORTED, "block_update % needs a convex g; legal: gradient, line_search_L", name);
  if ((needs & NEEDS_BOX) != 0 && !(state.simple.soft_box() && state.simple.convex()))
    fail(Status::UNSUPPORTED,
         "block_update % needs a g of the form l1 |x| + l2 x^2 / 2 between bounds; legal: exact_qp, gradient, "
         "line_search_L",
         name);
  const bool eliminated = (needs & NEEDS_SMOOTH) != 0;  // matrix and newton pass messages
  const bool separate = rules.update->code == BlockUpdate::exact_qp && rules.partition->code == Partition::red_black;
  if ((needs & NEEDS_SQUARE) != 0 && rules.partition->graph && !eliminated && !separate)
    fail(Status::UNSUPPORTED,
         "block_update % stores the block's Hessian and the blocks of partition % are too large; legal: matrix, newton "
         "(g without kinks), gradient, line_search_L",
         name, rules.partition->name);
  const bool square = (needs & NEEDS_SQUARE) != 0 || needs == NEEDS_BOUND;
  if (square && !rules.partition->graph && state.block_size > kLargestSquare)
    fail(Status::RANGE, "block_size is %; legal with block_update %: 1 to %", state.block_size, name, kLargestSquare);
}

}  // namespace

BcdRules choose_bcd_rules(const BcdState& state) {
  auto partition = static_cast<Partition>(state.settings.partition);
  auto selection = static_cast<Selection>(state.settings.selection);
  auto update = static_cast<BlockUpdate>(state.settings.block_update);
  if (partition == Partition::automatic) partition = default_partition(state, selection, update);
  BcdRules rules{};
  rules.partition = find<PartitionInfo>(kPartitions, partition, "partition");
  if (update == BlockUpdate::automatic) update = default_update(state, *rules.partition);
  if (selection == Selection::automatic) selection = default_selection(state, *rules.partition, update);
  rules.selection = find<SelectionInfo>(kSelections, selection, "selection");
  rules.update = find<BlockUpdateInfo>(kBlockUpdates, update, "block_update");
  check_partition(state, *rules.partition);
  check_selection(state, rules);
  check_update(state, rules);
  return rules;
}

}  // namespace fenchel
