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
  // Into memory of this object, until the next call.
  ColumnEntries column(index j);
  static index bytes(index n, index p, index outputs);

 private:
  const Design& design_;
  index n_, outputs_;
  Buffer<double> turned_;           // (K, n)
  Buffer<index> features_, first_;  // runs of coordinates of one feature, and where they begin
  Buffer<double> products_;         // (p)
  Buffer<index> rows_;
  Buffer<double> values_;  // (n)
};

}  // namespace fenchel
