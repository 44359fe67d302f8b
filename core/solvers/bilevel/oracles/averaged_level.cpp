#include "solvers/bilevel/oracles/averaged_level.hpp"

namespace fenchel {

AveragedLevel::AveragedLevel(BilevelCalls& calls, Control& control, double mu)
    : PenalizedLevel(calls.n(), calls.m()), calls_(calls), control_(control), first_mu_(mu) {
  for (Vector* v : {&ahead_, &next_, &safe_, &slope_h_, &slope_f_, &slope_, &r_, &last_r_, &p_, &hp_, &part_, &point_,
                    &plus_, &minus_, &kept_x_, &kept_v_})
    v->resize(size_of(calls.n()));
  for (Vector* v : {&cross_plus_, &cross_minus_, &cross_}) v->resize(size_of(calls.m()));
}

void AveragedLevel::start(const double* theta, const BilevelConstants& constants, const Vector& from) {
  x = from;
  enter(constants);
  slopes(theta, x);
  // Two products from each slope say how large the Hessians are; the steps say the rest.
  for (int k = 0; k < 3; ++k) {
    point_ = k == 0 ? slope_h_ : k == 1 ? slope_f_ : hp_;
    if (!(norm2(point_) > 0)) std::fill(point_.begin(), point_.end(), 1.0);
    p_ = point_;
    try {
      product(theta, x, p_, hp_, nullptr);
    } catch (const OutsideDomain&) {
    }
  }
  measure(theta);
}

double AveragedLevel::balance() const {
  const double lower = lower_.value(), upper = upper_.value();
  return lower > 0 && upper > 0 ? upper / lower : 1;
}

double AveragedLevel::starting_penalty(const BilevelConstants&) const {
  return first_mu_ > 0 ? (1 - first_mu_) / first_mu_ * balance() : 1e100;
}

void AveragedLevel::enter(const BilevelConstants& constants) {
  if (constants.lipschitz < kInf) lower_.prove(constants.lipschitz);
  if (constants.upper_lipschitz < kInf) upper_.prove(constants.upper_lipschitz);
  t_ = shorter_ = 1;
  entry = -1;
  inside_ = along_ = false;
  ahead_ = x;
}

void AveragedLevel::keep() {
  kept_x_ = x;
  kept_v_ = aux;
  kept_lower_ = lower_;
  kept_upper_ = upper_;
}

void AveragedLevel::go_back() {
  x = kept_x_;
  aux = kept_v_;
  lower_ = kept_lower_;
  upper_ = kept_upper_;
}

void AveragedLevel::move_to(const Vector& to) { x = to; }

// dPhi / dmu = - <v, df/dx - dh/dx>.
double AveragedLevel::set_penalty(double lambda) {
  const double mu = 1 / (1 + lambda);
  double apart = 0;
  for (std::size_t j = 0; j < x.size(); ++j) apart += aux[j] * (slope_f_[j] - slope_h_[j]);
  const double change = -(mu - mu_) * apart;
  penalty = lambda;
  mu_ = mu;
  t_ = 1;
  along_ = false;
  ahead_ = x;
  return change;
}

void AveragedLevel::slopes(const double* theta, const Vector& at) {
  calls_.lower(at.data(), theta, slope_h_.data(), nullptr);
  value_ = calls_.upper(at.data(), theta, slope_f_.data(), gradient.data());
  for (std::size_t j = 0; j < at.size(); ++j) slope_[j] = mu_ * slope_f_[j] + (1 - mu_) * slope_h_[j];
}

// out = d2psi/dx2 v; cross: mu (d2f/dxdtheta)^T v, which the same differences give.
void AveragedLevel::product(const double* theta, const Vector& at, const Vector& v, Vector& out, Vector* cross) {
  const double norm = norm2(v);
  if (!(norm > 0)) {
    std::fill(out.begin(), out.end(), 0.0);
    if (cross != nullptr) std::fill(cross->begin(), cross->end(), 0.0);
    return;
  }
  calls_.counts.differences = true;
  const double h = std::cbrt(0x1p-52) * (1 + norm2(at)) / norm;
  for (std::size_t j = 0; j < at.size(); ++j) point_[j] = at[j] + h * v[j];
  calls_.upper(point_.data(), theta, plus_.data(), cross != nullptr ? cross_plus_.data() : nullptr);
  for (std::size_t j = 0; j < at.size(); ++j) point_[j] = at[j] - h * v[j];
  calls_.upper(point_.data(), theta, minus_.data(), cross != nullptr ? cross_minus_.data() : nullptr);
  for (std::size_t j = 0; j < at.size(); ++j) part_[j] = (plus_[j] - minus_[j]) / (2 * h);
  upper_.see(norm2(part_) / norm);
  calls_.hvp(at.data(), theta, v.data(), out.data());
  lower_.see(norm2(out) / norm);
  for (std::size_t j = 0; j < at.size(); ++j) out[j] = mu_ * part_[j] + (1 - mu_) * out[j];
  for (std::size_t i = 0; cross != nullptr && i < cross->size(); ++i)
    (*cross)[i] = mu_ * (cross_plus_[i] - cross_minus_[i]) / (2 * h);
}

bool AveragedLevel::settle(const double* theta, double accuracy, double adjoint_accuracy, index, index max_steps) {
  for (index done = 0;;) {
    if (!control_.poll()) throw Stopped{};
    try {
      if (done < max_steps) {
        step(theta);
        ++done;
        ++steps;
      }
      const double scale = mu_ * accuracy + accuracy_floor(), slope = adjoint_accuracy * norm2(slope_f_);
      const bool last = done >= max_steps;
      if (!last && entry >= 0 && (norm2(slope_) > scale || norm2(r_) > slope)) continue;
      measure(theta);
      if (entry < 0) entry = residual_;
      if (residual_ <= scale && adjoint_residual_ <= slope + accuracy_floor()) return true;
      if (last) return false;
    } catch (const OutsideDomain&) {
      if (!step_back()) throw;
    }
  }
}

double AveragedLevel::accuracy_floor() const {
  return 0x1p-46 * (mu_ * upper_.value() + (1 - mu_) * lower_.value()) * (1 + norm2(x));
}

void AveragedLevel::step(const double* theta) {
  slopes(theta, ahead_);
  product(theta, ahead_, aux, r_, nullptr);
  for (std::size_t j = 0; j < r_.size(); ++j) r_[j] -= slope_f_[j];
  inside_ = true;
  safe_ = ahead_;
  move_multiplier(theta);
  move();
}

// Polak and Ribiere's direction, an exact line search along it.
void AveragedLevel::move_multiplier(const double* theta) {
  const double square = dot(r_, r_);
  double share = 0;
  if (along_ && last_square_ > 0) share = std::max(0.0, (square - dot(r_, last_r_)) / last_square_);
  for (std::size_t j = 0; j < p_.size(); ++j) p_[j] = r_[j] + share * p_[j];
  last_r_ = r_;
  last_square_ = square;
  along_ = true;
  if (!(square > 0)) return;
  product(theta, ahead_, p_, hp_, nullptr);
  const double bend = dot(p_, hp_), slope = dot(r_, p_);
  const double curvature = mu_ * upper_.value() + (1 - mu_) * lower_.value();
  const double least = 1e-14 * curvature * dot(p_, p_);
  if (slope > 0 && bend > least)
    axpy(-slope / bend, p_, aux);
  else  // not convex here, or p is worn out
    axpy(curvature > 0 ? -1 / curvature : -1.0, r_, aux), along_ = false;
}

void AveragedLevel::move() {
  const double curvature = mu_ * upper_.value() + (1 - mu_) * lower_.value();
  const double step = shorter_ * (curvature > 0 ? 1 / curvature : 1);
  double uphill = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    next_[j] = ahead_[j] - step * slope_[j];
    uphill += slope_[j] * (next_[j] - x[j]);
  }
  const double after = (1 + std::sqrt(1 + 4 * t_ * t_)) / 2;
  const double beta = uphill > 0 ? 0 : (t_ - 1) / after;
  t_ = uphill > 0 ? 1 : after;
  for (std::size_t j = 0; j < x.size(); ++j) ahead_[j] = next_[j] + beta * (next_[j] - x[j]);
  x = next_;
}

bool AveragedLevel::step_back() {
  t_ = 1;
  along_ = false;
  if (ahead_ != x) {
    ahead_ = x;
    return true;
  }
  if (!inside_) return false;
  x = ahead_ = safe_;
  shorter_ *= 0.25;
  return shorter_ > 1e-6;
}

void AveragedLevel::measure(const double* theta) {
  slopes(theta, x);
  product(theta, x, aux, r_, &cross_);
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] -= cross_[i];
  calls_.cross_t(x.data(), theta, aux.data(), cross_.data());
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] -= (1 - mu_) * cross_[i];
  for (std::size_t j = 0; j < r_.size(); ++j) r_[j] -= slope_f_[j];
  residual_ = norm2(slope_);
  adjoint_residual_ = norm2(r_);
  shift_ = dot(aux, slope_);
  along_ = false;
}

// x(lambda) = x + c / lambda: beyond x(2 lambda), then down the lower level, which keeps what f chose where it is flat.
void AveragedLevel::extrapolate(const double* theta, const Vector& at_lambda, const Vector&, double accuracy,
                                index max_steps) {
  for (std::size_t j = 0; j < x.size(); ++j) x[j] += x[j] - at_lambda[j];
  t_ = 1;
  ahead_ = x;
  const double mu = mu_;
  mu_ = 0;
  try {
    for (index k = 0; k < max_steps; ++k) {
      if (!control_.poll()) break;
      calls_.lower(ahead_.data(), theta, slope_h_.data(), nullptr);
      slope_ = slope_h_;
      if (norm2(slope_) <= accuracy) break;
      move();
    }
    x = ahead_;
    calls_.lower(x.data(), theta, slope_h_.data(), nullptr);
  } catch (const OutsideDomain&) {
    x = at_lambda;
  }
  mu_ = mu;
}

}  // namespace fenchel
