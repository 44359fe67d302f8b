#include "solvers/bilevel/monte_carlo_risk.hpp"

#include <cmath>
#include <numbers>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "smooth/model_products.hpp"
#include "smooth/model_term.hpp"

namespace fenchel {
namespace {

// <c, x> + constant, and squares where there are some.
class RiskPart final : public SmoothOf<RiskPart> {
 public:
  RiskPart(std::shared_ptr<const Smooth> squares, std::vector<double> slope, double factor, double constant)
      : squares_(std::move(squares)), slope_(std::move(slope)), factor_(factor), constant_(constant) {}
  unsigned caps() const override { return SMOOTH_CONVEX | SMOOTH_QUADRATIC; }
  index size() const override { return static_cast<index>(slope_.size()); }
  index scratch_bytes() const override { return squares_ == nullptr ? 0 : squares_->scratch_bytes(); }

  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch scratch) const {
    double value = constant_;
    if (squares_ != nullptr)
      value += squares_->gradient(x, gradient, scratch);
    else if (gradient != nullptr)
      std::fill_n(gradient, size(), T(0));
    for (std::size_t j = 0; j < slope_.size(); ++j) {
      value += factor_ * slope_[j] * static_cast<double>(x[j]);
      if (gradient != nullptr) gradient[j] += static_cast<T>(factor_ * slope_[j]);
    }
    return value;
  }

 private:
  std::shared_ptr<const Smooth> squares_;
  std::vector<double> slope_;
  double factor_, constant_;
};

std::vector<double> normals(index n, std::int64_t seed, std::uint64_t stream) {
  const Philox random(static_cast<std::uint64_t>(seed), stream);
  std::vector<double> out;
  for (index i = 0; i < n; ++i) {  // Box and Muller
    const auto at = 2 * static_cast<std::uint64_t>(i);
    out.push_back(std::sqrt(-2 * std::log(random.uniform(at))) *
                  std::cos(2 * std::numbers::pi * random.uniform(at + 1)));
  }
  return out;
}

}  // namespace

MonteCarloRisk monte_carlo_risk(const std::vector<TuneFold>& folds, double sigma, std::int64_t seed) {
  MonteCarloRisk out;
  std::vector<TuneFold> moved;
  for (const TuneFold& fold : folds) {
    const LinearModel* found = fold.f->linear_model();
    if (found == nullptr || !found->loss->quadratic() || found->outputs() != 1)
      fail(Status::UNSUPPORTED, "this risk needs f least_squares; risk holdout takes others");
    LinearModel model = *found;
    const index samples = model.samples();
    std::vector<double> weights = model.weights;  // relative to their mean
    if (weights.empty()) weights.assign(static_cast<std::size_t>(samples), 1.0);
    double sum = 0, count = 0;
    for (const double s : weights) sum += s, count += s > 0 ? 1.0 : 0.0;
    if (!(sum > 0)) fail(Status::EMPTY, "every sample has weight 0");
    const double eps = 2 * sigma / std::pow(count, 0.3);
    const std::vector<double> delta = normals(samples, seed, out.folds.size());
    std::vector<double> pulled(static_cast<std::size_t>(samples), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      weights[i] *= count / sum;
      model.y[i] += eps * delta[i] / std::sqrt(weights[i]);
      pulled[i] = std::sqrt(weights[i]) * delta[i] / eps;
    }
    std::vector<double> slope(static_cast<std::size_t>(model.size()));
    Buffer<std::byte> memory(model_scratch(model) + 64);
    pull_back(model, pulled.data(), false, slope.data(), Scratch(memory));
    moved.push_back({std::make_shared<ModelTerm>(model), nullptr});
    model.y = found->y;
    model.linear.clear();
    model.weights = weights;
    for (double& s : model.weights) s *= 2;
    const double variance = sigma * sigma;
    out.folds.push_back({fold.f, std::make_shared<RiskPart>(std::make_shared<ModelTerm>(std::move(model)), slope,
                                                            -2 * variance, -count * variance)});
    moved.back().criterion = std::make_shared<RiskPart>(nullptr, slope, 2 * variance, 0.0);
    out.slopes.push_back(std::move(slope));
  }
  out.folds.insert(out.folds.end(), moved.begin(), moved.end());
  return out;
}

}  // namespace fenchel
