// csr_operator.cpp -- a sparse matrix by rows
#include "operators/compressed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(borrowed(indices_param("indptr", "(rows + 1) where each row starts in values; int32 or int64"))),
    borrowed(
        indices_param("indices", "(nnz) column of each value, ascending within a row; dtype of indptr; absent: none")),
    borrowed(array_param("values", -1e308, 1e308, "(nnz) f32 or f64, finite; absent: a matrix of zeros")),
    required(integer_param("cols", 0, 1, 9e15, "number of columns")),
};

}  // namespace

const TermInfo& term_csr_operator() {
  static constexpr TermInfo info{
      TermKind::op, "csr", "x -> A x of a sparse matrix stored by rows", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Compressed>(p, StoredMatrix::Layout::csr, "cols"); }};
  return info;
}

}  // namespace fenchel
