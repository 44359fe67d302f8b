// bcd_case.hpp -- problems for block coordinate descent: linear models, quadratics with a sparse Hessian, lattices.
#pragma once
#include <cmath>
#include <map>
#include <utility>

#include "smooth/smooth_case.hpp"
#include "solvers/coordinate/make_bcd.hpp"

namespace fenchel::bcd_test {

using Vector = std::vector<double>;

// A symmetric matrix of few entries, compressed; also dense where a test compares.
template <class T = double, class I = std::int32_t>
class SparseMatrix final : public OperatorOf<SparseMatrix<T, I>> {
 public:
  using Entries = std::map<std::pair<index, index>, double>;  // (column, row)
  SparseMatrix(index rows, index cols, const Entries& entries, bool symmetric) : symmetric_(symmetric) {
    indptr_.assign(static_cast<std::size_t>(cols) + 1, 0);
    for (const auto& [at, value] : entries) {
      ++indptr_[static_cast<std::size_t>(at.first) + 1];
      indices_.push_back(static_cast<I>(at.second));
      values_.push_back(static_cast<T>(value));
    }
    for (std::size_t j = 0; j < static_cast<std::size_t>(cols); ++j) indptr_[j + 1] += indptr_[j];
    stored_ = {.layout = StoredMatrix::Layout::csc,
               .dtype = kStoredAs<T>,
               .rows = rows,
               .cols = cols,
               .values = values_.data(),
               .indptr = indptr_.data(),
               .indices = indices_.data(),
               .index_dtype = kStoredAs<I>,
               .nnz = static_cast<index>(values_.size())};
  }
  index rows() const override { return stored_.rows; }
  index cols() const override { return stored_.cols; }
  unsigned caps() const override { return OPERATOR_STORED | (symmetric_ ? OPERATOR_SYMMETRIC : 0U); }
  const StoredMatrix* stored() const override { return &stored_; }
  template <class V>
  void apply_to(const V* x, V* y, Scratch) const {
    std::fill_n(y, rows(), V(0));
    each([&](index i, index j, T a) { y[i] += static_cast<V>(a) * x[j]; });
  }
  template <class V>
  void adjoint_to(const V* y, V* x, Scratch) const {
    std::fill_n(x, cols(), V(0));
    each([&](index i, index j, T a) { x[j] += static_cast<V>(a) * y[i]; });
  }

 private:
  template <class F>
  void each(F&& f) const {
    for (index j = 0; j < cols(); ++j)
      for (I e = indptr_[static_cast<std::size_t>(j)]; e < indptr_[static_cast<std::size_t>(j) + 1]; ++e)
        f(static_cast<index>(indices_[static_cast<std::size_t>(e)]), j, values_[static_cast<std::size_t>(e)]);
  }
  bool symmetric_;
  std::vector<I> indptr_, indices_;
  std::vector<T> values_;
  StoredMatrix stored_;
};

using Entries = SparseMatrix<>::Entries;

// Adds weight * (x_i - x_j)^2 / 2.
inline void add_edge(Entries& entries, index i, index j, double weight) {
  entries[{i, i}] += weight;
  entries[{j, j}] += weight;
  entries[{i, j}] -= weight;
  entries[{j, i}] -= weight;
}

inline std::shared_ptr<const Smooth> quadratic(const Entries& entries, const Vector& c) {
  const auto n = static_cast<index>(c.size());
  TermMaker maker("quadratic", smooth_terms());
  maker.term("Q", std::make_shared<SparseMatrix<>>(n, n, entries, true)).array("c", c);
  return maker.make<Smooth>();
}

// The dense system Q x = -c by elimination with pivots.
inline Vector dense_solution(const Entries& entries, const Vector& c) {
  const std::size_t n = c.size();
  std::vector<Vector> a(n, Vector(n + 1, 0.0));
  for (const auto& [at, value] : entries)
    a[static_cast<std::size_t>(at.second)][static_cast<std::size_t>(at.first)] = value;
  for (std::size_t i = 0; i < n; ++i) a[i][n] = -c[i];
  for (std::size_t j = 0; j < n; ++j) {
    std::size_t pivot = j;
    for (std::size_t i = j; i < n; ++i)
      if (std::abs(a[i][j]) > std::abs(a[pivot][j])) pivot = i;
    std::swap(a[j], a[pivot]);
    for (std::size_t i = j + 1; i < n; ++i) {
      const double ratio = a[i][j] / a[j][j];
      if (ratio == 0) continue;
      for (std::size_t l = j; l <= n; ++l) a[i][l] -= ratio * a[j][l];
    }
  }
  Vector x(n);
  for (std::size_t i = n; i-- > 0;) {
    double sum = a[i][n];
    for (std::size_t l = i + 1; l < n; ++l) sum -= a[i][l] * x[l];
    x[i] = sum / a[i][i];
  }
  return x;
}

// Neighbours in a side x side lattice, nodes along its rows.
inline Entries lattice(index side, double weight, double anchor) {
  Entries entries;
  for (index r = 0; r < side; ++r) {
    for (index c = 0; c < side; ++c) {
      const index node = r * side + c;
      entries[{node, node}] += anchor;
      if (c + 1 < side) add_edge(entries, node, node + 1, weight);
      if (r + 1 < side) add_edge(entries, node, node + side, weight);
    }
  }
  return entries;
}

// Data set D: the lattice's Laplacian on its nodes without a label, and the pull of those with one.
inline std::pair<Entries, Vector> labelled_lattice() {
  constexpr index side = 50;
  const std::pair<index, double> labels[] = {
#include "../../reference/lattice_labels.inc"
  };
  Vector label(side * side, 0.0);
  for (const auto& [node, value] : labels) label[static_cast<std::size_t>(node)] = value;
  std::vector<index> free_index(side * side, -1);
  index n = 0;
  for (std::size_t node = 0; node < label.size(); ++node)
    if (label[node] == 0) free_index[node] = n++;
  Entries all = lattice(side, 1e5, 0), entries;
  Vector c(static_cast<std::size_t>(n), 0.0);
  for (const auto& [at, value] : all) {
    const index i = free_index[static_cast<std::size_t>(at.first)], j = free_index[static_cast<std::size_t>(at.second)];
    if (i >= 0 && j >= 0) entries[{i, j}] = value;
    if (i >= 0 && j < 0) c[static_cast<std::size_t>(i)] += value * label[static_cast<std::size_t>(at.second)];
  }
  return {entries, c};
}

// A tree: node i > 0 hangs on an earlier one.
inline Entries random_tree(index n, unsigned seed) {
  const Vector noise = test_noise(2 * n, seed);
  Entries entries;
  for (index i = 0; i < n; ++i) {
    const double u = noise[static_cast<std::size_t>(2 * i)], w = noise[static_cast<std::size_t>(2 * i + 1)];
    entries[{i, i}] += 0.05 + 0.05 * (1 + u);
    if (i > 0) add_edge(entries, i, std::min(i - 1, static_cast<index>((1 + u) / 2 * static_cast<double>(i))), 1.5 + w);
  }
  return entries;
}

inline std::shared_ptr<const Prox> l1(double lam) {
  return TermMaker("l1", prox_terms()).real("lam", lam).make<Prox>();
}

inline std::shared_ptr<const CompositeProblem> problem(std::shared_ptr<const Smooth> f,
                                                       std::shared_ptr<const Prox> g = nullptr,
                                                       Dtype dtype = Dtype::f64) {
  std::vector<Summand> summands;
  if (g != nullptr) summands.push_back({std::move(g), nullptr});
  return std::make_shared<CompositeProblem>(dtype, 0, std::move(f), std::move(summands));
}

inline MinimizeSettings rules(Partition partition, Selection selection, BlockUpdate update, index block_size = 0) {
  MinimizeSettings settings;
  settings.partition = static_cast<std::int32_t>(partition);
  settings.selection = static_cast<std::int32_t>(selection);
  settings.block_update = static_cast<std::int32_t>(update);
  settings.block_size = static_cast<std::int32_t>(block_size);
  return settings;
}

inline Vector solution(const MinimizeSolver& solver) {
  Vector x(static_cast<std::size_t>(solver.problem().size()));
  ArrayView view;
  view.ndim = 1;
  view.data = x.data();
  view.shape[0] = static_cast<index>(x.size());
  view.strides[0] = sizeof(double);
  solver.solution(view);
  return x;
}

inline double largest_difference(const Vector& a, const Vector& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

// Objectives of the recorded iterations.
inline Vector objectives(const MinimizeSolver& solver) {
  Vector out;
  for (std::size_t row = 0; row + kTraceColumns <= solver.trace().size(); row += kTraceColumns)
    out.push_back(solver.trace()[row + 2]);
  return out;
}

}  // namespace fenchel::bcd_test
