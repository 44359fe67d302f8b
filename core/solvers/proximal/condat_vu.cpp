// condat_vu.cpp -- f(x) + h(x) + sum_i g_i(A_i x): primal_dual.hpp with a gradient step on f.
//
// needs        convex terms; a Lipschitz constant of grad f, or the setting step
// certificate  as pdhg without f, else the residual
// paper        Condat, A primal-dual splitting method for convex optimization (2013); Vu (2013)
#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/primal_dual.hpp"

namespace fenchel {

SolverPtr make_condat_vu(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<PrimalDual<decltype(zero)>>(std::move(problem), MinimizeMethod::method_condat_vu, settings);
  });
}

}  // namespace fenchel
