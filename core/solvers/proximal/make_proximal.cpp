#include "solvers/proximal/make_proximal.hpp"

#include <algorithm>

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
  index vectors = single ? 14 * problem.size() : 10 * problem.size();
  index scratch = problem.f() == nullptr ? 0 : problem.f()->scratch_bytes();
  for (const Summand& summand : problem.summands()) {
    const index rows = summand.A == nullptr ? problem.size() - problem.tail() : summand.A->rows();
    scratch = std::max(scratch, summand.g->scratch_bytes(rows));
    if (summand.A != nullptr) scratch = std::max(scratch, summand.A->scratch_bytes());
    if (!single) vectors += 10 * rows;
  }
  const index item = problem.dtype() == Dtype::f32 ? 4 : 8;
  return vectors * item + scratch + settings.trace * index{kTraceColumns} * 16;
}

}  // namespace fenchel
