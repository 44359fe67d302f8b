// scaled_operator.cpp -- x -> factor A x
#include <cmath>

#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::op, "A", "the operator to scale")),
    required(real_param("factor", 1, -1e300, 1e300, "multiplies it")),
};

class Scaled final : public OperatorOf<Scaled> {
 public:
  Scaled(std::shared_ptr<const Operator> A, double factor) : A_(std::move(A)), factor_(factor) {
    if (const StoredMatrix* stored = A_->stored()) {
      stored_ = *stored;
      column_scale_.assign(static_cast<std::size_t>(cols()), factor);
      for (std::size_t j = 0; j < column_scale_.size() && stored->column_scale != nullptr; ++j)
        column_scale_[j] *= stored->column_scale[j];
      stored_.column_scale = column_scale_.data();
    }
    if (const double* d = A_->diagonal())
      for (index i = 0; i < cols(); ++i) diagonal_.push_back(factor * d[i]);
  }
  index rows() const override { return A_->rows(); }
  index cols() const override { return A_->cols(); }
  unsigned caps() const override { return A_->caps(); }
  index scratch_bytes() const override { return A_->scratch_bytes(); }
  double norm_bound() const override { return std::abs(factor_) * A_->norm_bound(); }
  const StoredMatrix* stored() const override { return column_scale_.empty() ? nullptr : &stored_; }
  const double* diagonal() const override { return diagonal_.empty() ? nullptr : diagonal_.data(); }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    A_->apply(x, y, scratch);
    for (index i = 0; i < rows(); ++i) y[i] = static_cast<T>(factor_ * static_cast<double>(y[i]));
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    A_->adjoint(y, x, scratch);
    for (index i = 0; i < cols(); ++i) x[i] = static_cast<T>(factor_ * static_cast<double>(x[i]));
  }

 private:
  std::shared_ptr<const Operator> A_;
  double factor_;
  StoredMatrix stored_;
  std::vector<double> column_scale_, diagonal_;
};

}  // namespace

const TermInfo& term_scaled_operator() {
  static constexpr TermInfo info{TermKind::op, "scaled", "x -> factor A x", kParams, [](const Params& p) -> TermPtr {
                                   return std::make_shared<Scaled>(p.term<Operator>("A"), p.real("factor"));
                                 }};
  return info;
}

}  // namespace fenchel
