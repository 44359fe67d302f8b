// equilibration.hpp -- lengths to measure x and the rows of K = (A_1; A_2; ...) in, so that R K C has rows and columns
// of like size: R = diag(rows), C = diag(cols).
//
// Ten rounds of Ruiz (each row and column divided by the root of its largest entry), then one of Pock and Chambolle
// (by the root of its sum), as for linear programs in PDLP. A simple term that takes no vector step has one number for
// all its rows, or, where it acts on x itself, for all of x; so has an operator whose entries are not stored.
//
// Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices (2001); Pock and Chambolle, Diagonal
// preconditioning for first order primal-dual algorithms (2011); Applegate et al. (2021).
#pragma once
#include <vector>

#include "solvers/composite/composite_problem.hpp"

namespace fenchel {

class Equilibration {
 public:
  // Of the summands from `first` on but for `skipped` (the h of a primal-dual method, which x itself carries; -1:
  // none). Columns keep length 1 unless `columns`.
  Equilibration(const CompositeProblem& problem, index first, index skipped, bool columns, index* products);

  const std::vector<double>& rows() const { return rows_; }  // of the summands taken, from the top
  const std::vector<double>& cols() const { return cols_; }  // (n); 1 on a free intercept
  // A bound of |R K C|.
  double norm() const { return norm_; }

 private:
  std::vector<double> rows_, cols_;
  double norm_ = 1;
};

}  // namespace fenchel
