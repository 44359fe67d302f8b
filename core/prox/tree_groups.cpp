// tree_groups.cpp -- g(x) = lam sum_b w_b || x restricted to the subtree of node b ||_2, the coordinates at nodes of a
// forest
//
// prox     the shrinking of each subtree's vector, x_b <- max(1 - step lam w_b / || x_b ||, 0) x_b, composed from the
// leaves
//          to the roots: exact, in one pass over the nodes. A zero at a node takes its whole subtree with it
// offers   vjp (the same shrinkings backwards)
// paper    Jenatton, Mairal, Obozinski and Bach, Proximal methods for hierarchical sparse coding (2011)
#include <numeric>

#include "prox/vectors.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    real_param("lam", 1.0, 0.0, 1e150, "weight of the norms"),
    required(indices_param("parent", "(nodes) the parent of each node, one that comes before it; -1: a root")),
    required(indices_param("node", "(n) the node at which each coordinate sits; -1: at none, not penalised")),
    array_param("weights", 0.0, 1e150, "(nodes) weights w_b"),
};

class TreeGroups final : public ProxOf<TreeGroups> {
 public:
  explicit TreeGroups(const Params& params)
      : lam_(params.real("lam")),
        parent_(copy_indices(params.array("parent"))),
        node_(copy_indices(params.array("node"))),
        weights_(copy_doubles(params.array("weights"))) {
    const index nodes = count();
    check_length("weights", params.array("weights"), nodes);
    for (index b = 0; b < nodes; ++b)
      if (parent(b) < -1 || parent(b) >= b)
        fail(Status::RANGE, "the parent of node % is %; legal: -1, or a node before it", b, parent(b));
    for (const index b : node_)
      if (b < -1 || b >= nodes) fail(Status::RANGE, "node holds %; legal: -1 to %", b, nodes - 1);
  }
  unsigned caps() const override { return PROX_CONVEX | PROX_HOMOGENEOUS | PROX_VJP | PROX_EVEN | PROX_FULL_DOMAIN; }
  index size() const override { return static_cast<index>(node_.size()); }
  index scratch_bytes(index) const override { return 5 * scratch_for<double>(count()); }

  // With squares s_b of the subtrees' vectors as they reach node b, scaled already by the nodes below.
  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch scratch) const {
    if (has_nan(n, v)) return all_nan(n, out);
    const Scales s = shrink(v, static_cast<double>(step.scalar), scratch);
    double value = 0;
    for (index b = 0; b < count(); ++b) value += level(b) * s.above[b] * s.scale[b] * s.norm[b];
    for (index j = 0; j < n; ++j)
      out[j] = at(j) < 0 ? v[j] : static_cast<T>(s.above[at(j)] * s.scale[at(j)] * static_cast<double>(v[j]));
    return value;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch scratch) const {
    double* norm = scratch.take<double>(count());
    const double size = largest(n, x);
    if (!(size < kInf)) return size != size ? size : kInf;
    sum_squares(x, size, norm);
    double value = 0;
    for (index b = count() - 1; b >= 0; --b) {
      if (parent(b) >= 0) norm[parent(b)] += norm[b];
      value += level(b) * size * std::sqrt(norm[b]);
    }
    return value;
  }
  // Backwards from the roots: a shrinking by 1 - t / r of z, r = || z ||, gives (1 - t / r) c + (t / r) <z, c> z / r^2.
  // The part along z is kept as one factor for the whole subtree, which z's own entries multiply.
  template <class T>
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch scratch) const {
    if (has_nan(n, v)) return void(all_nan(n, out));
    const Scales s = shrink(v, static_cast<double>(step.scalar), scratch);
    // inner_b = <z_b, c_b> over the subtree, z as it reaches b, c the cotangent itself.
    double *inner = s.above, *along = s.along;
    std::fill(inner, inner + count(), 0.0);
    for (index j = 0; j < n; ++j)
      if (at(j) >= 0) inner[at(j)] += static_cast<double>(v[j]) * static_cast<double>(cotangent[j]);
    for (index b = count() - 1; b >= 0; --b)
      if (parent(b) >= 0) inner[parent(b)] += s.scale[b] * inner[b];
    // What reaches node b from above is down c + along z: down_b, along_b; then its own shrinking.
    double* down = s.norm;
    for (index b = 0; b < count(); ++b) {
      const index p = parent(b);
      const double from = p < 0 ? 1 : down[p],
                   with = p < 0 ? 0 : along[p] * s.scale[b];  // z_p = scale_b z_b on this part
      const double r = s.norm[b], scale = s.scale[b];
      const double product = from * inner[b] + with * r * r;  // <z_b, what comes from above>
      along[b] = scale > 0 && r > 0 ? scale * with + (1 - scale) * product / (r * r) : 0;
      down[b] = scale * from;
    }
    for (index j = 0; j < n; ++j)
      out[j] = at(j) < 0 ? cotangent[j]
                         : static_cast<T>(down[at(j)] * static_cast<double>(cotangent[j]) +
                                          along[at(j)] * static_cast<double>(v[j]));
  }

 private:
  struct Scales {
    double *scale, *norm, *above, *along;  // factor of a node; norm before it; product of its ancestors' factors
  };

  index count() const { return static_cast<index>(parent_.size()); }
  index parent(index b) const { return parent_[static_cast<std::size_t>(b)]; }
  index at(index j) const { return node_[static_cast<std::size_t>(j)]; }
  double level(index b) const { return weights_.empty() ? lam_ : lam_ * weights_[static_cast<std::size_t>(b)]; }
  template <class T>
  double largest(index n, const T* v) const {
    double most = 0;
    for (index j = 0; j < n; ++j) {
      if (at(j) < 0) continue;
      const double a = std::abs(static_cast<double>(v[j]));
      if (!(a <= most)) most = a;
      if (a != a) return a;
    }
    return most;
  }
  // Squares of v / size at each node.
  template <class T>
  void sum_squares(const T* v, double size, double* squares) const {
    const double unit = size > 0 ? 1 / size : 0;
    std::fill(squares, squares + count(), 0.0);
    for (index j = 0; j < this->size(); ++j) {
      const double a = static_cast<double>(v[j]) * unit;
      if (at(j) >= 0) squares[at(j)] += a * a;
    }
  }
  template <class T>
  Scales shrink(const T* v, double step, Scratch& scratch) const {
    const index nodes = count();
    Scales s{scratch.take<double>(nodes), scratch.take<double>(nodes), scratch.take<double>(nodes),
             scratch.take<double>(nodes)};
    const double size = largest(this->size(), v);
    sum_squares(v, size, s.norm);
    for (index b = nodes - 1; b >= 0; --b) {
      const double squares = s.norm[b], norm = size * std::sqrt(squares), t = step * level(b);
      s.scale[b] = norm > t ? 1 - t / norm : t == 0 ? 1 : 0;
      s.norm[b] = norm;
      if (parent(b) >= 0) s.norm[parent(b)] += s.scale[b] * s.scale[b] * squares;
    }
    for (index b = 0; b < nodes; ++b) s.above[b] = parent(b) < 0 ? 1 : s.above[parent(b)] * s.scale[parent(b)];
    return s;
  }

  double lam_;
  std::vector<index> parent_, node_;
  std::vector<double> weights_;
};

}  // namespace

const TermInfo& term_tree_groups() {
  static constexpr TermInfo info{TermKind::prox, "tree_groups",
                                 "lam sum_b w_b ||x over the subtree of b||_2: the hierarchical group lasso", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<TreeGroups>(p); }};
  return info;
}

}  // namespace fenchel
