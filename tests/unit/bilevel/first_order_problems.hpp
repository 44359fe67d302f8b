// first_order_problems.hpp -- bilevel problems by oracles with known answers, for the methods that take no
// hypergradient.
#pragma once
#include <cmath>
#include <functional>

#include "base/random.hpp"
#include "solvers/bilevel/oracles/bilevel.hpp"

namespace fenchel::first_order_problems {

inline Vector noise(std::size_t n, std::uint64_t seed) {  // standard normal
  const Philox random(seed, 5);
  Vector v(n);
  for (std::size_t i = 0; i < n; ++i)
    v[i] = std::sqrt(-2 * std::log(random.uniform(2 * i))) * std::cos(6.283185307179586 * random.uniform(2 * i + 1));
  return v;
}

// Level functions as the header has them, in C++. Products left null are missing.
struct OracleProblem {
  std::size_t n = 0, m = 0;
  using Level = std::function<double(const double* x, const double* t, double* dx, double* dt)>;
  using Product = std::function<void(const double* x, const double* t, const double* v, double* out)>;
  Level h, f;
  Product hvp, cross_t;
  BilevelConstants known;
  bool has_constants = false;
  // Fails the call that is the fail_at-th of lower and upper: positive outside, negative an error, 0 with NaN.
  int calls = 0, fail_at = 0, answer = 0;
  bool with_nan = false;

  BilevelProblem problem() {
    BilevelProblem p;
    p.oracles.user = this;
    p.oracles.n = static_cast<index>(n);
    p.oracles.m = static_cast<index>(m);
    p.oracles.lower = &level<&OracleProblem::h>;
    p.oracles.upper = &level<&OracleProblem::f>;
    if (hvp) p.oracles.lower_hvp = &product<&OracleProblem::hvp>;
    if (cross_t) p.oracles.lower_cross_t = &product<&OracleProblem::cross_t>;
    if (has_constants)
      p.oracles.constants = [](void*, void* user, const double*, BilevelConstants* out) -> std::int32_t {
        *out = static_cast<OracleProblem*>(user)->known;
        return 0;
      };
    return p;
  }

 private:
  template <Level OracleProblem::*which>
  static std::int32_t level(void* user, const double* x, const double* t, std::uint32_t, double* value, double* dx,
                            double* dt) {
    auto& self = *static_cast<OracleProblem*>(user);
    const double found = (self.*which)(x, t, dx, dt);
    const bool hit = ++self.calls == self.fail_at;
    if (value != nullptr) *value = hit && self.with_nan ? kNaN : found;
    return hit ? self.answer : 0;
  }
  template <Product OracleProblem::*which>
  static std::int32_t product(void* user, const double* x, const double* t, std::uint32_t, std::int64_t count,
                              const double* v, double* out) {
    auto& self = *static_cast<OracleProblem*>(user);
    for (std::int64_t k = 0; k < count; ++k) {
      const std::size_t wide = static_cast<std::size_t>(k);
      (self.*which)(x, t, v + wide * self.n, out + wide * (which == &OracleProblem::hvp ? self.n : self.m));
    }
    return 0;
  }
};

// h = sum_j a_j x_j^2 / 2 - x_j t_j (j < m), f = ||x - b||^2 / 2 + w ||t||^2 / 2: least at t_j = b_j a_j / (1 + w
// a_j^2).
inline OracleProblem quadratic(const Vector& a, const Vector& b, std::size_t m, double w) {
  OracleProblem p;
  p.n = a.size();
  p.m = m;
  p.h = [a, m](const double* x, const double* t, double* dx, double* dt) {
    double value = 0;
    for (std::size_t j = 0; j < a.size(); ++j) {
      const double pull = j < m ? t[j] : 0.0;
      value += a[j] * x[j] * x[j] / 2 - x[j] * pull;
      if (dx != nullptr) dx[j] = a[j] * x[j] - pull;
      if (dt != nullptr && j < m) dt[j] = -x[j];
    }
    return value;
  };
  p.f = [b, m, w](const double* x, const double* t, double* dx, double* dt) {
    double value = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      value += (x[j] - b[j]) * (x[j] - b[j]) / 2;
      if (dx != nullptr) dx[j] = x[j] - b[j];
    }
    for (std::size_t j = 0; j < m; ++j) {
      value += w * t[j] * t[j] / 2;
      if (dt != nullptr) dt[j] = w * t[j];
    }
    return value;
  };
  p.hvp = [a](const double*, const double*, const double* v, double* out) {
    for (std::size_t j = 0; j < a.size(); ++j) out[j] = a[j] * v[j];
  };
  p.cross_t = [m](const double*, const double*, const double* v, double* out) {
    for (std::size_t j = 0; j < m; ++j) out[j] = -v[j];
  };
  return p;
}

// Ridge with a penalty each: h = ||X x - y||^2 / 2 + sum_j t_j x_j^2 / 2, f = ||V x - u||^2 / 2, one truth.
struct Ridge {
  std::size_t rows, n;
  Vector X, y, V, u;

  Ridge(std::size_t rows_in, std::size_t n_in, std::uint64_t seed) : rows(rows_in), n(n_in) {
    const Vector truth = noise(n, seed);
    const auto make = [&](Vector& A, Vector& b, std::uint64_t own) {
      A = noise(rows * n, own);
      b = noise(rows, own + 1);
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < n; j += 2) b[i] += A[i * n + j] * truth[j];
    };
    make(X, y, seed + 1);
    make(V, u, seed + 3);
  }

  static double squares(const Vector& A, const Vector& b, std::size_t n, const double* x, double* dx) {
    double value = 0;
    if (dx != nullptr) std::fill(dx, dx + n, 0.0);
    for (std::size_t i = 0; i < b.size(); ++i) {
      double r = -b[i];
      for (std::size_t j = 0; j < n; ++j) r += A[i * n + j] * x[j];
      value += r * r / 2;
      for (std::size_t j = 0; dx != nullptr && j < n; ++j) dx[j] += r * A[i * n + j];
    }
    return value;
  }

  OracleProblem problem() const {
    OracleProblem p;
    p.n = p.m = n;
    p.h = [this](const double* x, const double* t, double* dx, double* dt) {
      double value = squares(X, y, n, x, dx);
      for (std::size_t j = 0; j < n; ++j) {
        value += t[j] * x[j] * x[j] / 2;
        if (dx != nullptr) dx[j] += t[j] * x[j];
        if (dt != nullptr) dt[j] = x[j] * x[j] / 2;
      }
      return value;
    };
    p.f = [this](const double* x, const double*, double* dx, double* dt) {
      if (dt != nullptr) std::fill(dt, dt + n, 0.0);
      return squares(V, u, n, x, dx);
    };
    p.hvp = [this](const double*, const double* t, const double* v, double* out) {
      const Vector none(rows, 0.0);
      squares(X, none, n, v, out);
      for (std::size_t j = 0; j < n; ++j) out[j] += t[j] * v[j];
    };
    p.cross_t = [this](const double* x, const double*, const double* v, double* out) {
      for (std::size_t j = 0; j < n; ++j) out[j] = x[j] * v[j];
    };
    return p;
  }
};

// f = ||t - x2||^2 / 2 + ||x1 - e||^2 / 2, h = ||x1||^2 / 2 - t^T x1 with x = (x1, x2): flat in x2, best at t = x = e.
// Liu et al. (2023), section 5.1.
inline OracleProblem flat_lower_level(std::size_t d) {
  OracleProblem p;
  p.n = 2 * d;
  p.m = d;
  p.h = [d](const double* x, const double* t, double* dx, double* dt) {
    double value = 0;
    for (std::size_t j = 0; j < d; ++j) {
      value += x[j] * x[j] / 2 - t[j] * x[j];
      if (dx != nullptr) dx[j] = x[j] - t[j], dx[d + j] = 0;
      if (dt != nullptr) dt[j] = -x[j];
    }
    return value;
  };
  p.f = [d](const double* x, const double* t, double* dx, double* dt) {
    double value = 0;
    for (std::size_t j = 0; j < d; ++j) {
      const double a = t[j] - x[d + j], b = x[j] - 1;
      value += a * a / 2 + b * b / 2;
      if (dx != nullptr) dx[j] = b, dx[d + j] = -a;
      if (dt != nullptr) dt[j] = a;
    }
    return value;
  };
  p.hvp = [d](const double*, const double*, const double* v, double* out) {
    for (std::size_t j = 0; j < d; ++j) out[j] = v[j], out[d + j] = 0;
  };
  p.cross_t = [d](const double*, const double*, const double* v, double* out) {
    for (std::size_t j = 0; j < d; ++j) out[j] = -v[j];
  };
  return p;
}

// h = sum_i (s_i w_i^T x - b_i - t_i)^2 / 2 with m orthonormal w_i in n > m unknowns, f = ||x - c||^2 / 2 + ||t -
// t0||^2 / 2: of the lower level's many solutions the one nearest to c, in closed form.
struct OverParametrised {
  OracleProblem problem;
  Vector x, t;  // the solution
};
inline OverParametrised over_parametrised(std::size_t m, std::size_t n, std::uint64_t seed) {
  const Vector b = noise(m, seed), c = noise(n, seed + 1), t0 = noise(m, seed + 2), w = noise(n, seed + 3);
  Vector s(m), u = w;
  const double length = norm2(w);
  for (double& v : u) v /= length;
  for (std::size_t i = 0; i < m; ++i) s[i] = 0.5 + 1.5 * static_cast<double>(i) / static_cast<double>(m);
  // (Q x)_i with Q = I - 2 u u^T, whose first m rows are the w_i.
  const auto along = [u](const double* x, std::size_t i) {
    double sum = 0;
    for (std::size_t j = 0; j < u.size(); ++j) sum += u[j] * x[j];
    return x[i] - 2 * u[i] * sum;
  };
  // out += sum_i r_i w_i
  const auto spread = [u](const Vector& r, double* out) {
    double sum = 0;
    for (std::size_t i = 0; i < r.size(); ++i) sum += u[i] * r[i], out[i] += r[i];
    for (std::size_t j = 0; j < u.size(); ++j) out[j] -= 2 * u[j] * sum;
  };
  OverParametrised found;
  OracleProblem& p = found.problem;
  p.n = n;
  p.m = m;
  p.h = [=](const double* x, const double* t, double* dx, double* dt) {
    double value = 0;
    Vector r(m);
    for (std::size_t i = 0; i < m; ++i) {
      const double gap = s[i] * along(x, i) - b[i] - t[i];
      value += gap * gap / 2;
      r[i] = s[i] * gap;
      if (dt != nullptr) dt[i] = -gap;
    }
    if (dx != nullptr) {
      std::fill(dx, dx + n, 0.0);
      spread(r, dx);
    }
    return value;
  };
  p.f = [=](const double* x, const double* t, double* dx, double* dt) {
    double value = 0;
    for (std::size_t j = 0; j < n; ++j) {
      value += (x[j] - c[j]) * (x[j] - c[j]) / 2;
      if (dx != nullptr) dx[j] = x[j] - c[j];
    }
    for (std::size_t i = 0; i < m; ++i) {
      value += (t[i] - t0[i]) * (t[i] - t0[i]) / 2;
      if (dt != nullptr) dt[i] = t[i] - t0[i];
    }
    return value;
  };
  p.hvp = [=](const double*, const double*, const double* v, double* out) {
    Vector r(m);
    for (std::size_t i = 0; i < m; ++i) r[i] = s[i] * s[i] * along(v, i);
    std::fill(out, out + n, 0.0);
    spread(r, out);
  };
  p.cross_t = [=](const double*, const double*, const double* v, double* out) {
    for (std::size_t i = 0; i < m; ++i) out[i] = -s[i] * along(v, i);
  };
  found.t.resize(m);
  found.x = c;
  Vector r(m);
  for (std::size_t i = 0; i < m; ++i) {
    const double at_c = s[i] * along(c.data(), i) - b[i], weight = 1 / (s[i] * s[i]);
    found.t[i] = (at_c * weight + t0[i]) / (weight + 1);
    r[i] = -(at_c - found.t[i]) / s[i];
  }
  spread(r, found.x.data());
  return found;
}

}  // namespace fenchel::first_order_problems
