#include "solvers/bilevel/oracles/unrolled_step.hpp"

namespace fenchel {

UnrolledStep::UnrolledStep(BilevelCalls& calls, const BilevelSettings& settings)
    : calls_(calls), settings_(settings), cross_(size_of(calls.m())) {
  for (Vector* v : {&slope_, &ahead_, &moved_}) v->resize(size_of(calls.n()));
}

void UnrolledStep::start(const double* theta, const BilevelConstants& constants, const double* x) {
  restart();
  given_ = settings_.lower_step > 0 || constants.lipschitz < kInf;
  if (given_) {
    step_ = settings_.lower_step > 0 ? settings_.lower_step : 1 / constants.lipschitz;
    return;
  }
  if (step_ > 0) return;  // that of the last theta, unless it turns out too long
  // The curvature along the gradient; backtracking does the rest.
  const index n = calls_.n();
  calls_.lower(x, theta, slope_.data(), nullptr);
  const double size = norm2(slope_);
  step_ = 1;
  if (!(size > 0)) return;
  const double h = 1e-4 * (1 + norm2(x, n)) / size;
  for (index j = 0; j < n; ++j) moved_[size_of(j)] = x[j] - h * slope_[size_of(j)];
  try {
    calls_.lower(moved_.data(), theta, ahead_.data(), nullptr);
  } catch (const OutsideDomain&) {
    return;
  }
  axpy(-1.0, slope_, ahead_);
  if (norm2(ahead_) > 0) step_ = h * size / norm2(ahead_);
}

// The last step's promise, now that h is known where it led; values that differ by rounding prove nothing.
bool UnrolledStep::descended(double value) { return !previous_ || value <= promised_ + 1e-10 * std::abs(value_); }

bool UnrolledStep::advance(const double* theta, const double* x, double* out) {
  const index n = calls_.n();
  const auto shorten = [this] {
    step_ /= 2;
    restart();
    return false;
  };
  double value = 0;
  try {
    value = calls_.lower(x, theta, slope_.data(), nullptr);
  } catch (const OutsideDomain&) {
    if (given_ || !previous_) throw;
    return shorten();
  }
  if (!given_ && !descended(value)) return shorten();
  for (index j = 0; j < n; ++j) moved_[size_of(j)] = x[j] - step_ * slope_[size_of(j)];
  calls_.prox(moved_.data(), theta, step_, out);
  for (index j = 0; j < n; ++j) moved_[size_of(j)] = out[j] - x[j];
  value_ = value;
  promised_ = value + dot(slope_, moved_) + dot(moved_, moved_) / (2 * step_);
  previous_ = true;
  return true;
}

void UnrolledStep::before(const double* theta, const double* x, Vector& out) {
  calls_.lower(x, theta, out.data(), nullptr);
  for (std::size_t j = 0; j < out.size(); ++j) out[j] = x[j] - step_ * out[j];
}

void UnrolledStep::through_theta(const double* theta, const double* x, Vector& a, Vector& z) {
  if (calls_.has_prox()) {
    before(theta, x, moved_);
    calls_.prox_vjp(moved_.data(), theta, step_, a.data(), ahead_.data(), cross_.data());
    axpy(1.0, cross_, z);
    a = ahead_;
  }
  calls_.cross_t(x, theta, a.data(), cross_.data());
  axpy(-step_, cross_, z);
}

void UnrolledStep::back(const double* theta, const double* x, Vector& a, Vector& z) {
  through_theta(theta, x, a, z);
  calls_.hvp(x, theta, a.data(), ahead_.data());
  axpy(-step_, ahead_, a);
}

double UnrolledStep::residual(const double* theta, const double* x) {
  before(theta, x, moved_);
  calls_.prox(moved_.data(), theta, step_, ahead_.data());
  axpy(-1.0, x, calls_.n(), ahead_.data());
  return norm2(ahead_) / step_;
}

}  // namespace fenchel
