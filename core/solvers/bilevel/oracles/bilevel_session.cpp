#include "solvers/bilevel/oracles/bilevel_session.hpp"

#include <limits>

#include "base/error.hpp"

namespace fenchel {
namespace {

// What an oracle returns where nobody answers any more: the solve ends, and nobody sees how.
constexpr std::int32_t kAbandoned = std::numeric_limits<std::int32_t>::min();

}  // namespace

BilevelSession::BilevelSession(index n, index m, std::uint32_t oracles, std::optional<BilevelMethod> method,
                               const BilevelSettings& settings, Vector low, Vector high, Vector theta, Vector x)
    : method_(method),
      settings_(settings),
      theta_(std::move(theta)),
      x_(std::move(x)),
      gradient_(size_of(m)),
      handoff_([this] { solve(); }) {
  problem_.lower_bound = std::move(low);
  problem_.upper_bound = std::move(high);
  BilevelOracles& o = problem_.oracles;
  o.user = this;
  o.n = n;
  o.m = m;
  const auto given = [oracles](OracleKind kind, auto function) {
    return (oracles >> static_cast<std::int32_t>(kind) & 1u) != 0 ? function : nullptr;
  };
  o.lower = given(OracleKind::lower, &level<OracleKind::lower>);
  o.upper = given(OracleKind::upper, &level<OracleKind::upper>);
  o.lower_hvp = given(OracleKind::lower_hvp, &product<OracleKind::lower_hvp>);
  o.lower_cross_t = given(OracleKind::lower_cross_t, &product<OracleKind::lower_cross_t>);
  o.lower_cross = given(OracleKind::lower_cross, &product<OracleKind::lower_cross>);
  o.constants = given(OracleKind::constants, &constants);
  o.prox = given(OracleKind::prox, &prox);
  o.prox_vjp = given(OracleKind::prox_vjp, &prox_vjp);
  o.precondition = given(OracleKind::precondition, &precondition);
}

const BilevelRequest& BilevelSession::next(std::int32_t answer) {
  answer_ = answer;
  request_ = {};
  over_ = true;  // unless it pauses: also where it throws
  over_ = !handoff_.resume();
  solved_ = over_;
  return request_;
}

void BilevelSession::solve() {
  if (method_)
    result_ = solve_bilevel(problem_, *method_, settings_, &cancelled_, nullptr, nullptr, theta_, x_);
  else
    result_ = hypergradient(problem_, settings_, theta_, x_, gradient_);
  request_ = {};
}

std::int32_t BilevelSession::ask(const BilevelRequest& request) {
  request_ = request;
  return handoff_.pause() ? answer_ : kAbandoned;
}

std::int32_t BilevelSession::constants(void*, void* self, const double* theta, BilevelConstants* out) {
  return static_cast<BilevelSession*>(self)->ask({.oracle = OracleKind::constants, .theta = theta, .constants = out});
}

std::int32_t BilevelSession::prox(void* self, const double* v, const double* theta, double step, double* out,
                                  double* value) {
  return static_cast<BilevelSession*>(self)->ask(
      {.oracle = OracleKind::prox, .step = step, .theta = theta, .v = v, .value = value, .out = out});
}

std::int32_t BilevelSession::prox_vjp(void* self, const double* v, const double* theta, double step, const double* c,
                                      double* dv, double* dtheta) {
  return static_cast<BilevelSession*>(self)->ask(
      {.oracle = OracleKind::prox_vjp, .step = step, .theta = theta, .v = v, .c = c, .dx = dv, .dtheta = dtheta});
}

std::int32_t BilevelSession::precondition(void* self, const double* x, const double* theta, std::uint32_t fresh,
                                          const double* r, double* out) {
  return product<OracleKind::precondition>(self, x, theta, fresh, 1, r, out);
}

template <OracleKind kind>
std::int32_t BilevelSession::level(void* self, const double* x, const double* theta, std::uint32_t fresh, double* value,
                                   double* dx, double* dtheta) {
  return static_cast<BilevelSession*>(self)->ask(
      {.oracle = kind, .fresh = fresh, .x = x, .theta = theta, .value = value, .dx = dx, .dtheta = dtheta});
}

template <OracleKind kind>
std::int32_t BilevelSession::product(void* self, const double* x, const double* theta, std::uint32_t fresh,
                                     std::int64_t count, const double* v, double* out) {
  return static_cast<BilevelSession*>(self)->ask(
      {.oracle = kind, .fresh = fresh, .count = count, .x = x, .theta = theta, .v = v, .out = out});
}

}  // namespace fenchel
