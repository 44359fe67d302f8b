// csc_operator.cpp -- a sparse matrix by columns
#include "operators/compressed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(borrowed(indices_param("indptr", "(cols + 1) where each column starts in values; int32 or int64"))),
    borrowed(
        indices_param("indices", "(nnz) row of each value, ascending within a column; dtype of indptr; absent: none")),
    borrowed(array_param("values", -1e308, 1e308, "(nnz) f32 or f64, finite; absent: a matrix of zeros")),
    required(integer_param("rows", 0, 1, 9e15, "number of rows")),
};

}  // namespace

const TermInfo& term_csc_operator() {
  static constexpr TermInfo info{
      TermKind::op, "csc", "x -> A x of a sparse matrix stored by columns", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Compressed>(p, StoredMatrix::Layout::csc, "rows"); }};
  return info;
}

}  // namespace fenchel
