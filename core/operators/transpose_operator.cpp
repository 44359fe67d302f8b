// transpose_operator.cpp -- x -> A^T x
#include "operators/transposed.hpp"

namespace fenchel {

Transposed::Transposed(std::shared_ptr<const Operator> A, std::vector<double> scale)
    : A_(std::move(A)), scale_(std::move(scale)) {
  const StoredMatrix* a = A_->stored();
  if (a == nullptr || a->column_scale != nullptr) return;  // scaled columns would be scaled rows
  using Layout = StoredMatrix::Layout;
  stored_ = *a;
  std::swap(stored_.rows, stored_.cols);
  std::swap(stored_.row_stride, stored_.col_stride);
  if (a->layout != Layout::dense) stored_.layout = a->layout == Layout::csc ? Layout::csr : Layout::csc;
  if (!scale_.empty()) stored_.column_scale = scale_.data();
  has_stored_ = true;
}

unsigned Transposed::caps() const {
  const unsigned inner = A_->caps();
  unsigned caps = has_stored_ ? OPERATOR_STORED : 0U;
  if (!scale_.empty()) return caps;
  caps |= inner & (OPERATOR_NORM | OPERATOR_DIAGONAL | OPERATOR_SYMMETRIC);
  // A A^T = mu I with a square A is A^T A = mu I.
  if (A_->rows() == A_->cols()) caps |= inner & OPERATOR_TIGHT;
  return caps;
}

index Transposed::scratch_bytes() const {
  return A_->scratch_bytes() + (scale_.empty() ? 0 : scratch_for<double>(A_->rows()));
}

namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::op, "A", "the operator to transpose")),
};

}  // namespace

const TermInfo& term_transpose_operator() {
  static constexpr TermInfo info{TermKind::op, "transpose", "x -> A^T x", kParams, [](const Params& p) -> TermPtr {
                                   return std::make_shared<Transposed>(p.term<Operator>("A"));
                                 }};
  return info;
}

}  // namespace fenchel
