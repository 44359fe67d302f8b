// bilevel_oracles.hpp -- a bilevel problem as its user computes it, and the only way to call it.
//
//   min over theta of F(theta) = f(x*(theta), theta),    x*(theta) = argmin over x of h(x, theta) + g(x, theta)
//
// Every vector is contiguous and in double. H = d2h/dx2 (n, n), J = d2h/(dx dtheta) (n, m).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/types.hpp"

namespace fenchel {

// What changed since the last call of any oracle of the problem.
enum : std::uint32_t { kFreshX = 1, kFreshTheta = 2 };

// What is proved of h and f at theta, or near it. Unknown: mu 0, the others inf.
struct BilevelConstants {
  double mu = 0;                    // modulus of strong convexity of h
  double lipschitz = kInf;          // of dh/dx in x
  double hessian_lipschitz = kInf;  // of H in x
  double cross_norm = kInf;         // || J ||
  double cross_lipschitz = kInf;    // of J in x
  double upper_lipschitz = kInf;    // of (df/dx, df/dtheta) in x
};

// The functions return 0; positive: outside their domain, a shorter step is tried; negative: the call fails with it.
struct BilevelOracles {
  void* user = nullptr;
  index n = 0, m = 0;
  // h, dh/dx (n), dh/dtheta (m), each or null.
  std::int32_t (*lower)(void*, const double* x, const double* theta, std::uint32_t fresh, double* value, double* dx,
                        double* dtheta) = nullptr;
  // f, df/dx (n), df/dtheta (m), each or null.
  decltype(lower) upper = nullptr;
  // out = the matrix times each of `count` vectors: H (count, n), J^T (count, n) -> (count, m), J (count, m) -> (count,
  // n).
  std::int32_t (*lower_hvp)(void*, const double* x, const double* theta, std::uint32_t fresh, std::int64_t count,
                            const double* v, double* out) = nullptr;
  decltype(lower_hvp) lower_cross_t = nullptr;
  decltype(lower_hvp) lower_cross = nullptr;
  // out = argmin over u of g(u, theta) + ||u - v||^2 / (2 step); value, or null: g(out).
  std::int32_t (*prox)(void*, const double* v, const double* theta, double step, double* out, double* value) = nullptr;
  // (dprox/dv)^T c (n), (dprox/dtheta)^T c (m), each or null. The first is symmetric: prox of a convex g.
  std::int32_t (*prox_vjp)(void*, const double* v, const double* theta, double step, const double* c, double* dv,
                           double* dtheta) = nullptr;
  // out = M^{-1} r with M positive definite, near H.
  std::int32_t (*precondition)(void*, const double* x, const double* theta, std::uint32_t fresh, const double* r,
                               double* out) = nullptr;
  std::int32_t (*constants)(void* constants_fn, void*, const double* theta, BilevelConstants* out) = nullptr;
  void* constants_fn = nullptr;  // the caller's own function, whose struct is versioned
};

// Thrown where an oracle is outside its domain, its numbers are not finite, or the derivative does not exist: a search
// takes a shorter step.
struct OutsideDomain {
  const char* oracle;
  std::int32_t code;          // 0: not finite
  std::string singular = {};  // not empty: the lower Hessian is singular there, in words
};

struct BilevelCounts {
  index lower = 0, upper = 0, hvps = 0, cross = 0, prox = 0;
  bool differences = false;  // a missing product was replaced
};

// Calls, counts, says what is fresh, refuses what is not finite. Products that are missing are central differences of
// gradients, step cbrt(2^-52) (1 + ||x||) / ||v||.
class BilevelCalls {
 public:
  explicit BilevelCalls(const BilevelOracles& oracles);

  index n() const { return o_.n; }
  index m() const { return o_.m; }
  bool has_prox() const { return o_.prox != nullptr; }
  bool has_hvp() const { return o_.lower_hvp != nullptr; }
  bool has_cross() const { return o_.lower_cross != nullptr; }
  bool has_preconditioner() const { return o_.precondition != nullptr; }

  double lower(const double* x, const double* theta, double* dx, double* dtheta);
  double upper(const double* x, const double* theta, double* dx, double* dtheta);
  void hvp(const double* x, const double* theta, const double* v, double* out, index count = 1);
  void cross_t(const double* x, const double* theta, const double* v, double* out, index count = 1);
  void cross(const double* x, const double* theta, const double* v, double* out, index count = 1);
  // Without prox: out = v.
  double prox(const double* v, const double* theta, double step, double* out);
  void prox_vjp(const double* v, const double* theta, double step, const double* c, double* dv, double* dtheta);
  bool precondition(const double* x, const double* theta, const double* r, double* out);  // false: there is none
  BilevelConstants constants(const double* theta);

  BilevelCounts counts;

 private:
  std::uint32_t fresh(const double* x, const double* theta);
  void refuse(const char* oracle, std::int32_t code);
  void check(const char* oracle, const double* values, index count) const;
  void difference(const double* x, const double* theta, const double* direction, bool along_x, bool by_theta,
                  double* out);

  const BilevelOracles o_;
  std::vector<double> last_x_, last_theta_, point_, plus_, minus_;
  bool seen_ = false;
};

}  // namespace fenchel
