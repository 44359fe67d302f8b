// secular.hpp -- the eigenvalues of diag(pole) + rho z z^T: the roots of 1 / rho + sum_j z_j^2 / (pole_j - x).
//
// One root lies between any two poles and one beyond the last. A root is kept as its distances from the poles, measured
// from the nearest, so that none of them cancels; the iteration replaces the sums over the poles on either side by one
// pole each, fitted to value and slope (Bunch, Nielsen and Sorensen, Rank-one modification of the symmetric
// eigenproblem, 1978), within a bracket.
#pragma once
#include <algorithm>
#include <cmath>

#include "base/types.hpp"

namespace fenchel {

struct Secular {
  index count;
  const double* pole;     // ascending, apart
  const double* squares;  // z_j^2 > 0
  double rho;             // > 0

  // Root i, and away[j] = pole_j - root.
  double root(index i, double* away) const {
    if (count == 1) {
      away[0] = -rho * squares[0];
      return pole[0] - away[0];
    }
    const bool last = i + 1 == count;
    double low = 0, high = 0;
    index origin = i;
    if (last) {
      for (index j = 0; j < count; ++j) high += squares[j];
      high *= rho;
    } else {
      high = (pole[i + 1] - pole[i]) / 2;
    }
    shift(i, away);
    double at = last ? high / 2 : high;
    Sums sums = evaluate(i, at, away);
    if (!last && sums.value < 0) {
      origin = i + 1;
      low = -high;
      at = low;
      high = 0;
      shift(origin, away);
      sums = evaluate(i, at, away);
    }
    for (int round = 0; round < 100 && !(std::abs(sums.value) <= kRounding * sums.size); ++round) {
      (sums.value < 0 ? low : high) = at;
      const double here = away[i] - at;
      double next = at + (last ? beyond(sums, here) : between(sums, here, away[i + 1] - at));
      if (!(next > low && next < high)) next = low + (high - low) / 2;
      if (next == at || next == low || next == high) break;
      at = next;
      sums = evaluate(i, at, away);
    }
    for (index j = 0; j < count; ++j) away[j] -= at;
    return pole[origin] + at;
  }

 private:
  static constexpr double kRounding = 4e-16;

  struct Sums {
    double value;                  // of the function
    double left, right;            // its sums over the poles up to i and beyond
    double left_rise, right_rise;  // and their slopes
    double size;                   // of what is added up
  };

  void shift(index origin, double* away) const {
    for (index j = 0; j < count; ++j) away[j] = pole[j] - pole[origin];
  }
  static void add(const double* squares, const double* away, index first, index end, double at, double& sum,
                  double& rise) {
    double sums[4] = {}, rises[4] = {};
    index j = first;
    for (; j + 4 <= end; j += 4)
      for (index l = 0; l < 4; ++l) {
        const double inverse = 1 / (away[j + l] - at), term = squares[j + l] * inverse;
        sums[l] += term;
        rises[l] += term * inverse;
      }
    for (; j < end; ++j) {
      const double inverse = 1 / (away[j] - at), term = squares[j] * inverse;
      sums[j & 3] += term;
      rises[j & 3] += term * inverse;
    }
    sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    rise = (rises[0] + rises[1]) + (rises[2] + rises[3]);
  }
  Sums evaluate(index i, double at, const double* away) const {
    Sums s{};
    add(squares, away, 0, i + 1, at, s.left, s.left_rise);
    add(squares, away, i + 1, count, at, s.right, s.right_rise);
    s.value = 1 / rho + s.left + s.right;
    s.size = 1 / rho + 8 * (s.right - s.left) + std::abs(at) * (s.left_rise + s.right_rise);
    return s;
  }
  // The step to the root of constant + p / (a - step) + q / (b - step), a < 0 < b.
  static double between(const Sums& s, double a, double b) {
    const double p = s.left_rise * a * a, q = s.right_rise * b * b;
    const double constant = s.value - s.left_rise * a - s.right_rise * b;
    const double middle = constant * (a + b) + p + q, end = a * b * s.value;
    const double root = std::sqrt(std::max(0.0, middle * middle - 4 * constant * end));
    return middle > 0 ? 2 * end / (middle + root) : (middle - root) / (2 * constant);
  }
  // Beyond the last pole: one pole there.
  static double beyond(const Sums& s, double a) {
    const double p = s.left_rise * a * a, constant = s.value - s.left_rise * a;
    return a + p / constant;
  }
};

}  // namespace fenchel
