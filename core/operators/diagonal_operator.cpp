// diagonal_operator.cpp -- x -> d . x
#include <algorithm>
#include <cmath>

#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(array_param("d", -1e308, 1e308, "(n) the diagonal")),
};

class Diagonal final : public OperatorOf<Diagonal> {
 public:
  explicit Diagonal(const Params& params) : d_(copy_doubles(params.array("d"))) {
    if (params.array("d").ndim != 1) fail(Status::SHAPE, "d has % dimensions; legal: 1", params.array("d").ndim);
    least_ = kInf;
    for (const double d : d_) {
      norm_ = std::max(norm_, std::abs(d));
      least_ = std::min(least_, std::abs(d));
    }
    tight_ = least_ == norm_;
  }
  index rows() const override { return static_cast<index>(d_.size()); }
  index cols() const override { return rows(); }
  unsigned caps() const override {
    return OPERATOR_NORM | OPERATOR_DIAGONAL | OPERATOR_SYMMETRIC | (tight_ ? OPERATOR_TIGHT : 0U);
  }
  double norm_bound() const override { return norm_; }
  double least_singular_value() const override { return least_; }
  const double* diagonal() const override { return d_.data(); }
  bool column_squares(const double* s, double* out) const override {
    for (std::size_t i = 0; i < d_.size(); ++i) out[i] = (s == nullptr ? 1.0 : s[i]) * d_[i] * d_[i];
    return true;
  }
  template <class T>
  void apply_to(const T* x, T* y, Scratch) const {
    for (std::size_t i = 0; i < d_.size(); ++i) y[i] = static_cast<T>(d_[i] * static_cast<double>(x[i]));
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    apply_to(y, x, scratch);
  }

 private:
  std::vector<double> d_;
  double norm_ = 0, least_ = 0;
  bool tight_ = false;
};

}  // namespace

const TermInfo& term_diagonal_operator() {
  static constexpr TermInfo info{TermKind::op, "diagonal", "x -> d . x", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Diagonal>(p); }};
  return info;
}

}  // namespace fenchel
