// separable.hpp -- a term that is a sum over coordinates, from three scalar functions.
//
// Self offers, for T float and double (weights and bounds are kept in double and indexed by j):
//   T scalar_prox(index j, T v, T step) const        double scalar_value(index j, double x) const
//   double scalar_distance(index j, double x, double grad) const     distance of -grad to the subdifferential
// and may offer T scalar_slope(index j, T v, T step) const (derivative of scalar_prox in v) and
// double scalar_conjugate(index j, double u) const. Formulas that cost more than memory are written for double alone:
// float is then the rounded result of double. With  const kernels::SeparableRule& kernel_rule() const  the loops over
// many coordinates are those of kernels/prox_kernels.hpp.
#pragma once
#include <algorithm>

#include "kernels/prox_kernels.hpp"
#include "prox/prox.hpp"

namespace fenchel {

template <class Self>
class SeparableProx : public ProxOf<Self> {
 public:
  template <class T>
  double prox_of(index n, const T* v, Step<T> step, T* out, Scratch) const {
    double sum = 0;
    if constexpr (requires { self().kernel_rule(); }) {
      const auto& table = kernels::prox_table<T>();
      for (index j = 0; j < n; j += kBlock) {
        const index count = std::min(kBlock, n - j);
        const T* steps = step.each == nullptr ? nullptr : step.each + j;
        table.separable_prox(self().kernel_rule(), {j, count, v + j, static_cast<double>(step.scalar), steps, out + j});
        sum += table.separable_value(self().kernel_rule(), {j, count, out + j, 0, nullptr, nullptr});
      }
      return sum;
    }
    for (index j = 0; j < n; ++j) {
      const T x = static_cast<T>(self().scalar_prox(j, v[j], step[j]));
      out[j] = x;
      sum += self().scalar_value(j, static_cast<double>(x));
    }
    return sum;
  }
  template <class T>
  double value_of(index n, const T* x, Scratch) const {
    double sum = 0;
    if constexpr (requires { self().kernel_rule(); }) {
      for (index j = 0; j < n; j += kBlock)
        sum += kernels::prox_table<T>().separable_value(self().kernel_rule(),
                                                        {j, std::min(kBlock, n - j), x + j, 0, nullptr, nullptr});
      return sum;
    }
    for (index j = 0; j < n; ++j) sum += self().scalar_value(j, static_cast<double>(x[j]));
    return sum;
  }
  template <class T>
  requires requires(const Self& self, T v) { self.scalar_slope(index{}, v, v); }
  void vjp_of(index n, const T* v, Step<T> step, const T* cotangent, T* out, Scratch) const {
    for (index j = 0; j < n; ++j) out[j] = static_cast<T>(self().scalar_slope(j, v[j], step[j])) * cotangent[j];
  }
  template <class T>
  requires requires(const Self& self) { self.scalar_conjugate(index{}, 0.0); }
  double conjugate_of(index n, const T* u, Scratch) const {
    double sum = 0;
    for (index j = 0; j < n; ++j) sum += self().scalar_conjugate(j, static_cast<double>(u[j]));
    return sum;
  }
  double prox1(index j, double v, double step) const final { return self().scalar_prox(j, v, step); }
  double value1(index j, double x) const final { return self().scalar_value(j, x); }
  double subdiff_distance1(index j, double x, double grad) const final { return self().scalar_distance(j, x, grad); }

 private:
  static constexpr index kBlock = 1024;  // what the map has written is in cache when its value is summed up
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace fenchel
