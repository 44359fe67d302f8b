#include "solvers/bilevel/oracles/maid_values.hpp"

#include "base/random.hpp"

namespace fenchel {
namespace {

// H by its products, without a preconditioner: Ritz values are H's own.
class PlainHessian final : public SquareMap {
 public:
  PlainHessian(BilevelCalls& calls, const double* x, const double* theta) : calls_(calls), x_(x), theta_(theta) {}
  index size() const override { return calls_.n(); }
  bool symmetric() const override { return true; }
  void apply(const double* v, double* out) override { calls_.hvp(x_, theta_, v, out); }

 private:
  BilevelCalls& calls_;
  const double *x_, *theta_;
};

}  // namespace

MaidValues::MaidValues(BilevelRun& run) : run_(run) {
  for (Vector* v : {&slope_, &last_slope_, &last_x_, &moved_}) v->resize(size_of(run.calls.n()));
}

void MaidValues::constants(const double* theta, const Vector& x) {
  const BilevelConstants known = run_.constants(theta);
  bounded_ = known.mu > 0 && known.hessian_lipschitz < kInf && known.cross_norm < kInf &&
             known.cross_lipschitz < kInf && known.upper_lipschitz < kInf && !run_.calls.has_prox();
  guess_ = !(known.upper_lipschitz < kInf);
  if (asked_++ == next_) {  // at 0, 1, 3, 7, ...
    next_ = 2 * next_ + 1;
    if (!(known.mu > 0)) guess_mu_ = estimate_mu(theta, x);
    if (guess_) estimate_upper(theta, x);
  }
  mu_ = known.mu > 0 ? known.mu : guess_mu_;
  upper_lipschitz_ = guess_ ? guess_upper_ : known.upper_lipschitz;
}

// Half the smallest Ritz value of thirty steps from a random vector.
double MaidValues::estimate_mu(const double* theta, const Vector& x) {
  const Philox random(20, 24);
  for (std::size_t j = 0; j < slope_.size(); ++j) slope_[j] = random.uniform(j) - 0.5;
  fill(moved_.data(), length(moved_), 0.0);
  PlainHessian hessian(run_.calls, x.data(), theta);
  const LinearReport report =
      solve_linear(hessian, LinearSolver::cg, slope_.data(), moved_.data(), {.tol = 1e-6, .max_iter = 30}, memory_);
  return report.ritz_low > 0 ? 0.5 * report.ritz_low : std::max(guess_mu_, 1e-8);
}

// Twice the curvature of f along its gradient.
void MaidValues::estimate_upper(const double* theta, const Vector& x) {
  run_.calls.upper(x.data(), theta, slope_.data(), nullptr);
  const double size = norm2(slope_);
  if (!(size > 0)) return;
  const double h = 1e-4 * (1 + norm2(x)) / size;
  for (std::size_t j = 0; j < x.size(); ++j) moved_[j] = x[j] + h * slope_[j];
  try {
    run_.calls.upper(moved_.data(), theta, last_slope_.data(), nullptr);
  } catch (const OutsideDomain&) {
    return;
  }
  axpy(-1.0, slope_, last_slope_);
  guess_upper_ = std::max(guess_upper_, 2 * norm2(last_slope_) / (h * size));
}

InexactValue MaidValues::judge(const Vector& x, const double* theta, double distance) {
  InexactValue found;
  found.value = run_.calls.upper(x.data(), theta, slope_.data(), nullptr);
  found.x_error = distance / mu_;
  const double e = found.x_error;
  found.error = norm2(slope_) * e + 0.5 * upper_lipschitz_ * e * e;
  return found;
}

}  // namespace fenchel
