#include "smooth/model_term.hpp"

#include <algorithm>
#include <cmath>

#include "smooth/model_products.hpp"

namespace fenchel {
namespace {

// diag(sqrt(s)) [A 1]: its largest singular value squared bounds the curvature along any direction.
class Weighted final : public OperatorOf<Weighted> {
 public:
  explicit Weighted(const LinearModel& model) : A_(*model.A), ones_(model.intercept ? 1 : 0) {
    for (const double s : model.weights) roots_.push_back(std::sqrt(s));
  }
  index rows() const override { return A_.rows(); }
  index cols() const override { return A_.cols() + ones_; }
  index scratch_bytes() const override { return A_.scratch_bytes() + scratch_for<double>(A_.rows()); }

  template <class T>
  void apply_to(const T* x, T* y, Scratch scratch) const {
    A_.apply(x, y, scratch);
    const T b = ones_ == 0 ? T(0) : x[A_.cols()];
    for (index i = 0; i < rows(); ++i) y[i] = (y[i] + b) * root<T>(i);
  }
  template <class T>
  void adjoint_to(const T* y, T* x, Scratch scratch) const {
    T* scaled = scratch.take<T>(rows());
    double sum = 0;
    for (index i = 0; i < rows(); ++i) {
      scaled[i] = y[i] * root<T>(i);
      sum += static_cast<double>(scaled[i]);
    }
    A_.adjoint(scaled, x, scratch);
    if (ones_ != 0) x[A_.cols()] = static_cast<T>(sum);
  }

 private:
  template <class T>
  T root(index i) const {
    return roots_.empty() ? T(1) : static_cast<T>(roots_[static_cast<std::size_t>(i)]);
  }
  const Operator& A_;
  index ones_;
  std::vector<double> roots_;
};

void check_size(const char* name, const std::vector<double>& values, index length) {
  if (!values.empty() && static_cast<index>(values.size()) != length)
    fail(Status::SHAPE, "% has % elements; legal: %", name, static_cast<index>(values.size()), length);
}

void divide_by_sum(std::vector<double>& weights, index n) {
  if (weights.empty()) weights.assign(static_cast<std::size_t>(n), 1.0);
  double sum = 0;
  for (const double s : weights) sum += s;
  if (!(sum > 0 && sum < kInf)) fail(Status::RANGE, "weights sum to %; legal with mean: > 0 and finite", sum);
  for (double& s : weights) s /= sum;
}

}  // namespace

ModelTerm::ModelTerm(LinearModel model, bool mean) : model_(std::move(model)) {
  const index n = model_.samples(), outputs = model_.outputs();
  if (static_cast<index>(model_.y.size()) != n)
    fail(Status::SHAPE, "y has % elements and A has % rows; legal: the same", static_cast<index>(model_.y.size()), n);
  check_size("weights", model_.weights, n);
  check_size("offset", model_.offset, n * outputs);
  check_size("linear", model_.linear, model_.features() * outputs);
  model_.loss->check_targets(n, model_.y.data(), weights());
  if (mean) divide_by_sum(model_.weights, n);
}

unsigned ModelTerm::caps() const {
  unsigned caps = SMOOTH_HVP | SMOOTH_MODEL;
  if (model_.loss->convex()) caps |= SMOOTH_CONVEX;
  if (model_.loss->quadratic()) caps |= SMOOTH_QUADRATIC;
  if (model_.loss->curvature() < kInf) caps |= SMOOTH_LIPSCHITZ;
  return caps;
}

index ModelTerm::scratch_bytes() const {
  const index n = model_.samples(), outputs = model_.outputs();
  return 3 * scratch_for<double>(n * outputs) + model_scratch(model_);
}

template <class T>
double ModelTerm::gradient_of(const T* x, T* gradient, Scratch scratch) const {
  const index n = model_.samples(), outputs = model_.outputs();
  double* z = scratch.take<double>(n * outputs);
  predict(model_, x, true, z, scratch);
  double value = 0;
  if (gradient == nullptr) {
    value = model_.loss->value(n, z, model_.y.data(), weights());
  } else {
    double* u = scratch.take<double>(n * outputs);
    value = model_.loss->slopes(n, z, model_.y.data(), weights(), u);
    pull_back(model_, u, true, gradient, scratch);
  }
  for (std::size_t j = 0; j < model_.linear.size(); ++j)
    value += model_.linear[j] * static_cast<double>(x[static_cast<index>(j)]);
  return value;
}

template <class T>
void ModelTerm::hvp_of(const T* x, const T* v, T* out, Scratch scratch) const {
  const index n = model_.samples(), outputs = model_.outputs();
  double* z = scratch.take<double>(n * outputs);
  double* d = scratch.take<double>(n * outputs);
  double* product = scratch.take<double>(n * outputs);
  if (model_.loss->quadratic())
    std::fill_n(z, n * outputs, 0.0);
  else
    predict(model_, x, true, z, scratch);
  predict(model_, v, false, d, scratch);
  model_.loss->curvature_product(n, z, model_.y.data(), weights(), d, product);
  pull_back(model_, product, false, out, scratch);
}

template double ModelTerm::gradient_of(const float*, float*, Scratch) const;
template double ModelTerm::gradient_of(const double*, double*, Scratch) const;
template void ModelTerm::hvp_of(const float*, const float*, float*, Scratch) const;
template void ModelTerm::hvp_of(const double*, const double*, double*, Scratch) const;

double ModelTerm::lipschitz(index* products) const {
  const double curvature = model_.loss->curvature();
  if (curvature == kInf) return kInf;
  const std::lock_guard lock(mutex_);
  if (lipschitz_ < 0) {
    double heaviest = model_.weights.empty() ? 1.0 : 0.0;
    for (const double s : model_.weights) heaviest = std::max(heaviest, s);
    const double known = model_.A->norm_bound();
    if (known >= 0 && known < kInf) {
      const double ones = model_.intercept ? static_cast<double>(model_.samples()) : 0.0;
      lipschitz_ = curvature * heaviest * (known * known + ones);
    } else {
      const double norm = spectral_norm(Weighted(model_), products);
      lipschitz_ = curvature * norm * norm;
    }
  }
  return lipschitz_;
}

// min_i s_i f'' sigma_min(A)^2 of squares.
double ModelTerm::strong_convexity() const {
  const double least = model_.A->least_singular_value();
  if (!model_.loss->quadratic() || model_.outputs() != 1 || model_.intercept || least == 0) return 0;
  double lightest = model_.weights.empty() ? 1.0 : kInf;
  for (const double s : model_.weights) lightest = std::min(lightest, s);
  return model_.loss->curvature() * lightest * least * least;
}

// sup |f'''| || A ||^3: sum_i s_i |f'''_i (a_i u)(a_i v)(a_i w)| <= sup |f'''| max_i |a_i u| || S^1/2 A ||^2, of which
// lipschitz() knows the last factor; where weights differ widely || A || is computed instead.
double ModelTerm::hessian_lipschitz() const {
  if (model_.loss->quadratic()) return 0;
  const double third = model_.loss->curvature_slope();
  if (!(third < kInf)) return kInf;
  double heaviest = model_.weights.empty() ? 1.0 : 0.0, lightest = model_.weights.empty() ? 1.0 : kInf;
  for (const double s : model_.weights) {
    heaviest = std::max(heaviest, s);
    if (s > 0) lightest = std::min(lightest, s);
  }
  if (lightest >= 0.1 * heaviest && model_.loss->curvature() < kInf) {
    const double weighted = std::sqrt(lipschitz() / model_.loss->curvature());
    return third * weighted * weighted * weighted / std::sqrt(lightest);
  }
  const double norm =
      std::hypot(spectral_norm(*model_.A), model_.intercept ? std::sqrt(static_cast<double>(model_.samples())) : 0.0);
  return third * heaviest * norm * norm * norm;
}

bool ModelTerm::hessian_diagonal(const double* x, double* out, Scratch scratch) const {
  if (model_.outputs() != 1 || model_.intercept) return false;
  const index n = model_.samples();
  double *z = scratch.take<double>(n), *h = scratch.take<double>(n);
  if (model_.loss->quadratic())
    std::fill_n(z, n, 0.0);
  else
    predict(model_, x, true, z, scratch);
  model_.loss->curvatures(n, z, model_.y.data(), weights(), h);
  return model_.A->column_squares(h, out);
}

TermPtr make_model_term(const Params& params, std::shared_ptr<const Loss> loss) {
  LinearModel model;
  model.A = params.term<Operator>("A");
  model.loss = std::move(loss);
  model.y = copy_doubles(params.array("y"));
  model.weights = copy_doubles(params.array("weights"));
  model.offset = copy_doubles(params.array("offset"));
  model.linear = copy_doubles(params.array("linear"));
  model.intercept = params.flag("intercept");
  const ArrayView y = params.array("y");
  if (y.ndim != 1) fail(Status::SHAPE, "y has % dimensions; legal: 1", y.ndim);
  return std::make_shared<ModelTerm>(std::move(model), params.flag("mean"));
}

}  // namespace fenchel
