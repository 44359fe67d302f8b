// smooth.hpp -- differentiable terms f.
#pragma once
#include "base/scratch.hpp"
#include "base/term.hpp"
#include "smooth/linear_model.hpp"
#include "smooth/newton_matrix.hpp"

namespace fenchel {

enum SmoothCaps : unsigned {
  SMOOTH_CONVEX = 1,
  SMOOTH_QUADRATIC = 2,   // the gradient is affine
  SMOOTH_HVP = 4,         // hvp works
  SMOOTH_MODEL = 8,       // linear_model() is not null: F(A x) + <c, x>
  SMOOTH_MATRIX = 16,     // hessian() is not null: 1/2 x'Qx + <c, x> with Q stored
  SMOOTH_LIPSCHITZ = 32,  // lipschitz() is finite
};

// Numbers of a term by which its gradient has a derivative.
enum class SmoothNumber { lam, eps };

class Smooth : public Term {
 public:
  TermKind kind() const final { return TermKind::smooth; }
  virtual unsigned caps() const = 0;
  virtual index size() const = 0;  // of x, a free intercept included (the last entry, or the last K of a multinomial)
  virtual index scratch_bytes() const { return 0; }
  // f(x); the gradient, (n), is written unless null.
  virtual double gradient(const float* x, float* gradient, Scratch scratch) const = 0;
  virtual double gradient(const double* x, double* gradient, Scratch scratch) const = 0;
  // out = H(x) v. SMOOTH_HVP.
  virtual void hvp(const float* x, const float* v, float* out, Scratch scratch) const;
  virtual void hvp(const double* x, const double* v, double* out, Scratch scratch) const;
  // An upper bound of the gradient's Lipschitz constant, or inf. May take some products with A the first time asked
  // (products is increased by them); deterministic, thread-safe.
  virtual double lipschitz(index* products = nullptr) const;
  virtual double strong_convexity() const { return 0; }
  // Of the Hessian, in the spectral norm: an upper bound, or inf where unknown.
  virtual double hessian_lipschitz() const { return (caps() & SMOOTH_QUADRATIC) != 0 ? 0 : kInf; }
  // SMOOTH_HVP. It takes no more than scratch_bytes, and is used no longer than the term lives, but as `before`: that
  // of a like term with other numbers, which may know where to go on.
  virtual std::unique_ptr<NewtonMatrix> newton_matrix(const NewtonMatrix* before = nullptr) const;
  // out (n) = the Hessian's diagonal at x. False: not known without products.
  virtual bool hessian_diagonal(const double* x, double* out, Scratch scratch) const;
  virtual bool has_number(SmoothNumber) const { return false; }
  // Where it has: out (n) = d gradient / d number at x, and an upper bound of that vector's Lipschitz constant in x.
  virtual void number_slope(SmoothNumber number, const double* x, double* out, Scratch scratch) const;
  virtual double number_slope_lipschitz(SmoothNumber) const { return kInf; }
  virtual std::span<const std::shared_ptr<const Smooth>> parts() const { return {}; }  // of a sum
  virtual const LinearModel* linear_model() const { return nullptr; }
  virtual const StoredMatrix* hessian() const { return nullptr; }
  virtual const double* linear() const { return nullptr; }  // c, (n), of SMOOTH_MATRIX
};

// Both dtypes from member templates gradient_of and, where offered, hvp_of.
template <class Self>
class SmoothOf : public Smooth {
 public:
  double gradient(const float* x, float* g, Scratch s) const final { return self().gradient_of(x, g, s); }
  double gradient(const double* x, double* g, Scratch s) const final { return self().gradient_of(x, g, s); }
  void hvp(const float* x, const float* v, float* out, Scratch s) const final {
    if constexpr (requires { self().hvp_of(x, v, out, s); })
      self().hvp_of(x, v, out, s);
    else
      Smooth::hvp(x, v, out, s);
  }
  void hvp(const double* x, const double* v, double* out, Scratch s) const final {
    if constexpr (requires { self().hvp_of(x, v, out, s); })
      self().hvp_of(x, v, out, s);
    else
      Smooth::hvp(x, v, out, s);
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

// f_1 + f_2 + ..., terms of one size without free intercepts.
std::shared_ptr<const Smooth> smooth_sum(std::vector<std::shared_ptr<const Smooth>> parts);

// The catalogue, in the order of names.
std::span<const TermInfo* const> smooth_terms();

}  // namespace fenchel
