// geometry.hpp -- who sends mass to whom at what cost. Knows no eps and no weights.
//
// A Geometry is immutable and shared. Work over its n x m entries is done by a PassEngine, which owns the scratch
// memory of one solver and knows nothing of problems: it evaluates P_ij = exp2(F_i + G_j - k C_ij) and reduces it in
// passes.
#pragma once
#include <memory>

#include "base/array_view.hpp"
#include "base/types.hpp"

namespace fenchel {

class PassEngine;

class Geometry {
 public:
  virtual ~Geometry() = default;
  index rows() const { return rows_; }
  index cols() const { return cols_; }
  Dtype dtype() const { return dtype_; }
  index copied_bytes() const { return copied_bytes_; }
  // Coordinates a point; 0 where there are no points.
  index dim() const { return dim_; }
  // max C - min C, or a bound on it; > 0 unless all costs are equal.
  virtual double cost_range() const = 0;
  // Sweeps cost less than a visit to all entries (grids).
  virtual bool separable() const { return false; }
  // max_threads workers may run its passes.
  virtual std::unique_ptr<PassEngine> make_engine(int max_threads) const = 0;
  // Makes an engine of this kind and size serve this geometry instead of its own, without allocating; false if it
  // cannot.
  virtual bool rebind(PassEngine&) const { return false; }
  // Bytes that make_engine takes.
  virtual index engine_bytes(int max_threads) const = 0;

 protected:
  Geometry(index rows, index cols, Dtype dtype) : rows_(rows), cols_(cols), dtype_(dtype) {}
  index rows_, cols_;
  Dtype dtype_;
  index copied_bytes_ = 0;
  index dim_ = 0;
};

// The arrays are checked for shape, dtype and overlap by the caller; these check values (NOT_FINITE) and names (NAME).
std::shared_ptr<const Geometry> make_matrix(const ArrayView& cost);  // borrows where rows are contiguous
std::shared_ptr<const Geometry> make_point_cloud(const ArrayView& x, const ArrayView& y,
                                                 int cost);  // cost: catalogue index
std::shared_ptr<const Geometry> make_grid(int ndim, const index* shape, const double* spacing, int cost, Dtype dtype);

}  // namespace fenchel
