// proximal_case.hpp -- small smooth terms of the tests' own, problems with known answers, and a solve in one line.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "prox/prox_case.hpp"
#include "solvers/proximal/make_proximal.hpp"

namespace fenchel::proximal_test {

using Vector = std::vector<double>;
using Summands = std::vector<Summand>;

inline std::size_t at(index i) { return static_cast<std::size_t>(i); }

// Repeatable noise in [-1, 1].
inline Vector noise(index count, unsigned seed) {
  Vector out(at(count));
  std::uint64_t state = seed * 0x9E3779B97F4A7C15ULL + 1;
  for (double& v : out) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    v = static_cast<double>(state >> 11) / 4503599627370496.0 - 1.0;
  }
  return out;
}

// 1/2 |A x - b|^2, A row-major (m, n).
class Squares final : public SmoothOf<Squares> {
 public:
  Squares(index m, index n, Vector A, Vector b, double L) : m_(m), n_(n), A_(std::move(A)), b_(std::move(b)), L_(L) {}
  unsigned caps() const override {
    return SMOOTH_CONVEX | SMOOTH_QUADRATIC | SMOOTH_HVP | (L_ > 0 ? SMOOTH_LIPSCHITZ : 0U);
  }
  index size() const override { return n_; }
  double lipschitz(index*) const override { return L_ > 0 ? L_ : kInf; }
  index scratch_bytes() const override { return scratch_for<double>(m_); }
  template <class T>
  double gradient_of(const T* x, T* g, Scratch scratch) const {
    double* r = scratch.take<double>(m_);
    double sum = 0;
    for (index i = 0; i < m_; ++i) {
      r[i] = -b_[at(i)];
      for (index j = 0; j < n_; ++j) r[i] += A_[at(i * n_ + j)] * static_cast<double>(x[j]);
      sum += r[i] * r[i];
    }
    if (g != nullptr) back(r, g);
    return sum / 2;
  }
  template <class T>
  void hvp_of(const T*, const T* v, T* out, Scratch scratch) const {
    double* r = scratch.take<double>(m_);
    for (index i = 0; i < m_; ++i) {
      r[i] = 0;
      for (index j = 0; j < n_; ++j) r[i] += A_[at(i * n_ + j)] * static_cast<double>(v[j]);
    }
    back(r, out);
  }

 private:
  template <class T>
  void back(const double* r, T* g) const {
    for (index j = 0; j < n_; ++j) {
      double sum = 0;
      for (index i = 0; i < m_; ++i) sum += A_[at(i * n_ + j)] * r[i];
      g[j] = static_cast<T>(sum);
    }
  }
  index m_, n_;
  Vector A_, b_;
  double L_;
};

// sum_j q_j x_j^2 / 2 + c_j x_j, perhaps not convex.
class DiagonalQuadratic final : public SmoothOf<DiagonalQuadratic> {
 public:
  DiagonalQuadratic(Vector q, Vector c) : q_(std::move(q)), c_(std::move(c)) {
    for (double q_j : q_) {
      L_ = std::fmax(L_, std::fabs(q_j));
      convex_ = convex_ && q_j >= 0;
    }
  }
  unsigned caps() const override {
    return (convex_ ? SMOOTH_CONVEX : 0U) | SMOOTH_QUADRATIC | SMOOTH_HVP | SMOOTH_LIPSCHITZ;
  }
  index size() const override { return static_cast<index>(q_.size()); }
  double lipschitz(index*) const override { return L_; }
  template <class T>
  double gradient_of(const T* x, T* g, Scratch) const {
    double sum = 0;
    for (index j = 0; j < size(); ++j) {
      const double v = static_cast<double>(x[j]);
      sum += q_[at(j)] * v * v / 2 + c_[at(j)] * v;
      if (g != nullptr) g[j] = static_cast<T>(q_[at(j)] * v + c_[at(j)]);
    }
    return sum;
  }
  template <class T>
  void hvp_of(const T*, const T* v, T* out, Scratch) const {
    for (index j = 0; j < size(); ++j) out[j] = static_cast<T>(q_[at(j)] * static_cast<double>(v[j]));
  }

 private:
  Vector q_, c_;
  double L_ = 0;
  bool convex_ = true;
};

// Whatever a test wants of f: a function of (x, gradient or null).
class Oracle final : public SmoothOf<Oracle> {
 public:
  using Fn = std::function<double(const double*, double*)>;
  Oracle(index n, unsigned caps, double L, Fn fn) : n_(n), caps_(caps), L_(L), fn_(std::move(fn)) {}
  unsigned caps() const override { return caps_; }
  index size() const override { return n_; }
  double lipschitz(index*) const override { return L_; }
  template <class T>
  double gradient_of(const T* x, T* g, Scratch) const {
    Vector wide(x, x + n_), out(at(n_));
    const double f = fn_(wide.data(), g == nullptr ? nullptr : out.data());
    if (g != nullptr)
      for (index j = 0; j < n_; ++j) g[j] = static_cast<T>(out[at(j)]);
    return f;
  }

 private:
  index n_;
  unsigned caps_;
  double L_;
  Fn fn_;
};

inline std::shared_ptr<const Operator> matrix(index m, index n, const Vector& entries) {
  static std::vector<std::unique_ptr<Vector>> kept;  // the operator borrows
  kept.push_back(std::make_unique<Vector>(entries));
  ArrayView view;
  view.ndim = 2;
  view.data = kept.back()->data();
  view.shape[0] = m;
  view.shape[1] = n;
  view.strides[0] = n * 8;
  view.strides[1] = 8;
  for (const TermInfo* info : operator_terms())
    if (std::strcmp(info->name, "dense") == 0)
      return std::static_pointer_cast<const Operator>(info->make(Params(info->params, {{"matrix", 0, view, nullptr}})));
  return nullptr;
}

struct Outcome {
  MinimizeResult result;
  Vector x;
  std::vector<double> trace;
  Termination end() const { return static_cast<Termination>(result.termination); }
  Certificate certificate() const { return static_cast<Certificate>(result.certificate); }
};

inline ArrayView view_of(Vector& x) {
  ArrayView view;
  view.ndim = 1;
  view.data = x.data();
  view.shape[0] = static_cast<index>(x.size());
  view.strides[0] = 8;
  return view;
}

inline std::shared_ptr<const CompositeProblem> problem(Dtype dtype, index n, std::shared_ptr<const Smooth> f,
                                                       Summands summands) {
  return std::make_shared<CompositeProblem>(dtype, n, std::move(f), std::move(summands));
}

inline Outcome solve(std::shared_ptr<const CompositeProblem> p, MinimizeMethod method, MinimizeSettings settings = {}) {
  Outcome out;
  out.x.resize(at(p->size()));
  auto solver = make_proximal(p, method, settings);
  out.result = solver->solve(nullptr, nullptr, nullptr);
  solver->solution(view_of(out.x));
  out.trace = solver->trace();
  return out;
}

inline double distance(const Vector& a, const Vector& b) {
  double most = 0;
  for (std::size_t j = 0; j < a.size(); ++j) most = std::fmax(most, std::fabs(a[j] - b[j]));
  return most;
}

// ProximalAlgorithms.jl's small Lasso.
struct TinyLasso {
  Vector A{1, -2, 3, -4, 5, 2, -1, 0, -1, 3, -1, 0, 4, -3, 2, -1, -1, -1, 1, 3}, b{1, 2, 3, 4};
  Vector answer{-0.3877278911564627, 0, 0, 0.02174149659863943, 0.6168435374149660};
  double value = 7.2757727891;

  std::shared_ptr<const Smooth> f(bool bound = true) const {
    return std::make_shared<Squares>(4, 5, A, b, bound ? top() : 0.0);
  }
  std::shared_ptr<const CompositeProblem> lasso(Dtype dtype = Dtype::f64, bool bound = true) const {
    return problem(dtype, 5, f(bound), {{ProxCase("l1").real("lam", 2.9).make(), nullptr}});
  }
  // |A|^2 by power iterations, a little above.
  double top() const {
    Vector v(5, 1.0), w(4);
    double size = 0;
    for (int k = 0; k < 2000; ++k) {
      for (int i = 0; i < 4; ++i) {
        w[at(i)] = 0;
        for (int j = 0; j < 5; ++j) w[at(i)] += A[at(i * 5 + j)] * v[at(j)];
      }
      size = 0;
      for (int j = 0; j < 5; ++j) {
        v[at(j)] = 0;
        for (int i = 0; i < 4; ++i) v[at(j)] += A[at(i * 5 + j)] * w[at(i)];
        size += v[at(j)] * v[at(j)];
      }
      size = std::sqrt(size);
      for (double& e : v) e /= size;
    }
    return size * (1 + 1e-10);
  }
};

}  // namespace fenchel::proximal_test
