// smoothed_tv.hpp -- a modulus with a rounded corner, of the differences at each point of a grid.
#pragma once
#include <algorithm>
#include <cmath>

#include "operators/grid_shape.hpp"
#include "smooth/newton_matrix.hpp"

namespace fenchel {

struct RoundedVariation {
  GridShape shape;
  std::vector<int> axes;
  double lam = 1, eps = 1;
  bool huber = false;
  std::shared_ptr<const Operator> D;  // differences, an axis after the other
  int together = 1;                   // of them that are one vector: i, i + points, ...
  index points = 0;                   // such vectors

  static double sq(double a) { return a * a; }
  double rounded(double r2) const { return huber ? std::max(r2, eps * eps) : r2 + eps * eps; }  // s^2
  bool bends(double r2) const { return !huber || r2 > eps * eps; }                              // s depends on r there
  // visit<K>(i), K = together
  template <class Visit>
  void each_point(Visit&& visit) const {
    const auto all = [&]<int K>() {
      for (index i = 0; i < points; ++i) visit.template operator()<K>(i);
    };
    if (together == 1)
      all.template operator()<1>();
    else if (together == 2)
      all.template operator()<2>();
    else
      all.template operator()<3>();
  }
  template <int K, class T>
  double square(const T* z, index i) const {
    double sum = 0;
    for (int k = 0; k < K; ++k) sum += sq(static_cast<double>(z[i + k * points]));
    return sum;
  }
};

// lam D^T M D for Newton steps. With z = D x, s = sqrt(|z|^2 + eps^2) and u = z / s the Hessian has M = (I - u u^T) /
// s: nearly singular along z wherever |z| >> eps, so that its steps are far too long until x is nearly right. With a
// dual p, |p| <= 1, that converges to u,
//
//   M = (I - (p u^T + u p^T) / 2) / s,     p <- u + (I - p u^T) D dx / s, back onto the unit ball
//
// is still positive semidefinite and Newton's method for p s = z, which is far less bent. p starts from 0: lagged
// diffusivity. Chan, Golub and Mulet, A nonlinear primal-dual method for total variation-based image restoration
// (1999); Hintermueller and Stadler, An infeasible primal-dual algorithm for total bounded variation-based
// inf-convolution-type image restoration (2006), for Huber's function.
class TvMatrix final : public NewtonMatrix {
 public:
  // Goes on from the dual of `before`, where that is a matrix of the same grid.
  TvMatrix(const RoundedVariation& tv, const NewtonMatrix* before);
  void prepare(const double* x, bool exact, Scratch scratch) override;
  void apply(const double* v, double* out, Scratch scratch) const override;
  bool diagonal(double* out, Scratch scratch) const override;
  void advance(const double* dx, Scratch scratch) override;

 private:
  double entry(index i, int k, int l) const;  // M_kl at point i, without lam / s

  const RoundedVariation tv_;
  Buffer<double> z_, p_;       // (together, points): z / s; the dual
  Buffer<double> u_, q_;       // the same: z / s where s bends, else 0; p or, for the Hessian itself, u
  Buffer<double> factor_, s_;  // (points): lam / s, s
};

}  // namespace fenchel
