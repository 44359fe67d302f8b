// compact_lines.hpp -- the rows or the columns of a sparse matrix in 6 bytes an entry (8 where lines are longer than
// 65536): float values and short indices, in the caller's order or transposed.
//
// Products with a sparse matrix are as fast as its entries arrive from memory, and half of the bytes will do where an
// error of 1e-7 does no harm: for the Hessian of a Newton step, whose gradient decides what it converges to.
#pragma once
#include <cstdint>

#include "base/buffer.hpp"
#include "operators/operator.hpp"

namespace fenchel {

class CompactLines {
 public:
  enum class By { rows, columns };
  // `a` is csr or csc; the caller's memory is not read again.
  CompactLines(const StoredMatrix& a, By by);
  // False where a value is too large or too small for a float: do not use this.
  bool faithful() const { return faithful_; }
  // out_l = <line l, v>
  void dots(const double* v, double* out) const;
  // out_l = sum_i h_i line_li^2
  void squares(const double* h, double* out) const;

 private:
  template <class T, class I>
  void read(const StoredMatrix& a, By by);
  void put(index at, index across, double value);
  template <class Visit>
  void visit(Visit&& visit) const;

  index lines_ = 0;
  bool faithful_ = true, narrow_ = false;
  Buffer<index> starts_;         // (lines + 1)
  Buffer<float> values_;         // (nnz)
  Buffer<std::uint16_t> short_;  // (nnz) indices, where narrow_
  Buffer<std::uint32_t> long_;   // else
};

}  // namespace fenchel
