// kkt_point.hpp -- a solution of   min 1/2 x'P x + q'x   subject to E x = e, G x <= h   with its multipliers, how far
// it is from one, and which constraints are active there.
//
//   P x + q + E' nu + G' lam = 0,   E x = e,   lam >= 0,   h - G x >= 0,   lam_i (h - G x)_i = 0
//
// A constraint is active where its multiplier outweighs its slack, each measured in the problem's own units. Nocedal
// and Wright, Numerical Optimization (2006), theorem 12.1.
#pragma once
#include <vector>

#include "base/array_view.hpp"
#include "base/buffer.hpp"

namespace fenchel {

// Data, solution and multipliers, or cotangents or tangents of them: ndim 0 where absent.
struct KktBundle {
  ArrayView P, q, E, e, G, h;  // (n, n), (n), (p, n), (p), (m, n), (m)
  ArrayView x, nu, lam;        // (n), (p), (m)
};

struct KktPoint {
  index n = 0, p = 0, m = 0;
  Buffer<double> P, q, E, e, G, h;  // P: its symmetric part, empty where it is 0
  Buffer<double> x, nu, lam;
  Buffer<double> e_norm, g_norm;                  // of the rows of E and G
  Buffer<double> stationarity, shortfall, slack;  // P x + q + E'nu + G'lam, e - E x, h - G x
  double wide = 1, steep = 1;                     // sizes of x and of the gradient that count as 1

  explicit KktPoint(const KktBundle& at);
  void refresh();  // stationarity, shortfall, slack of the present x, nu, lam
  // The pair of a constraint without units: negative where it is violated.
  double force(index i) const { return lam[i] * g_norm[i] / steep; }
  double room(index i) const { return g_norm[i] > 0 ? slack[i] / (g_norm[i] * wide) : kInf; }
  double residual() const;  // norm of stationarity, shortfall and min(lam, slack)
  double relative() const;  // the largest of them, without units
  std::vector<index> active() const;
};

}  // namespace fenchel
