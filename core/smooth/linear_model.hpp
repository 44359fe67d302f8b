// linear_model.hpp -- F(x) = sum_i s_i f(y_i, (A x)_i + b + o_i) + <c, x>: the part that all losses share and that the
// coordinate engine takes apart.
#pragma once
#include <memory>
#include <vector>

#include "operators/operator.hpp"
#include "smooth/loss.hpp"

namespace fenchel {

struct LinearModel {
  std::shared_ptr<const Operator> A;  // (samples, features)
  std::shared_ptr<const Loss> loss;
  std::vector<double> y;        // (samples); copied
  std::vector<double> weights;  // s, (samples) or empty: ones. "mean" divides them by their sum when the term is made
  std::vector<double> offset;   // o, (samples, outputs) row-major or empty
  std::vector<double> linear;   // c, (features, outputs) row-major or empty
  bool intercept = false;       // a free b: the last entry of x (the last K entries when outputs = K)

  index samples() const { return A->rows(); }
  index features() const { return A->cols(); }
  index outputs() const { return loss->outputs(); }
  // Of x: features * outputs, row-major (features, outputs), plus the intercepts.
  index size() const { return (features() + (intercept ? 1 : 0)) * outputs(); }
};

}  // namespace fenchel
