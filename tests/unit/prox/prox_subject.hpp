// prox_subject.hpp -- a term under test: calls it with guarded scratch memory, counts allocations, checks that inputs
// stay as they were.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "allocations.hpp"
#include "base/random.hpp"
#include "prox_case.hpp"

namespace fenchel {

template <class T>
using Vector = std::vector<T>;

// Fails the current test case, saying which law which term broke.
#define HOLDS(condition, subject, law, details)                                   \
  do {                                                                            \
    const bool holds_ = (condition);                                              \
    if (!holds_) FAIL_CHECK((subject).label << ": " << (law) << ": " << details); \
  } while (false)

inline double norm(const Vector<double>& x) {
  double sum = 0;
  for (const double a : x) sum += a * a;
  return std::sqrt(sum);
}
inline double inner(const Vector<double>& x, const Vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}
// a x + b y
inline Vector<double> mix(double a, const Vector<double>& x, double b, const Vector<double>& y) {
  Vector<double> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = a * x[i] + b * y[i];
  return out;
}
inline double largest(const Vector<double>& x) {
  double most = 0;
  for (const double a : x) most = std::max(most, std::abs(a));
  return most;
}
inline double apart(const Vector<double>& x, const Vector<double>& y) { return largest(mix(1, x, -1, y)); }

struct Draws {
  Philox random;
  std::uint64_t at = 0;
  double uniform() { return random.uniform(at++); }
  Vector<double> vector(index n, double scale) {
    Vector<double> out(static_cast<std::size_t>(n));
    for (double& a : out) a = scale * (2 * uniform() - 1);
    return out;
  }
};

template <class T>
Vector<T> as(const Vector<double>& x) {
  Vector<T> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) out[i] = static_cast<T>(x[i]);
  return out;
}

struct Subject {
  explicit Subject(const ProxCase& from)
      : label(from.label()), prox(from.make()), n(from.dimension(*prox)), accuracy(from.accuracy()) {
    memory.resize(static_cast<std::size_t>(bytes()) + 2 * kGuard);
  }
  bool can(unsigned caps) const { return (prox->caps() & caps) == caps; }
  index bytes() const { return prox->scratch_bytes(n); }

  // Calls f(scratch) and checks the guards round the scratch memory, and that nothing was allocated.
  template <class F>
  auto guarded(F&& f) {
    std::memset(memory.data(), 0xA5, memory.size());
    const std::int64_t before = allocations();
    const auto result = f(Scratch(memory.data() + kGuard, bytes()));
    HOLDS(allocations() == before, *this, "allocates nothing", allocations() - before << " allocations");
    bool intact = true;
    for (std::size_t i = 0; i < kGuard; ++i)
      intact = intact && memory[i] == std::byte{0xA5} && memory[memory.size() - 1 - i] == std::byte{0xA5};
    HOLDS(intact, *this, "keeps to its scratch memory", "guard bytes overwritten");
    return result;
  }

  template <class T>
  double apply(const Vector<T>& v, Step<T> step, Vector<T>& out) {
    const Vector<T> kept = v;
    out.assign(v.size(), T(0));
    const double value_at = guarded([&](Scratch s) { return prox->prox(n, v.data(), step, out.data(), s); });
    HOLDS(std::memcmp(kept.data(), v.data(), v.size() * sizeof(T)) == 0, *this, "leaves its input alone", "");
    return value_at;
  }
  Vector<double> at(const Vector<double>& v, double step) {
    Vector<double> out;
    apply<double>(v, {step}, out);
    return out;
  }
  template <class T>
  double value(const Vector<T>& x) {
    return guarded([&](Scratch s) { return prox->value(n, x.data(), s); });
  }
  double conjugate(const Vector<double>& u) {
    return guarded([&](Scratch s) { return prox->conjugate(n, u.data(), s); });
  }
  Vector<double> vjp(const Vector<double>& v, double step, const Vector<double>& cotangent) {
    Vector<double> out(v.size());
    guarded([&](Scratch s) {
      prox->vjp(n, v.data(), {step}, cotangent.data(), out.data(), s);
      return 0;
    });
    return out;
  }
  // g(x) + sum_i (x_i - v_i)^2 / (2 step)
  double objective(const Vector<double>& x, const Vector<double>& v, double step) {
    const double d = norm(mix(1, x, -1, v));
    return value(x) + d * d / (2 * step);
  }

  static constexpr std::size_t kGuard = 72;
  std::string label;
  std::shared_ptr<const Prox> prox;
  index n;
  double accuracy;
  std::vector<std::byte> memory;
};

inline constexpr double kSteps[] = {1e-3, 0.1, 1, 2.3, 30, 1e3};
inline constexpr double kScales[] = {0.1, 1, 12};

// Calls f(draws, v, step) at many points.
template <class F>
void each_point(const Subject& subject, F&& f) {
  Draws draws{Philox(2026, 7)};
  for (const double scale : kScales)
    for (const double step : kSteps)
      for (int round = 0; round < 3; ++round) f(draws, draws.vector(subject.n, scale), step);
}

}  // namespace fenchel
