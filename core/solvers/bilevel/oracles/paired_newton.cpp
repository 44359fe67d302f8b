// paired_newton.cpp -- the paired descent in the metric of both trajectories (shared_metric.hpp): z along - B dh(z), y
// along - B (dh(y) + df(y) / lambda), one B and one step for both, accepted on the sum of the two values. Pairs come
// from z and, magnified by lambda, from y - z, whose directions are those of H^-1 df/dx: z alone would not learn them.
#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {
namespace {

constexpr index kBeyond = 2;

}  // namespace

// Where f bends more than lambda h the two have no metric in common.
bool PairedDescent::may_share() const {
  return !stubborn_ && lower_.value() > 0 && upper_.value() <= lower_.value() * penalty;
}

void PairedDescent::slopes_here(const double* theta) {
  value_z_ = calls_.lower(x.data(), theta, slope_z_.data(), nullptr);
  value_y_ = calls_.lower(aux.data(), theta, slope_y_.data(), nullptr);
  value_f_ = calls_.upper(aux.data(), theta, slope_f_.data(), nullptr);
  here_ = true;
}

// The pairs of the step from last_ to here. Of shorter moves, and of y - z where lambda magnifies rounding, nothing is
// learnt.
void PairedDescent::learn_pairs() {
  for (std::size_t j = 0; j < x.size(); ++j) {
    next_z_[j] = penalty * (aux[j] - x[j] - last_y_[j] + last_z_[j]);
    next_y_[j] =
        penalty * (slope_y_[j] - slope_z_[j] - last_slope_y_[j] + last_slope_z_[j]) + slope_f_[j] - last_slope_f_[j];
  }
  if (norm2(next_y_) > 1e3 * floor()) metric_.see(next_z_, next_y_);
  for (std::size_t j = 0; j < x.size(); ++j) {
    next_z_[j] = x[j] - last_z_[j];
    next_y_[j] = slope_z_[j] - last_slope_z_[j];
  }
  const double moved = norm2(next_z_);
  if (!(moved > 1e-9 * (1 + norm2(x)))) return;
  lower_.see(norm2(next_y_) / moved);
  metric_.see(next_z_, next_y_);
}

// One step of both from here. False: none descends, and x, aux and their slopes are as before.
bool PairedDescent::shared_step(const double* theta) {
  const double curvature = lower_.value() + upper_.value() / penalty, first = 1 / curvature;
  for (std::size_t j = 0; j < x.size(); ++j) next_y_[j] = slope_y_[j] + slope_f_[j] / penalty;
  metric_.apply(slope_z_, first, ahead_z_);
  metric_.apply(next_y_, first, ahead_y_);
  const double slope = -dot(slope_z_, ahead_z_) - dot(next_y_, ahead_y_);
  if (!(slope < 0)) return false;
  last_z_ = x;
  last_y_ = aux;
  last_slope_z_ = slope_z_;
  last_slope_y_ = slope_y_;
  last_slope_f_ = slope_f_;
  const double values[] = {value_z_, value_y_, value_f_};
  const double before = value_z_ + value_y_ + value_f_ / penalty;
  const double size = std::abs(value_z_) + std::abs(value_y_) + std::abs(value_f_) / penalty;
  const double length = norm2(slope_z_) + norm2(next_y_);
  double a = 1;
  for (int k = 0; k < 4; ++k, a *= 0.25) {
    for (std::size_t j = 0; j < x.size(); ++j) {
      x[j] = last_z_[j] - a * ahead_z_[j];
      aux[j] = last_y_[j] - a * ahead_y_[j];
    }
    try {
      slopes_here(theta);
    } catch (const OutsideDomain&) {
      continue;
    }
    const double after = value_z_ + value_y_ + value_f_ / penalty;
    for (std::size_t j = 0; j < x.size(); ++j) next_y_[j] = slope_y_[j] + slope_f_[j] / penalty;
    // Where the fall is rounding, the slopes decide.
    const bool falls = after <= before + 1e-4 * a * slope;
    const bool level = -a * slope <= 1e-11 * size && norm2(slope_z_) + norm2(next_y_) <= 2 * length;
    if (falls || level) {
      learn_pairs();
      return true;
    }
  }
  x = last_z_;
  aux = last_y_;
  slope_z_ = last_slope_z_;
  slope_y_ = last_slope_y_;
  slope_f_ = last_slope_f_;
  value_z_ = values[0];
  value_y_ = values[1];
  value_f_ = values[2];
  return false;
}

// Steps until both are accurate, at the most `count`; false: the metric failed, and the descent goes on by momentum.
bool PairedDescent::share(const double* theta, double accuracy, double adjoint_accuracy, index count) {
  if (!here_) slopes_here(theta);
  if (entry < 0) entry = residual();
  for (index done = 0, beyond = 0; done < count; ++done) {
    // Its last steps gain most: a digit more is worth two of them, not more.
    if (accurate(accuracy, adjoint_accuracy) &&
        (beyond++ == kBeyond || accurate(0.1 * accuracy, 0.1 * adjoint_accuracy)))
      break;
    if (!control_.poll()) throw Stopped{};
    if (!shared_step(theta)) {
      if (metric_.known() == 0) return false;
      metric_.forget();
      if (!shared_step(theta)) return false;
    }
    ++steps;
  }
  return true;
}

}  // namespace fenchel
