// averaged_level.hpp -- the lower level averaged with the upper one, and its multiplier, in one loop.
//
//   psi = mu f + (1 - mu) h,    x <- x - beta dpsi/dx,    v <- v - eta p,  p conjugate to r = d2psi/dx2 v - df/dx
//   G = df/dtheta - (d2psi/dxdtheta)^T v,    Phi = f - <v, dpsi/dx>,    the slope and value of f(argmin psi, theta)
//
// Where the lower level has many solutions, f chooses among them: psi is strongly convex where f is, for every mu > 0,
// and its solution tends to that of the optimistic problem with mu. lambda = (1 - mu) / mu; the first one is scaled
// by L_f / L_h, so that units do not matter. eta is an exact line search
// (Liu et al., 2023, step of the appendix's code: along r itself); all updates are from the same iterate. Products with
// d2f are central differences of df.
#pragma once
#include "solvers/bilevel/oracles/paired_descent.hpp"

namespace fenchel {

class AveragedLevel final : public PenalizedLevel {
 public:
  // mu: the first one, where both levels bend alike; 0: of a strongly convex lower level.
  AveragedLevel(BilevelCalls& calls, Control& control, double mu);

  void start(const double* theta, const BilevelConstants& constants, const Vector& from) override;
  void enter(const BilevelConstants& constants) override;
  void keep() override;
  void go_back() override;
  void move_to(const Vector& to) override;
  double set_penalty(double lambda) override;
  bool settle(const double* theta, double accuracy, double adjoint_accuracy, index chunk, index max_steps) override;
  double starting_penalty(const BilevelConstants& constants) const override;
  double largest_penalty(double) const override { return 1e8 * balance(); }
  double phi() const override { return value_ - shift_; }
  double rounding() const override { return 0x1p-44 * (std::abs(value_) + std::abs(shift_)); }
  double noise() const override { return 0x1p-40 * norm2(gradient); }
  double residual() const override { return residual_; }
  double lower_residual() const override { return norm2(slope_h_); }
  double value_error() const override { return std::abs(shift_); }
  bool comparable() const override { return false; }
  void extrapolate(const double* theta, const Vector& x_at_lambda, const Vector& aux_at_lambda, double accuracy,
                   index max_steps) override;

 private:
  double balance() const;  // L_f / L_h
  void step(const double* theta);
  void slopes(const double* theta, const Vector& at);
  void product(const double* theta, const Vector& at, const Vector& v, Vector& out, Vector* cross);
  void move_multiplier(const double* theta);
  void move();
  double accuracy_floor() const;
  void measure(const double* theta);
  bool step_back();

  BilevelCalls& calls_;
  Control& control_;
  const double first_mu_;
  double mu_ = 0.5, t_ = 1, shorter_ = 1;
  double value_ = 0, shift_ = 0, residual_ = 0, adjoint_residual_ = 0, last_square_ = 0;
  MeasuredLipschitz lower_, upper_, kept_lower_, kept_upper_;
  bool inside_ = false, along_ = false;
  Vector ahead_, next_, safe_, slope_h_, slope_f_, slope_, r_, last_r_, p_, hp_, part_, point_, plus_, minus_;
  Vector cross_plus_, cross_minus_, cross_, kept_x_, kept_v_;
};

}  // namespace fenchel
