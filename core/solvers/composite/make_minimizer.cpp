// make_minimizer.cpp -- from a method's name to its solver, and what auto means.
#include "solvers/composite/minimize_solver.hpp"
#include "solvers/coordinate/make_bcd.hpp"
#include "solvers/coordinate/make_coordinate.hpp"
#include "solvers/proximal/make_proximal.hpp"

namespace fenchel {
namespace {

// Scaling a dual point makes it feasible only where g grows in every direction that it leaves open. On the others (x >=
// 0 without a weight, say) the gap of cd may stay infinite, and its tolerance is out of reach. Without any penalty or
// bound cd ends on its residual, which is then the gradient.
bool bounds_a_gap(const Prox& g) {
  if (const Groups* groups = g.soft_box() == nullptr ? g.signed_groups() : nullptr)
    return groups->lam > 0 || groups->l1 > 0 || !groups->positive;
  const SoftBox* rule = g.soft_box();
  if (rule == nullptr || rule->l1 > 0 || rule->l2 > 0) return true;
  const index bounds = rule->lowers != nullptr || rule->uppers != nullptr ? g.size() : 1;
  for (index j = 0; j < bounds; ++j) {
    const double lower = rule->lowers == nullptr ? rule->lower : rule->lowers[j];
    const double upper = rule->uppers == nullptr ? rule->upper : rule->uppers[j];
    if ((lower == -kInf) != (upper == kInf)) return false;
  }
  return true;
}

// What the engine of cd takes: columns of a matrix and a term that falls apart by coordinates or groups.
bool suits_coordinate_descent(const CompositeProblem& problem) {
  if (problem.summands().size() != 1 || problem.summands()[0].A != nullptr) return false;
  const LinearModel* model = problem.f() == nullptr ? nullptr : problem.f()->linear_model();
  if (model == nullptr || model->A->stored() == nullptr || !problem.convex()) return false;
  const Prox& g = *problem.summands()[0].g;
  if (!bounds_a_gap(g)) return false;
  return (model->outputs() == 1 && (g.caps() & PROX_SEPARABLE) != 0) || block_descent_fits(problem);
}

}  // namespace

MinimizeMethod choose_method(const CompositeProblem& problem) {
  if (suits_coordinate_descent(problem)) return MinimizeMethod::method_cd;
  const std::vector<Summand>& summands = problem.summands();
  bool mapped = false;
  for (const Summand& summand : summands) mapped = mapped || summand.A != nullptr;
  const bool smooth = problem.f() != nullptr;
  if (mapped || summands.size() > 2) return smooth ? MinimizeMethod::method_condat_vu : MinimizeMethod::method_pdhg;
  if (summands.size() == 2) return smooth ? MinimizeMethod::method_davis_yin : MinimizeMethod::method_douglas_rachford;
  return problem.convex() ? MinimizeMethod::method_adaptive : MinimizeMethod::method_nmapg;
}

std::unique_ptr<MinimizeSolver> make_minimizer(std::shared_ptr<const CompositeProblem> problem, MinimizeMethod method,
                                               const MinimizeSettings& settings) {
  if (method == MinimizeMethod::method_auto) method = choose_method(*problem);
  if (method == MinimizeMethod::method_cd) return make_coordinate_descent(std::move(problem), settings);
  if (method == MinimizeMethod::method_bcd) return make_bcd(std::move(problem), settings);
  return make_proximal(std::move(problem), method, settings);
}

index minimizer_bytes(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings) {
  if (method == MinimizeMethod::method_auto) method = choose_method(problem);
  if (method == MinimizeMethod::method_bcd) return bcd_bytes(problem, settings);
  if (method == MinimizeMethod::method_cd) return coordinate_bytes(problem, settings);
  return proximal_bytes(problem, method, settings);
}

}  // namespace fenchel
