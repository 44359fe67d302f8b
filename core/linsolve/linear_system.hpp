// linear_system.hpp -- A x = b for a square A that is known by its products; one back end a file, chosen by name.
//
// No back end hides a failure: each reports the residual of what it returns, computed afresh, and says when A turned
// out singular (or, for cg, not positive definite). In double.
#pragma once
#include "base/buffer.hpp"
#include "base/declaration.hpp"

namespace fenchel {

class SquareMap {
 public:
  virtual ~SquareMap() = default;
  virtual index size() const = 0;
  virtual bool symmetric() const = 0;
  virtual void apply(const double* v, double* out) = 0;  // out = A v
  // out = A^T u; lsmr asks for it.
  virtual void apply_transposed(const double* u, double* out) { apply(u, out); }
  // z = M^{-1} r with M positive definite, near A: cg. False: none.
  virtual bool precondition(const double* r, double* z) {
    (void)r, (void)z;
    return false;
  }
  // Writes A out, row-major (n, n), faster than n products would, or returns false.
  virtual bool write_dense(double* out) {
    (void)out;
    return false;
  }
  // A factor that somebody else has made: out = M^{-1} b with M equal to A but for rounding, or near it. direct refines
  // it with A's own products, and factors A itself where that does not converge.
  virtual bool has_factor() const { return false; }
  virtual void solve_by_factor(const double* b, double* out) { (void)b, (void)out; }
};

#define FENCHEL_ENUM LinearSolver
#define FENCHEL_VALUES "linsolve/linear_solver.def"
#include "base/declare_choice.hpp"

struct LinearLimits {
  double tol = 1e-10;  // ||b - A x|| <= tol ||b||
  index max_iter = 1000;
  index restart = 50;       // gmres: vectors kept
  double step = 0;          // neumann: below 2 / lambda_max; 0: estimated by power iterations
  index dense_limit = 500;  // automatic: direct up to this size
};

struct LinearReport {
  LinearSolver solver = LinearSolver::automatic;  // the one that ran
  index iterations = 0;
  index products = 0;      // with A and A^T
  double residual = 0;     // ||b - A x|| of the x returned, afresh
  double scale = 0;        // ||b||
  bool converged = false;  // residual <= tol * scale
  bool reused = false;     // direct: by SquareMap::solve_by_factor, nothing was factored
  bool singular = false;   // a direction without (positive) curvature, a vanishing pivot, or b outside A's range
  // cg: Ritz values of M^{-1} A (of A itself without preconditioner) from inside its spectrum; 0 where unknown.
  double ritz_low = 0, ritz_high = 0;
};

// x, (n), is the start and the answer: the best iterate also where it fails. `memory` is resized.
LinearReport solve_linear(SquareMap& A, LinearSolver solver, const double* b, double* x, const LinearLimits& limits,
                          Buffer<double>& memory);

// Doubles that solve_linear takes.
index linear_memory(LinearSolver solver, index n, const LinearLimits& limits);
// What automatic stands for: direct for small systems, then cg where A is symmetric and gmres where it is not.
LinearSolver choose_linear(const SquareMap& A, const LinearLimits& limits);

// The back ends. r, work: as their files say; report->converged is set by solve_linear.
void conjugate_gradients(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work,
                         LinearReport& report);
void minres(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work, LinearReport& report);
void gmres(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work, LinearReport& report);
void lsmr(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work, LinearReport& report);
void neumann_series(SquareMap& A, const double* b, double* x, const LinearLimits& limits, double* work,
                    LinearReport& report);
void dense_solve(SquareMap& A, const double* b, double* x, double* work, LinearReport& report);

}  // namespace fenchel
