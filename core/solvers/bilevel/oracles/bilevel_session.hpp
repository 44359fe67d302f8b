// bilevel_session.hpp -- bilevel problems whose caller is asked instead of called back.
//
// The solver runs as it does with functions, on a thread of its own that sleeps while the caller computes; so the
// answers are the same to the last bit.
#pragma once
#include <optional>

#include "base/handoff.hpp"
#include "solvers/bilevel/oracles/bilevel.hpp"

namespace fenchel {

// Which oracle is asked for.
#define FENCHEL_ENUM OracleKind
#define FENCHEL_VALUES "solvers/bilevel/oracles/bilevel_oracle.def"
#include "base/declare_choice.hpp"

// The arguments of a function of BilevelOracles; null: not asked for, or not an argument of this one.
struct BilevelRequest {
  OracleKind oracle = OracleKind::done;
  std::uint32_t fresh = 0;
  std::int64_t count = 0;
  double step = 0;
  const double *x = nullptr, *theta = nullptr, *v = nullptr, *c = nullptr;
  double *value = nullptr, *dx = nullptr, *dtheta = nullptr, *out = nullptr;
  BilevelConstants* constants = nullptr;
};

class BilevelSession {
 public:
  // oracles: a bit 1 << kind for each that the caller can answer. method: none for one hypergradient.
  BilevelSession(index n, index m, std::uint32_t oracles, std::optional<BilevelMethod> method,
                 const BilevelSettings& settings, Vector low, Vector high, Vector theta, Vector x);

  // Answers the last request (0; positive: outside the domain; negative: failed) and returns the next one, `done` at
  // the end. Throws what ended the solve; the session is over then.
  const BilevelRequest& next(std::int32_t answer);

  // A method then ends soon, with the best point so far.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  index n() const { return problem_.oracles.n; }
  index m() const { return problem_.oracles.m; }
  bool over() const { return over_; }
  // After the end.
  bool solved() const { return solved_; }
  bool has_gradient() const { return !method_; }
  const Vector& theta() const { return theta_; }
  const Vector& x() const { return x_; }
  const Vector& gradient() const { return gradient_; }
  const BilevelResult& result() const { return result_; }

 private:
  void solve();
  std::int32_t ask(const BilevelRequest& request);
  static std::int32_t constants(void*, void* self, const double* theta, BilevelConstants* out);
  static std::int32_t prox(void* self, const double* v, const double* theta, double step, double* out, double* value);
  static std::int32_t prox_vjp(void* self, const double* v, const double* theta, double step, const double* c,
                               double* dv, double* dtheta);
  static std::int32_t precondition(void* self, const double* x, const double* theta, std::uint32_t fresh,
                                   const double* r, double* out);
  template <OracleKind kind>
  static std::int32_t level(void* self, const double* x, const double* theta, std::uint32_t fresh, double* value,
                            double* dx, double* dtheta);
  template <OracleKind kind>
  static std::int32_t product(void* self, const double* x, const double* theta, std::uint32_t fresh, std::int64_t count,
                              const double* v, double* out);

  BilevelProblem problem_;
  const std::optional<BilevelMethod> method_;
  const BilevelSettings settings_;
  Vector theta_, x_, gradient_;
  BilevelResult result_;
  std::atomic<bool> cancelled_{false};
  bool over_ = false, solved_ = false;
  BilevelRequest request_;
  std::int32_t answer_ = 0;
  Handoff handoff_;  // last: its end waits for the solver, which uses all of the above
};

}  // namespace fenchel
