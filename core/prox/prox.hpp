// prox.hpp -- simple terms g: those whose proximal map is known.
//
//   prox_{step g}(v) = argmin_x  g(x) + sum_i (x_i - v_i)^2 / (2 step_i)
#pragma once
#include "base/scratch.hpp"
#include "base/term.hpp"

namespace fenchel {

inline constexpr index kAnySize = -1;

enum ProxCaps : unsigned {
  PROX_CONVEX = 1,         // else prox is a global minimiser of a nonconvex problem (ties: the larger modulus)
  PROX_SEPARABLE = 2,      // a sum over coordinates: prox1, value1 and subdiff_distance1 work
  PROX_INDICATOR = 4,      // takes the values 0 and inf: prox is a projection, whatever the step
  PROX_HOMOGENEOUS = 8,    // g(t x) = t g(x) for t > 0
  PROX_VECTOR_STEP = 16,   // takes one step per coordinate
  PROX_VJP = 32,           // vjp works
  PROX_CONJUGATE = 64,     // conjugate works
  PROX_GROUPS = 128,       // a sum over disjoint blocks: groups() is not null
  PROX_EVEN = 256,         // g(-x) = g(x)
  PROX_FULL_DOMAIN = 512,  // finite everywhere
  PROX_QUADRATIC = 1024,   // a quadratic function
};

// One step for all coordinates, or one each.
template <class T>
struct Step {
  T scalar = 1;
  const T* each = nullptr;
  T operator[](index i) const { return each == nullptr ? scalar : each[i]; }
};

// g(x) = sum_j l1_j |x_j| + l2_j x_j^2 / 2  over  lower_j <= x_j <= upper_j: what coordinate sweeps inline.
struct SoftBox {
  double l1 = 0, l2 = 0, lower = -kInf, upper = kInf;
  const double* weights = nullptr;  // (n) or null: multiply l1 and l2; inf means x_j = 0, 0 means not penalised
  const double *lowers = nullptr, *uppers = nullptr;  // (n) or null: instead of lower and upper
};

// g(x) = sum_b lam weights_b || x_b ||_2 (+ l1 || x_b ||_1): disjoint blocks of coordinates.
struct Groups {
  index count = 0;
  const index* starts = nullptr;    // (count + 1) into members
  const index* members = nullptr;   // coordinates; those in no group are not penalised
  const double* weights = nullptr;  // (count) or null
  double lam = 1, l1 = 0;
  bool positive = false;  // x >= 0 as well (Prox::signed_groups only)
  index equal = 0;        // > 0: consecutive groups of this length, as many as x has (signed_groups only; no arrays)
};

class Prox : public Term {
 public:
  TermKind kind() const final { return TermKind::prox; }
  virtual unsigned caps() const = 0;
  virtual index size() const { return kAnySize; }  // the dimension it is bound to, if any
  virtual index scratch_bytes(index) const { return 0; }
  // Writes the proximal point to out, which may be v, and returns g(out) (computed in double; 0 for an indicator).
  // NaN in gives NaN out. Every term takes every step > 0; a vector step only with PROX_VECTOR_STEP.
  virtual double prox(index n, const float* v, Step<float> step, float* out, Scratch scratch) const = 0;
  virtual double prox(index n, const double* v, Step<double> step, double* out, Scratch scratch) const = 0;
  // g(x); inf outside the domain (indicators allow rounding: README).
  virtual double value(index n, const float* x, Scratch scratch) const = 0;
  virtual double value(index n, const double* x, Scratch scratch) const = 0;
  // out = J^T cotangent, J an element of the generalised Jacobian of prox at v. PROX_VJP.
  virtual void vjp(index n, const float* v, Step<float> step, const float* cotangent, float* out, Scratch) const;
  virtual void vjp(index n, const double* v, Step<double> step, const double* cotangent, double* out, Scratch) const;
  // g*(u) = sup_x <u, x> - g(x). PROX_CONJUGATE.
  virtual double conjugate(index n, const float* u, Scratch scratch) const;
  virtual double conjugate(index n, const double* u, Scratch scratch) const;

  // PROX_SEPARABLE: coordinate j alone.
  virtual double prox1(index j, double v, double step) const;
  virtual double value1(index j, double x) const;
  // Distance of -grad to the subdifferential of g_j at x. 0 everywhere for |x|^q, q < 1, at 0: use the fixed point
  // there.
  virtual double subdiff_distance1(index j, double x, double grad) const;
  virtual const SoftBox* soft_box() const { return nullptr; }
  virtual const Groups* groups() const { return nullptr; }
  // groups(), for readers that also know what x >= 0 and groups without a fixed number are.
  virtual const Groups* signed_groups() const { return groups(); }
  // g + (weak_convexity / 2) ||x||^2 is convex; 0 for convex terms, inf where there is no such number.
  virtual double weak_convexity() const { return (caps() & PROX_CONVEX) != 0 ? 0.0 : kInf; }
  // g - (strong_convexity / 2) ||x||^2 is convex.
  virtual double strong_convexity() const { return 0; }
};

// Both dtypes from member templates prox_of, value_of and, where offered, vjp_of, conjugate_of.
template <class Self>
class ProxOf : public Prox {
 public:
  double prox(index n, const float* v, Step<float> t, float* out, Scratch s) const final {
    return self().prox_of(n, v, t, out, s);
  }
  double prox(index n, const double* v, Step<double> t, double* out, Scratch s) const final {
    return self().prox_of(n, v, t, out, s);
  }
  double value(index n, const float* x, Scratch s) const final { return self().value_of(n, x, s); }
  double value(index n, const double* x, Scratch s) const final { return self().value_of(n, x, s); }
  void vjp(index n, const float* v, Step<float> t, const float* c, float* out, Scratch s) const final {
    if constexpr (requires { self().vjp_of(n, v, t, c, out, s); })
      self().vjp_of(n, v, t, c, out, s);
    else
      Prox::vjp(n, v, t, c, out, s);
  }
  void vjp(index n, const double* v, Step<double> t, const double* c, double* out, Scratch s) const final {
    if constexpr (requires { self().vjp_of(n, v, t, c, out, s); })
      self().vjp_of(n, v, t, c, out, s);
    else
      Prox::vjp(n, v, t, c, out, s);
  }
  double conjugate(index n, const float* u, Scratch s) const final {
    if constexpr (requires { self().conjugate_of(n, u, s); })
      return self().conjugate_of(n, u, s);
    else
      return Prox::conjugate(n, u, s);
  }
  double conjugate(index n, const double* u, Scratch s) const final {
    if constexpr (requires { self().conjugate_of(n, u, s); })
      return self().conjugate_of(n, u, s);
    else
      return Prox::conjugate(n, u, s);
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

// The catalogue, in the order of names.
std::span<const TermInfo* const> prox_terms();

}  // namespace fenchel
