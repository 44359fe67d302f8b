// partition_red_black.cpp -- greedy colours of the coupling graph: no two neighbours in a block, so that a block's
// Hessian is diagonal. Breadth first, which gives a bipartite graph (a lattice) its two colours.
#include "solvers/coordinate/partition_rules.hpp"

namespace fenchel {
namespace {

// Admissible colour with the fewest members; a new one where none is.
index admissible(const BcdColumns& H, index node, const std::vector<index>& colour, std::vector<index>& members,
                 std::vector<index>& seen_by) {
  H.visit(node, [&](index other, double) {
    const index c = colour[static_cast<std::size_t>(other)];
    if (other != node && c >= 0) seen_by[static_cast<std::size_t>(c)] = node;
  });
  std::size_t best = members.size();
  for (std::size_t c = 0; c < members.size(); ++c)
    if (seen_by[c] != node && (best == members.size() || members[c] < members[best])) best = c;
  if (best == members.size()) {
    members.push_back(0);
    seen_by.push_back(-1);
  }
  ++members[best];
  return static_cast<index>(best);
}

}  // namespace

std::unique_ptr<PartitionRule> partition_red_black(const PartitionSpec& spec) {
  const BcdColumns& H = *spec.model.coupling();
  const auto n = static_cast<std::size_t>(spec.model.size());
  std::vector<index> colour(n, -1), queue, members, seen_by;
  std::vector<char> queued(n, 0);
  for (const index root : by_curvature(spec.model)) {
    if (queued[static_cast<std::size_t>(root)] != 0) continue;
    queued[static_cast<std::size_t>(root)] = 1;
    queue.assign(1, root);
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const index node = queue[at];
      colour[static_cast<std::size_t>(node)] = admissible(H, node, colour, members, seen_by);
      H.visit(node, [&](index other, double) {
        if (queued[static_cast<std::size_t>(other)] != 0) return;
        queued[static_cast<std::size_t>(other)] = 1;
        queue.push_back(other);
      });
    }
  }
  return make_coloured_partition(colour, static_cast<index>(members.size()), true);
}

}  // namespace fenchel
