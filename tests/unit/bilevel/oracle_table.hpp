// oracle_table.hpp -- a bilevel problem as a C++ object behind the user pointer of a table of oracles, which can fail
// at its k-th call or leave its domain; random numbers and dense algebra for it.
#pragma once
#include <cmath>
#include <functional>

#include "base/random.hpp"
#include "solvers/bilevel/oracles/bilevel.hpp"

namespace oracle_problems {

using fenchel::BilevelConstants;
using fenchel::BilevelOracles;
using fenchel::BilevelProblem;
using fenchel::index;
using fenchel::Vector;

inline std::size_t at(index i) { return static_cast<std::size_t>(i); }

class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_(seed, 3) {}
  double uniform() { return random_.uniform(next_++); }
  double operator()() {
    const double u = uniform(), v = uniform();
    return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * v);
  }
  Vector vector(index n, double scale = 1) {
    Vector out(at(n));
    for (double& x : out) x = scale * (*this)();
    return out;
  }

 private:
  fenchel::Philox random_;
  std::uint64_t next_ = 0;
};

// Row-major.
struct Matrix {
  index rows = 0, cols = 0;
  Vector values;

  Matrix() = default;
  Matrix(index r, index c) : rows(r), cols(c), values(at(r * c)) {}
  Matrix(index r, index c, Normal& random, double scale = 1) : rows(r), cols(c), values(random.vector(r * c, scale)) {}
  double& operator()(index i, index j) { return values[at(i * cols + j)]; }
  double operator()(index i, index j) const { return values[at(i * cols + j)]; }
  Vector times(const double* x) const {
    Vector out(at(rows));
    for (index i = 0; i < rows; ++i) out[at(i)] = fenchel::dot(values.data() + i * cols, x, cols);
    return out;
  }
  Vector transposed(const double* y) const {
    Vector out(at(cols));
    for (index i = 0; i < rows; ++i) fenchel::axpy(y[i], values.data() + i * cols, cols, out.data());
    return out;
  }
};

// Gaussian elimination with partial pivoting.
inline Vector solve(Matrix a, Vector b) {
  const index n = a.rows;
  for (index k = 0; k < n; ++k) {
    index pivot = k;
    for (index i = k + 1; i < n; ++i)
      if (std::abs(a(i, k)) > std::abs(a(pivot, k))) pivot = i;
    for (index j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    std::swap(b[at(k)], b[at(pivot)]);
    for (index i = k + 1; i < n; ++i) {
      const double factor = a(i, k) / a(k, k);
      for (index j = k; j < n; ++j) a(i, j) -= factor * a(k, j);
      b[at(i)] -= factor * b[at(k)];
    }
  }
  for (index k = n; k-- > 0;) {
    for (index j = k + 1; j < n; ++j) b[at(k)] -= a(k, j) * b[at(j)];
    b[at(k)] /= a(k, k);
  }
  return b;
}

inline Matrix gram(const Matrix& a) {
  Matrix out(a.cols, a.cols);
  for (index i = 0; i < a.rows; ++i)
    for (index j = 0; j < a.cols; ++j)
      for (index k = 0; k < a.cols; ++k) out(j, k) += a(i, j) * a(i, k);
  return out;
}

// Methods that a problem does not override are missing oracles where `has` leaves them out.
class Problem {
 public:
  enum : unsigned { kHvp = 1, kCrossT = 2, kCross = 4, kProx = 8, kConstants = 16, kPrecondition = 32 };
  Problem(index n_, index m_, unsigned has_) : n(n_), m(m_), has(has_) {}
  virtual ~Problem() = default;
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  virtual double lower(const double* x, const double* t, double* dx, double* dt) = 0;
  virtual double upper(const double* x, const double* t, double* dx, double* dt) = 0;
  virtual Vector hvp(const double*, const double*, const double*) { return {}; }
  virtual Vector cross_t(const double*, const double*, const double*) { return {}; }
  virtual Vector cross(const double*, const double*, const double*) { return {}; }
  virtual void prox(const double*, const double*, double, double*) {}
  virtual void prox_vjp(const double*, const double*, double, const double*, double*, double*) {}
  virtual void precondition(const double*, const double*, const double*, double*) {}
  virtual BilevelConstants constants(const double*) { return {}; }

  const index n, m;
  unsigned has;
  index calls = 0, fail_at = -1;
  std::int32_t failure = -7;                                 // what the call number fail_at answers
  std::function<bool(const double*, const double*)> inside;  // false: outside the domain

  BilevelProblem table() {
    BilevelOracles o;
    o.user = this;
    o.n = n;
    o.m = m;
    o.lower = [](void* u, const double* x, const double* t, std::uint32_t, double* v, double* dx, double* dt) {
      return self(u).level(&Problem::lower, x, t, v, dx, dt);
    };
    o.upper = [](void* u, const double* x, const double* t, std::uint32_t, double* v, double* dx, double* dt) {
      return self(u).level(&Problem::upper, x, t, v, dx, dt);
    };
    if ((has & kHvp) != 0)
      o.lower_hvp = [](void* u, const double* x, const double* t, std::uint32_t, std::int64_t count, const double* v,
                       double* out) { return self(u).product(&Problem::hvp, x, t, count, v, self(u).n, out); };
    if ((has & kCrossT) != 0)
      o.lower_cross_t = [](void* u, const double* x, const double* t, std::uint32_t, std::int64_t count,
                           const double* v,
                           double* out) { return self(u).product(&Problem::cross_t, x, t, count, v, self(u).n, out); };
    if ((has & kCross) != 0)
      o.lower_cross = [](void* u, const double* x, const double* t, std::uint32_t, std::int64_t count, const double* v,
                         double* out) { return self(u).product(&Problem::cross, x, t, count, v, self(u).m, out); };
    if ((has & kProx) != 0) {
      o.prox = [](void* u, const double* v, const double* t, double step, double* out, double* value) {
        self(u).prox(v, t, step, out);
        if (value != nullptr) *value = 0;  // no method needs it
        return self(u).answer();
      };
      o.prox_vjp = [](void* u, const double* v, const double* t, double step, const double* c, double* dv, double* dt) {
        self(u).prox_vjp(v, t, step, c, dv, dt);
        return self(u).answer();
      };
    }
    if ((has & kPrecondition) != 0)
      o.precondition = [](void* u, const double* x, const double* t, std::uint32_t, const double* r, double* out) {
        self(u).precondition(x, t, r, out);
        return self(u).answer();
      };
    if ((has & kConstants) != 0)
      o.constants = [](void*, void* u, const double* t, BilevelConstants* out) {
        *out = self(u).constants(t);
        return self(u).answer();
      };
    return {o, {}, {}};
  }

 private:
  static Problem& self(void* user) { return *static_cast<Problem*>(user); }
  std::int32_t answer() { return ++calls == fail_at ? failure : 0; }
  template <class F>
  std::int32_t level(F f, const double* x, const double* t, double* v, double* dx, double* dt) {
    if (inside && !inside(x, t)) return 1;
    const double value = (this->*f)(x, t, dx, dt);
    if (v != nullptr) *v = value;
    return answer();
  }
  template <class F>
  std::int32_t product(F f, const double* x, const double* t, index count, const double* v, index width, double* out) {
    for (index k = 0; k < count; ++k) {
      const Vector image = (this->*f)(x, t, v + k * width);
      out = std::copy(image.begin(), image.end(), out);
    }
    return answer();
  }
};

}  // namespace oracle_problems
