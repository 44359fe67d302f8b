// lifted_design.hpp -- the columns of a design for a model of K outputs: coordinate c = j K + k is column j acting on
// output k of vectors (n, K), row-major. K = 1 is the design itself.
#pragma once
#include "solvers/coordinate/design.hpp"

namespace fenchel {

// The entries of one column: values[e] in row rows[e], or in row e where rows is null.
struct ColumnEntries {
  index count = 0;
  const index* rows = nullptr;
  const double* values = nullptr;
  index row(index e) const { return rows == nullptr ? e : rows[e]; }
};

class LiftedDesign {
 public:
  LiftedDesign(const Design& design, index outputs);
  const Design& design() const { return design_; }
  index samples() const { return n_; }
  index outputs() const { return outputs_; }
  index size() const { return design_.cols() * outputs_; }
  index feature(index c) const { return outputs_ == 1 ? c : c / outputs_; }
  index output(index c) const { return outputs_ == 1 ? 0 : c % outputs_; }

  void add(const index* list, index count, const double* a, double* v);  // v += sum_k a_k (column list[k])
  // out[k] = <column list[k], v>; pool may be null. Coordinates of one feature are cheapest side by side.
  void dots(ThreadPool* pool, const index* list, index count, const double* v, double* out);
  // Copies the columns of these coordinates side by side, as double, where the matrix does not hold them so (dense, not
  // double by columns) and they fit: for sweeps that come back to them.
  void keep_columns(const index* list, index count);
  // Into memory of this object, until the next call.
  ColumnEntries column(index j);
  // One output: x_c'v, v += a x_c, v += a diag(h) x_c.
  double dot(index c, const double* v) const;
  void axpy(index c, double a, double* v) const;
  void axpy_weighted(index c, double a, const double* h, double* v) const;
  static index bytes(const StoredMatrix& matrix, index outputs);

 private:
  const Design& design_;
  index n_, outputs_;
  Buffer<double> turned_;           // (K, n)
  Buffer<index> features_, first_;  // runs of coordinates of one feature, and where they begin
  Buffer<double> products_;         // (p)
  Buffer<index> rows_;
  Buffer<double> values_;  // (n)
  // Columns kept: of a feature its slot or -1, and of a slot its feature.
  Buffer<index> slot_, owner_;
  Buffer<double> pack_;  // (slots, n)
  index cap_ = 0, used_ = 0;
  const double* kept(index j) const { return cap_ > 0 && slot_[j] >= 0 ? pack_.data() + slot_[j] * n_ : nullptr; }
};

}  // namespace fenchel
