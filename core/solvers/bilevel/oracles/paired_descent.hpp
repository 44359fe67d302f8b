// paired_descent.hpp -- the lower level and the penalised one, descended side by side by gradients alone.
//
//   z -> argmin h(., theta),    y -> argmin f(., theta) + lambda h(., theta),    lambda (y - z) -> -H^-1 df/dx
//   G = df/dtheta(y) + lambda (dh/dtheta(y) - dh/dtheta(z)) = dF/dtheta + O(1 / lambda)
//   Phi = f(y) + lambda (h(y) - h(z)),    dPhi/dtheta = G at the two solutions
//
// Kwon et al. (2023). Both take the same step in the same metric, and y is moved with z when lambda changes: their
// errors then agree up to O(1 / lambda), so that lambda does not magnify them in G, and a large lambda costs no
// accuracy but rounding. That metric is a quasi-Newton one, of pairs of both trajectories and of all theta so far
// (paired_newton.cpp); where none descends, or f bends more than lambda h, it is 1 / (L_h + L_f / lambda) with
// momentum. Constants that are not given are measured on the way.
#pragma once
#include "solvers/bilevel/oracles/penalty_search.hpp"
#include "solvers/bilevel/oracles/shared_metric.hpp"

namespace fenchel {

// A Lipschitz constant: what is proved, else the largest || change of gradient || / || change of point || of the last
// two hundred steps.
class MeasuredLipschitz {
 public:
  void prove(double value) { proved_ = value; }
  void see(double value);
  void raise(double factor) { current_ = factor * value(), proved_ = kInf; }
  double value() const { return proved_ < kInf ? proved_ : std::max(current_, last_); }
  bool proved() const { return proved_ < kInf; }

 private:
  double proved_ = kInf, current_ = 0, last_ = 0;
  index seen_ = 0;
};

// x is z, aux is y.
class PairedDescent final : public PenalizedLevel {
 public:
  PairedDescent(BilevelCalls& calls, Control& control);

  void start(const double* theta, const BilevelConstants& constants, const Vector& from) override;
  void enter(const BilevelConstants& constants) override;
  void keep() override;
  void go_back() override;
  void move_to(const Vector& to) override;
  double set_penalty(double lambda) override;
  bool settle(const double* theta, double accuracy, double adjoint_accuracy, index chunk, index max_steps) override;
  // The paper's 2 L_f / mu where a modulus is known; and y within a tenth of z, as far as the slopes tell.
  double starting_penalty(const BilevelConstants& constants) const override;
  double largest_penalty(double bias) const override { return std::sqrt(bias / (0x1p-52 * (1 + std::abs(phi())))); }
  double phi() const override { return value_f_ + penalty * (value_y_ - value_z_); }
  double rounding() const override { return 0x1p-50 * (std::abs(value_f_) + penalty * std::abs(value_z_)); }
  double noise() const override { return 0x1p-51 * penalty * norm2(cross_z_); }
  double residual() const override { return norm2(slope_z_); }
  double lower_residual() const override { return norm2(slope_z_); }
  double value_error() const override;
  double barrier(double share) const override;
  void extrapolate(const double* theta, const Vector& x_at_lambda, const Vector& aux_at_lambda, double accuracy,
                   index max_steps) override;

 private:
  void measure(const double* theta);
  void probe(const double* theta, bool of_upper);
  void advance(const double* theta, index count);
  void slopes(const double* theta);
  void learn();
  void move();
  double momentum(double step);
  bool accurate(double accuracy, double adjoint_accuracy) const;
  // paired_newton.cpp
  bool may_share() const;
  void slopes_here(const double* theta);
  void learn_pairs();
  bool shared_step(const double* theta);
  bool share(const double* theta, double accuracy, double adjoint_accuracy, index count);
  bool step_back();
  double adjoint_residual() const;  // || df/dx(y) + lambda (dh/dx(y) - dh/dx(z)) ||
  double floor() const;             // of the adjoint residual, by rounding

  BilevelCalls& calls_;
  Control& control_;
  double t_ = 1, mu_ = 0;
  double shorter_ = 1;  // of the step, after points outside the domain
  double value_z_ = 0, value_y_ = 0, value_f_ = 0;
  MeasuredLipschitz lower_, upper_, kept_lower_, kept_upper_;
  bool seen_ = false;      // the last slopes are of this theta
  bool here_ = false;      // slopes and values are those of x and aux
  bool stubborn_ = false;  // the metric failed at this theta
  SharedMetric metric_;
  Vector ahead_z_, ahead_y_, next_z_, next_y_, slope_z_, slope_y_, slope_f_;
  Vector last_z_, last_y_, last_slope_z_, last_slope_y_, last_slope_f_;
  Vector cross_z_, cross_y_, kept_z_, kept_y_;
};

}  // namespace fenchel
