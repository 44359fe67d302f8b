// pdhg.cpp -- h(x) + sum_i g_i(A_i x) without a smooth term: primal_dual.hpp.
//
// needs        convex simple terms, no f
// certificate  a gap -h*(-K^T y) - sum g_i*(y_i) where h is there, all conjugates are offered and y is feasible
// paper        Chambolle and Pock (2011); Applegate et al. (2021); Lu and Yang (2024)
#include "solvers/proximal/make_proximal.hpp"
#include "solvers/proximal/primal_dual.hpp"

namespace fenchel {

SolverPtr make_pdhg(ProblemPtr problem, const MinimizeSettings& settings) {
  return visit_real(problem->dtype(), [&](auto zero) -> SolverPtr {
    return std::make_unique<PrimalDual<decltype(zero)>>(std::move(problem), MinimizeMethod::method_pdhg, settings);
  });
}

}  // namespace fenchel
