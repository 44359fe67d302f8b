#include "solvers/proximal/make_proximal.hpp"

#include <algorithm>

#include "accel/guarded_anderson.hpp"
#include "solvers/proximal/method_needs.hpp"

namespace fenchel {

SolverPtr make_proximal(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings) {
  require(*problem, method, settings);
  switch (method) {
    case MinimizeMethod::method_ista:
      return make_ista(std::move(problem), settings);
    case MinimizeMethod::method_fista:
      return make_fista(std::move(problem), settings);
    case MinimizeMethod::method_adaptive:
      return make_adaptive(std::move(problem), settings);
    case MinimizeMethod::method_nmapg:
      return make_nmapg(std::move(problem), settings);
    case MinimizeMethod::method_iht:
      return make_iht(std::move(problem), settings);
    case MinimizeMethod::method_davis_yin:
      return make_davis_yin(std::move(problem), settings);
    case MinimizeMethod::method_douglas_rachford:
      return make_douglas_rachford(std::move(problem), settings);
    case MinimizeMethod::method_admm:
      return make_admm(std::move(problem), settings);
    case MinimizeMethod::method_pdhg:
      return make_pdhg(std::move(problem), settings);
    case MinimizeMethod::method_condat_vu:
      return make_condat_vu(std::move(problem), settings);
    default:
      fail(Status::INTERNAL, "method % is not of the proximal family", static_cast<int>(method));
  }
}

bool proximal_works(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings) {
  return missing(problem, demand_of(method), settings) == nullptr;
}

index proximal_bytes(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings) {
  const bool single = demand_of(method).most_terms == 1;
  const index n = problem.size(), item = problem.dtype() == Dtype::f32 ? 4 : 8;
  index scratch = problem.f() == nullptr ? 0 : problem.f()->scratch_bytes(), rows = 0;
  for (const Summand& summand : problem.summands()) {
    const index m = summand.A == nullptr ? n - problem.tail() : summand.A->rows();
    scratch = std::max(scratch, summand.g->scratch_bytes(m));
    if (summand.A != nullptr) scratch = std::max(scratch, summand.A->scratch_bytes());
    rows += m;
  }
  index bytes = scratch + settings.trace * index{kTraceColumns} * 16;
  const LinearModel* model = problem.f() == nullptr ? nullptr : problem.f()->linear_model();
  if (single && model != nullptr)  // of the dual point
    bytes += index{sizeof(double)} * (2 * model->samples() + 2 * n) + model->A->scratch_bytes();
  if (single) return bytes + 14 * n * item;
  bytes += (14 * n + 12 * rows) * item + (n + rows) * index{sizeof(double)};
  const int memory = problem.convex() ? settings.splitting_memory : 0;
  if (method == MinimizeMethod::method_admm) bytes += GuardedAnderson<double>::bytes(rows, memory) * item / 8;
  if (method == MinimizeMethod::method_admm) bytes += admm_dense_bytes(problem);
  if (method == MinimizeMethod::method_davis_yin || method == MinimizeMethod::method_douglas_rachford)
    bytes += GuardedAnderson<double>::bytes(n, memory) * item / 8;
  return bytes;
}

}  // namespace fenchel
