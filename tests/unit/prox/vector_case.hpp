// vector_case.hpp -- runs a term on vectors with exactly the scratch memory it asks for, and makes inputs.
#pragma once
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "prox_case.hpp"

namespace fenchel {

template <class T>
struct ProxResult {
  std::vector<T> x;
  double value;
};

class ScratchFor {
 public:
  ScratchFor(const Prox& term, index n) : memory_(term.scratch_bytes(n)) {}
  Scratch get() { return Scratch(memory_); }

 private:
  Buffer<std::byte> memory_;
};

template <class T>
ProxResult<T> run_prox(const Prox& term, const std::vector<T>& v, double step, bool in_place = false) {
  const auto n = static_cast<index>(v.size());
  ScratchFor scratch(term, n);
  ProxResult<T> result{in_place ? v : std::vector<T>(v.size(), T(77)), 0};
  Step<T> t;
  t.scalar = static_cast<T>(step);
  result.value = term.prox(n, in_place ? result.x.data() : v.data(), t, result.x.data(), scratch.get());
  return result;
}

template <class T>
double value_of(const Prox& term, const std::vector<T>& x) {
  ScratchFor scratch(term, static_cast<index>(x.size()));
  return term.value(static_cast<index>(x.size()), x.data(), scratch.get());
}

template <class T>
double conjugate_of(const Prox& term, const std::vector<T>& u) {
  ScratchFor scratch(term, static_cast<index>(u.size()));
  return term.conjugate(static_cast<index>(u.size()), u.data(), scratch.get());
}

inline std::vector<double> run_vjp(const Prox& term, const std::vector<double>& v, double step,
                                   const std::vector<double>& c) {
  ScratchFor scratch(term, static_cast<index>(v.size()));
  std::vector<double> out(v.size(), 77);
  Step<double> t;
  t.scalar = step;
  term.vjp(static_cast<index>(v.size()), v.data(), t, c.data(), out.data(), scratch.get());
  return out;
}

// |<c, J d> - <J^T c, d>| with J d by central differences: small where prox is smooth along d.
inline double vjp_error(const Prox& term, const std::vector<double>& v, double step, const std::vector<double>& c,
                        const std::vector<double>& d, double h = 1e-6) {
  std::vector<double> up(v), down(v);
  for (std::size_t i = 0; i < v.size(); ++i) up[i] += h * d[i], down[i] -= h * d[i];
  const auto a = run_prox(term, up, step).x, b = run_prox(term, down, step).x, back = run_vjp(term, v, step, c);
  double forward = 0, reverse = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    forward += c[i] * (a[i] - b[i]) / (2 * h);
    reverse += back[i] * d[i];
  }
  return std::abs(forward - reverse);
}

// Normal by Box and Muller.
inline std::vector<double> normal_vector(std::size_t n, std::uint64_t seed, double scale = 1, double shift = 0) {
  const Philox random(seed, 5);
  std::vector<double> v(n);
  for (std::size_t i = 0; i < n; ++i)
    v[i] = shift + scale * std::sqrt(-2 * std::log(random.uniform(2 * i))) *
                       std::cos(6.283185307179586 * random.uniform(2 * i + 1));
  return v;
}

template <class T>
std::vector<T> cast_to(const std::vector<double>& v) {
  std::vector<T> out;
  for (const double a : v) out.push_back(static_cast<T>(a));
  return out;
}

}  // namespace fenchel
