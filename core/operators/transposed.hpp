// transposed.hpp -- A^T, or A^T diag(scale): columns of A^T are samples of A, scaled by their labels in an SVM's dual.
#pragma once
#include <memory>
#include <vector>

#include "operators/operator.hpp"

namespace fenchel {

class Transposed final : public OperatorOf<Transposed> {
 public:
  // scale: (A's rows) or empty.
  explicit Transposed(std::shared_ptr<const Operator> A, std::vector<double> scale = {});
  index rows() const override { return A_->cols(); }
  index cols() const override { return A_->rows(); }
  unsigned caps() const override;
  index scratch_bytes() const override;
  double norm_bound() const override { return scale_.empty() ? A_->norm_bound() : kNaN; }
  const StoredMatrix* stored() const override { return has_stored_ ? &stored_ : nullptr; }
  const double* diagonal() const override { return scale_.empty() ? A_->diagonal() : nullptr; }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    if (scale_.empty()) return A_->adjoint(x, y, scratch);
    T* scaled = scratch.take<T>(cols());
    for (index j = 0; j < cols(); ++j) scaled[j] = x[j] * static_cast<T>(scale_[static_cast<std::size_t>(j)]);
    A_->adjoint(scaled, y, scratch);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    A_->apply(y, x, scratch);
    for (std::size_t j = 0; j < scale_.size(); ++j) x[static_cast<index>(j)] *= static_cast<T>(scale_[j]);
  }

 private:
  std::shared_ptr<const Operator> A_;
  std::vector<double> scale_;
  StoredMatrix stored_;
  bool has_stored_ = false;
};

}  // namespace fenchel
