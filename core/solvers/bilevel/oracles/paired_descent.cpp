#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {
namespace {

double distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return std::sqrt(sum);
}

}  // namespace

void MeasuredLipschitz::see(double value) {
  constexpr index kWindow = 100;
  if (!(value < kInf)) return;
  current_ = std::max(current_, value);
  if (++seen_ % kWindow == 0) last_ = current_, current_ = value;
}

PairedDescent::PairedDescent(BilevelCalls& calls, Control& control)
    : PenalizedLevel(calls.n(), calls.m()), calls_(calls), control_(control), metric_(calls.n()) {
  for (Vector* v : {&kept_z_, &kept_y_, &ahead_z_, &ahead_y_, &next_z_, &next_y_, &slope_z_, &slope_y_, &slope_f_,
                    &last_z_, &last_y_, &last_slope_z_, &last_slope_y_, &last_slope_f_})
    v->resize(size_of(calls.n()));
  for (Vector* v : {&cross_z_, &cross_y_}) v->resize(size_of(calls.m()));
}

void PairedDescent::start(const double* theta, const BilevelConstants& constants, const Vector& from) {
  x = aux = from;
  metric_.forget();
  enter(constants);
  measure(theta);
  if (!lower_.proved()) probe(theta, false);
  if (!upper_.proved()) probe(theta, true);
}

void PairedDescent::enter(const BilevelConstants& constants) {
  mu_ = constants.mu;
  if (constants.lipschitz < kInf) lower_.prove(constants.lipschitz);
  if (constants.upper_lipschitz < kInf) upper_.prove(constants.upper_lipschitz);
  seen_ = here_ = stubborn_ = false;
  t_ = shorter_ = 1;
  entry = -1;
  ahead_z_ = x;
  ahead_y_ = aux;
}

void PairedDescent::keep() {
  kept_z_ = x;
  kept_y_ = aux;
  kept_lower_ = lower_;
  kept_upper_ = upper_;
}

void PairedDescent::go_back() {
  x = kept_z_;
  aux = kept_y_;
  lower_ = kept_lower_;
  upper_ = kept_upper_;
  here_ = false;
}

void PairedDescent::move_to(const Vector& to) {
  for (std::size_t j = 0; j < x.size(); ++j) aux[j] += to[j] - x[j];
  x = to;
  here_ = false;
}

// Phi grows with lambda: dPhi / dlambda = h(y) - h(z) ~ 1 / lambda^2.
double PairedDescent::set_penalty(double lambda) {
  const double share = penalty / lambda;
  for (std::size_t j = 0; j < x.size(); ++j) aux[j] = x[j] + share * (aux[j] - x[j]);
  const double grown = (value_y_ - value_z_) * penalty * (1 - share);
  penalty = lambda;
  seen_ = here_ = false;
  t_ = 1;
  ahead_z_ = x;
  ahead_y_ = aux;
  return grown;
}

double PairedDescent::starting_penalty(const BilevelConstants& constants) const {
  const double lower = lower_.value(), upper = upper_.value();
  if (!(lower > 0)) return 1;
  const double near = 10 * norm2(slope_f_) / (lower * (1 + norm2(x)));
  const double found = std::max(near, constants.mu > 0 ? 2 * upper / constants.mu : 10 * upper / lower);
  return found > 0 ? found : 1;
}

// A few power iterations on the Hessian by differences of gradients, from the gradient's direction.
void PairedDescent::probe(const double* theta, bool of_upper) {
  MeasuredLipschitz& constant = of_upper ? upper_ : lower_;
  const Vector& base = of_upper ? slope_f_ : slope_z_;
  last_z_ = base;
  if (!(norm2(last_z_) > 0)) std::fill(last_z_.begin(), last_z_.end(), 1.0);
  try {
    for (int k = 0; k < 6; ++k) {
      const double norm = norm2(last_z_), h = 0x1p-22 * (1 + norm2(x)) / norm;
      if (!(norm > 0 && h < kInf)) return;
      for (std::size_t j = 0; j < x.size(); ++j) next_z_[j] = x[j] + h * last_z_[j];
      if (of_upper)
        calls_.upper(next_z_.data(), theta, next_y_.data(), nullptr);
      else
        calls_.lower(next_z_.data(), theta, next_y_.data(), nullptr);
      constant.see(distance(next_y_, base) / (h * norm));
      for (std::size_t j = 0; j < x.size(); ++j) last_z_[j] = (next_y_[j] - base[j]) / (h * norm);
    }
  } catch (const OutsideDomain&) {  // too far: the steps will tell
    constant.raise(2);
  }
}

void PairedDescent::advance(const double* theta, index count) {
  here_ = false;
  for (index done = 0; done < count;) {
    if (!control_.poll()) throw Stopped{};
    try {
      slopes(theta);
    } catch (const OutsideDomain&) {
      if (!step_back()) throw;
      continue;
    }
    learn();
    move();
    ++done;
    ++steps;
  }
}

void PairedDescent::slopes(const double* theta) {
  calls_.lower(ahead_z_.data(), theta, slope_z_.data(), nullptr);
  calls_.lower(ahead_y_.data(), theta, slope_y_.data(), nullptr);
  calls_.upper(ahead_y_.data(), theta, slope_f_.data(), nullptr);
}

void PairedDescent::learn() {
  const double moved_z = distance(ahead_z_, last_z_), moved_y = distance(ahead_y_, last_y_);
  const double least = 1e-9 * (1 + norm2(ahead_z_));  // shorter moves show rounding
  if (seen_ && moved_z > least) lower_.see(distance(slope_z_, last_slope_z_) / moved_z);
  if (seen_ && moved_y > least) {
    lower_.see(distance(slope_y_, last_slope_y_) / moved_y);
    upper_.see(distance(slope_f_, last_slope_f_) / moved_y);
  }
  last_z_ = ahead_z_;
  last_y_ = ahead_y_;
  last_slope_z_ = slope_z_;
  last_slope_y_ = slope_y_;
  last_slope_f_ = slope_f_;
  seen_ = true;
}

void PairedDescent::move() {
  const double lower = lower_.value(), curvature = lower + upper_.value() / penalty;
  const double step = shorter_ * (curvature > 0 ? 1 / curvature : 1);
  // Where f bends more than lambda h, as at a wall of its domain, y alone has to crawl.
  const double step_z = lower > 0 && curvature > 2 * lower ? shorter_ / lower : step;
  for (std::size_t j = 0; j < x.size(); ++j) {
    next_z_[j] = ahead_z_[j] - step_z * slope_z_[j];
    next_y_[j] = ahead_y_[j] - step * (slope_y_[j] + slope_f_[j] / penalty);
  }
  const double beta = momentum(step);
  for (std::size_t j = 0; j < x.size(); ++j) {
    ahead_z_[j] = next_z_[j] + beta * (next_z_[j] - x[j]);
    ahead_y_[j] = next_y_[j] + beta * (next_y_[j] - aux[j]);
  }
  x = next_z_;
  aux = next_y_;
}

// Of both: that of a known modulus, else Beck and Teboulle's, restarted where it points uphill for x, or for y - x.
double PairedDescent::momentum(double step) {
  if (mu_ > 0) {
    const double q = std::sqrt(std::min(1.0, mu_ * step));
    return (1 - q) / (1 + q);
  }
  double uphill = 0, apart = 0, moved = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double dz = next_z_[j] - x[j];
    uphill += slope_z_[j] * dz;
    moved += dz * dz;
    apart += (slope_y_[j] - slope_z_[j] + slope_f_[j] / penalty) * (next_y_[j] - aux[j] - dz);
  }
  const bool still = std::sqrt(moved) <= 1e-13 * (1 + norm2(x));
  const double next = (1 + std::sqrt(1 + 4 * t_ * t_)) / 2;
  const double beta = (t_ - 1) / next;
  t_ = next;
  if ((uphill > 0 && !still) || apart > 0) {
    t_ = 1;
    return 0;
  }
  return beta;
}

// Outside the domain: without momentum, then from the last point inside with shorter steps.
bool PairedDescent::step_back() {
  t_ = 1;
  here_ = false;
  if (ahead_z_ != x || ahead_y_ != aux) {
    ahead_z_ = x;
    ahead_y_ = aux;
    return true;
  }
  if (!seen_) return false;
  x = ahead_z_ = last_z_;
  aux = ahead_y_ = last_y_;
  shorter_ *= 0.25;
  seen_ = false;
  return shorter_ > 1e-6;
}

void PairedDescent::measure(const double* theta) {
  double *z = here_ ? nullptr : slope_z_.data(), *y = here_ ? nullptr : slope_y_.data();
  value_z_ = calls_.lower(x.data(), theta, z, cross_z_.data());
  value_y_ = calls_.lower(aux.data(), theta, y, cross_y_.data());
  value_f_ = calls_.upper(aux.data(), theta, here_ ? nullptr : slope_f_.data(), gradient.data());
  here_ = true;
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += penalty * (cross_y_[i] - cross_z_[i]);
}

// max(share ||dq||^2 - <df, dq>, 0) / ||dq||^2 with q = h(y) - h(z), z held, in (y, theta): the least lambda with which
// the direction -(df + lambda dq) descends q at that share of its slope. Liu et al. (2022).
double PairedDescent::barrier(double share) const {
  double square = dot(slope_y_, slope_y_), along = dot(slope_f_, slope_y_);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double dq = cross_y_[i] - cross_z_[i];
    square += dq * dq;
    along += (gradient[i] - penalty * dq) * dq;
  }
  return square > 0 ? std::max(share * square - along, 0.0) / square : penalty;
}

// y(lambda) = y + c / lambda: beyond y(2 lambda), then down the lower level.
void PairedDescent::extrapolate(const double* theta, const Vector&, const Vector& aux_at_lambda, double accuracy,
                                index max_steps) {
  kept_z_ = x;
  for (std::size_t j = 0; j < x.size(); ++j) next_z_[j] = x[j] + aux[j] - aux_at_lambda[j];
  try {
    move_to(next_z_);
    set_penalty(penalty);  // starts afresh
    settle(theta, accuracy, kInf, 10, max_steps);
  } catch (const OutsideDomain&) {
    move_to(kept_z_);
    measure(theta);
  }
}

double PairedDescent::floor() const { return penalty * 0x1p-50 * lower_.value() * (1 + norm2(x)); }

bool PairedDescent::settle(const double* theta, double accuracy, double adjoint_accuracy, index chunk,
                           index max_steps) {
  for (index done = 0;;) {
    if (may_share()) {
      const index before = steps;
      stubborn_ = !share(theta, accuracy, adjoint_accuracy, max_steps - done);
      done += steps - before;
      ahead_z_ = x;
      ahead_y_ = aux;
    }
    if (stubborn_ || !may_share()) {
      const index count = std::min(chunk, max_steps - done);
      advance(theta, count);
      done += count;
    }
    try {
      measure(theta);
    } catch (const OutsideDomain&) {
      if (!step_back()) throw;
      continue;
    }
    if (entry < 0) entry = residual();
    if (accurate(accuracy, adjoint_accuracy)) return true;
    if (done >= max_steps) return false;
  }
}

bool PairedDescent::accurate(double accuracy, double adjoint_accuracy) const {
  return residual() <= accuracy && adjoint_residual() <= adjoint_accuracy * norm2(slope_f_) + floor();
}

double PairedDescent::adjoint_residual() const {
  double sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double r = slope_f_[j] + penalty * (slope_y_[j] - slope_z_[j]);
    sum += r * r;
  }
  return std::sqrt(sum);
}

double PairedDescent::value_error() const {
  double sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) sum += (aux[j] - x[j]) * slope_z_[j];
  return std::abs(penalty * sum);
}

}  // namespace fenchel
