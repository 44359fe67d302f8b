#include "solvers/proximal/method_needs.hpp"

#include <string>

#include "base/error.hpp"

namespace fenchel {
namespace {

using enum MinimizeMethod;

constexpr MethodDemand kDemands[] = {
    {method_adaptive, "adaptive", NEEDS_NO_OPERATORS, 1},
    {method_fista, "fista", NEEDS_NO_OPERATORS, 1},
    {method_ista, "ista", NEEDS_NO_OPERATORS, 1},
    {method_nmapg, "nmapg", NEEDS_NO_OPERATORS, 1},
    {method_iht, "iht", NEEDS_NO_OPERATORS, 1},
    {method_condat_vu, "condat_vu", NEEDS_SMOOTH_GRADIENT_BOUND | NEEDS_CONVEX | NEEDS_PRIMAL_DUAL, 0},
    {method_pdhg, "pdhg", NEEDS_NO_SMOOTH | NEEDS_CONVEX | NEEDS_PRIMAL_DUAL, 0},
    {method_davis_yin, "davis_yin", NEEDS_NO_OPERATORS, 2},
    {method_douglas_rachford, "douglas_rachford", NEEDS_NO_OPERATORS | NEEDS_NO_SMOOTH, 2},
    {method_admm, "admm", NEEDS_PROXIMAL_SMOOTH | NEEDS_PRIMAL_DUAL, 0},
};

bool bounded(const Smooth* f) { return f == nullptr || (f->caps() & SMOOTH_LIPSCHITZ) != 0; }

}  // namespace

const char* missing(const CompositeProblem& problem, const MethodDemand& demand, const MinimizeSettings& settings) {
  const auto terms = static_cast<index>(problem.summands().size());
  const Smooth* f = problem.f();
  if ((demand.needs & NEEDS_NO_SMOOTH) != 0 && f != nullptr) return "takes no smooth term, and the problem has one";
  if ((demand.needs & NEEDS_NO_OPERATORS) != 0)
    for (const Summand& summand : problem.summands())
      if (summand.A != nullptr) return "takes no operators, and a simple term of the problem is behind one";
  if (demand.most_terms == 1 && terms > 1) return "takes one simple term, and the problem has several";
  if (demand.most_terms == 2 && terms > 2) return "takes two simple terms at most, and the problem has more";
  if ((demand.needs & NEEDS_PRIMAL_DUAL) != 0 && terms == 0) return "needs a simple term, and the problem has none";
  if ((demand.needs & NEEDS_SMOOTH_GRADIENT_BOUND) != 0 && settings.step <= 0 && !bounded(f))
    return "needs a Lipschitz constant of the smooth term (or the setting step), and the problem's offers none";
  if ((demand.needs & NEEDS_PROXIMAL_SMOOTH) != 0 && !bounded(f) && (f->caps() & SMOOTH_HVP) == 0)
    return "needs hvp or a Lipschitz constant of the smooth term, and the problem's offers neither";
  if ((demand.needs & NEEDS_CONVEX) != 0 && !problem.convex())
    return "is for convex problems, and a term of this one is not convex";
  return nullptr;
}

const MethodDemand& demand_of(MinimizeMethod method) {
  for (const MethodDemand& demand : kDemands)
    if (demand.method == method) return demand;
  fail(Status::INTERNAL, "method % is not of the proximal family", static_cast<int>(method));
}

void require(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings) {
  const MethodDemand& demand = demand_of(method);
  const char* what = missing(problem, demand, settings);
  if (what == nullptr) return;
  std::string working;
  for (const MethodDemand& other : kDemands)
    if (missing(problem, other, settings) == nullptr)
      working += (working.empty() ? "" : ", ") + std::string(other.name);
  if (working.empty()) working = "none of the proximal family";
  fail(Status::UNSUPPORTED, "method % %; methods that would work: %", demand.name, what, working);
}

}  // namespace fenchel
