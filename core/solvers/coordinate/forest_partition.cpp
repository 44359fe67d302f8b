// forest_partition.cpp -- forests of the coupling graph: fixed (each coordinate joins the first forest in which its
// neighbours all lie in different trees), or grown at each step in the order of the scores.
#include <algorithm>
#include <numeric>

#include "solvers/coordinate/partition_rules.hpp"

namespace fenchel {
namespace {

// Trees that grow together; one structure for all forests, since a coordinate is in one only.
class Trees {
 public:
  explicit Trees(index n) : parent_(n) { reset(); }
  void reset() { std::iota(parent_.begin(), parent_.end(), index{0}); }
  index root(index j) {
    while (parent_[j] != j) {
      parent_[j] = parent_[parent_[j]];
      j = parent_[j];
    }
    return j;
  }
  void join(index a, index b) { parent_[root(a)] = root(b); }

 private:
  Buffer<index> parent_;
};

// Adds nodes to forests: forest_of[j] is -1 before.
class Grower {
 public:
  explicit Grower(const BcdColumns& H)
      : H_(H), trees_(H.cols()), seen_(H.cols(), index{-1}), forest_of_(H.cols(), index{-1}) {}
  void reset() {
    trees_.reset();
    seen_.fill(-1);
    forest_of_.fill(-1);
  }
  index forest_of(index j) const { return forest_of_[j]; }
  // Whether node can join: the trees of its neighbours in that forest are different ones.
  bool add(index node, index forest) {
    bool free = true;
    // A root is marked by (node, forest); two tries of a node at different forests see different roots.
    H_.visit(node, [&](index other, double) {
      if (!free || other == node || forest_of_[other] != forest) return;
      const index root = trees_.root(other);
      if (seen_[root] == node) free = false;
      seen_[root] = node;
    });
    if (!free) return false;
    forest_of_[node] = forest;
    H_.visit(node, [&](index other, double) {
      if (other != node && forest_of_[other] == forest) trees_.join(other, node);
    });
    return true;
  }

 private:
  const BcdColumns& H_;
  Trees trees_;
  Buffer<index> seen_, forest_of_;
};

class GreedyForest final : public PartitionRule {
 public:
  explicit GreedyForest(const BcdColumns& H) : grower_(H), order_(H.cols()), members_(H.cols()) {}
  Block gather(const double* scores) override {
    std::iota(order_.begin(), order_.end(), index{0});
    std::sort(order_.begin(), order_.end(),
              [scores](index a, index b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
    grower_.reset();
    index filled = 0;
    for (index i = 0; i < order_.size(); ++i)
      if (grower_.add(order_[i], 0)) members_[filled++] = order_[i];
    return {members_.data(), filled, -1, true, false};
  }

 private:
  Grower grower_;
  Buffer<index> order_, members_;
};

}  // namespace

std::unique_ptr<PartitionRule> partition_forest(const PartitionSpec& spec) {
  const index n = spec.model.size();
  Grower grower(*spec.model.coupling());
  std::vector<index> colour(static_cast<std::size_t>(n));
  index forests = 0;
  for (const index node : by_curvature(spec.model)) {
    index forest = 0;
    while (!grower.add(node, forest)) ++forest;
    colour[static_cast<std::size_t>(node)] = forest;
    forests = std::max(forests, forest + 1);
  }
  return make_coloured_partition(colour, forests, false);
}

std::unique_ptr<PartitionRule> partition_greedy_forest(const PartitionSpec& spec) {
  return std::make_unique<GreedyForest>(*spec.model.coupling());
}

}  // namespace fenchel
