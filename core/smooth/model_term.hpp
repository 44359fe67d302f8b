// model_term.hpp -- the smooth term of a linear model: value, gradient, curvature and Lipschitz constant for any loss.
//
//   F(x) = sum_i s_i f(y_i, (A x)_i + b + o_i) + <c, x>        x = (w, b) with a free intercept
#pragma once
#include <array>
#include <mutex>

#include "smooth/smooth.hpp"

namespace fenchel {

class ModelTerm final : public SmoothOf<ModelTerm> {
 public:
  // Throws SHAPE where sizes disagree and RANGE for illegal targets; `mean` divides the weights by their sum.
  explicit ModelTerm(LinearModel model, bool mean = false);

  unsigned caps() const override;
  index size() const override { return model_.size(); }
  index scratch_bytes() const override;
  double lipschitz(index* products = nullptr) const override;
  double strong_convexity() const override;
  double hessian_lipschitz() const override;
  bool hessian_diagonal(const double* x, double* out, Scratch scratch) const override;
  const LinearModel* linear_model() const override { return &model_; }

  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch scratch) const;
  template <class T>
  void hvp_of(const T* x, const T* v, T* out, Scratch scratch) const;

 private:
  const double* weights() const { return model_.weights.empty() ? nullptr : model_.weights.data(); }

  LinearModel model_;
  mutable std::mutex mutex_;
  mutable double lipschitz_ = -1;  // not computed yet
};

// The parameters that all terms over a linear model have.
inline constexpr ParamInfo kModelParams[] = {
    required(term_param(ParamKind::op, "A", "(samples, features) the data")),
    required(array_param("y", -1e308, 1e308, "(samples) targets; those of weight 0 do not count")),
    array_param("weights", 0.0, 1e300, "(samples) sample weights s; absent: ones"),
    array_param("offset", -1e308, 1e308, "(samples) or (samples, classes): added to the linear predictor"),
    array_param("linear", -1e308, 1e308, "(features) or (features, classes): c of the added term <c, x>"),
    integer_param("intercept", 0, 0, 1, "1: a free intercept b, the last entry of x (one per class)"),
    integer_param("mean", 0, 0, 1, "1: divide the weights by their sum"),
};
template <std::size_t N>
constexpr auto with_model_params(const ParamInfo (&own)[N]) {
  std::array<ParamInfo, std::size(kModelParams) + N> all{};
  std::size_t count = 0;
  for (const ParamInfo& info : kModelParams) all[count++] = info;
  for (const ParamInfo& info : own) all[count++] = info;
  return all;
}
std::shared_ptr<const Loss> least_squares_loss();
TermPtr make_model_term(const Params& params, std::shared_ptr<const Loss> loss);

}  // namespace fenchel
