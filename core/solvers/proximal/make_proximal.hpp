// make_proximal.hpp -- a solver of the proximal family by name. Each method's file makes its own.
#pragma once
#include "solvers/composite/minimize_solver.hpp"

namespace fenchel {

using ProblemPtr = std::shared_ptr<const CompositeProblem>;
using SolverPtr = std::unique_ptr<MinimizeSolver>;

// Throws UNSUPPORTED when the problem lacks something that the method needs, naming it and the methods that would work.
SolverPtr make_proximal(ProblemPtr problem, MinimizeMethod method, const MinimizeSettings& settings);
// Nothing is thrown: would make_proximal make it?
bool proximal_works(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings);
// Memory of a solver: vectors and the terms' scratch.
index proximal_bytes(const CompositeProblem& problem, MinimizeMethod method, const MinimizeSettings& settings);

// Of the factored system of admm, where there is one.
index admm_dense_bytes(const CompositeProblem& problem);

SolverPtr make_ista(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_fista(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_adaptive(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_nmapg(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_iht(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_davis_yin(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_douglas_rachford(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_admm(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_pdhg(ProblemPtr problem, const MinimizeSettings& settings);
SolverPtr make_condat_vu(ProblemPtr problem, const MinimizeSettings& settings);

}  // namespace fenchel
