// svm_dual.cpp -- f(a) = ||A^T (y . a)||^2 / 2 - sum_i a_i: minus the dual of a linear support vector machine
//
// With g the box [0, C] the minimiser gives w = A^T (y . a) of  min_w ||w||^2 / 2 + C sum_i max(0, 1 - y_i x_i^T w).
// A linear model of least squares: its "samples" are the features of A, all with target 0, its "features" the rows of
// A. paper    Hsieh et al., A dual coordinate descent method for large-scale linear SVM (2008)
#include "operators/transposed.hpp"
#include "smooth/model_term.hpp"

namespace fenchel {

namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::op, "A", "(samples, features) the data")),
    required(array_param("y", -1, 1, "(samples) labels, -1 or 1")),
};

TermPtr make(const Params& params) {
  auto A = params.term<Operator>("A");
  check_length("y", params.array("y"), A->rows());
  std::vector<double> y = copy_doubles(params.array("y"));
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] != 1 && y[i] != -1)
      fail(Status::RANGE, "y[%] is %; legal for svm_dual: -1 or 1", static_cast<index>(i), y[i]);
  LinearModel model;
  model.y.assign(static_cast<std::size_t>(A->cols()), 0.0);
  model.linear.assign(y.size(), -1.0);
  model.A = std::make_shared<Transposed>(std::move(A), std::move(y));
  model.loss = least_squares_loss();
  return std::make_shared<ModelTerm>(std::move(model));
}

}  // namespace

const TermInfo& term_svm_dual() {
  static constexpr TermInfo info{TermKind::smooth, "svm_dual", "||A^T (y . a)||^2 / 2 - sum_i a_i; g is the box [0, C]",
                                 kParams, make};
  return info;
}

}  // namespace fenchel
