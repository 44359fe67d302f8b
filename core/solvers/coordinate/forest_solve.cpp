#include "solvers/coordinate/forest_solve.hpp"

namespace fenchel {

ForestSolver::ForestSolver(index n) : place_(n, index{-1}), queue_(n), parent_(n), link_(n), pivot_(n), right_(n) {}

// Breadth first from a root of each tree: a parent comes before its children.
void ForestSolver::order(const BcdColumns& H, const index* members, index size) {
  constexpr index unseen = -2, root = -1;
  for (index i = 0; i < size; ++i) {
    place_[members[i]] = i;
    parent_[i] = unseen;
  }
  index filled = 0;
  for (index start = 0; start < size; ++start) {
    if (parent_[start] != unseen) continue;
    parent_[start] = root;
    queue_[filled++] = start;
    for (index at = filled - 1; at < filled; ++at) {
      const index node = queue_[at];
      H.visit(members[node], [&](index row, double h) {
        const index other = place_[row];
        if (other == node) pivot_[node] = h;
        if (other < 0 || other == node || parent_[other] != unseen) return;
        parent_[other] = node;
        link_[other] = h;
        queue_[filled++] = other;
      });
    }
  }
}

double ForestSolver::solve(const BcdColumns& H, const index* members, index size, const double* extra, double* d) {
  for (index i = 0; i < size; ++i) pivot_[i] = 0;
  order(H, members, size);
  for (index i = 0; i < size; ++i) {
    if (extra != nullptr) pivot_[i] += extra[i];
    right_[i] = d[i];
  }
  double squares = 0;
  for (index at = size; at-- > 0;) {
    const index node = queue_[at], up = parent_[node];
    if (!(pivot_[node] > 0)) {  // free, or dependent on its children: left where it is
      pivot_[node] = 0;
      continue;
    }
    squares += right_[node] * right_[node] / pivot_[node];
    if (up < 0) continue;
    const double ratio = link_[node] / pivot_[node];
    pivot_[up] -= ratio * link_[node];
    right_[up] -= ratio * right_[node];
  }
  for (index at = 0; at < size; ++at) {
    const index node = queue_[at], up = parent_[node];
    const double above = up < 0 ? 0.0 : link_[node] * d[up];
    d[node] = pivot_[node] > 0 ? (right_[node] - above) / pivot_[node] : 0.0;
  }
  for (index i = 0; i < size; ++i) place_[members[i]] = -1;
  return squares;
}

}  // namespace fenchel
