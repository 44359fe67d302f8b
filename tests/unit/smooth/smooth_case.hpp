// smooth_case.hpp -- a small problem for every smooth term of the catalogue.
#pragma once
#include <cmath>
#include <string>

#include "operators/term_maker.hpp"
#include "smooth/smooth.hpp"

namespace fenchel {

inline std::vector<double> targets_for(const std::string& loss, index n, unsigned seed) {
  std::vector<double> y = test_noise(n, seed);
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (loss == "logistic" || loss == "squared_hinge" || loss == "svm_dual") y[i] = y[i] < 0 ? -1 : 1;
    if (loss == "poisson") y[i] = std::floor(3 * (y[i] + 1));
    if (loss == "multinomial") y[i] = static_cast<double>(i % 3);
  }
  return y;
}

inline const std::vector<std::string>& model_losses() {
  static const std::vector<std::string> names = {"huber",       "least_squares", "logistic",
                                                 "multinomial", "poisson",       "squared_hinge"};
  return names;
}

// The data of a linear model; make() keeps what it made alive as long as the case lives.
struct SmoothCase {
  std::string loss;
  index n = 0, p = 0;
  std::vector<double> A, y, weights, offset, linear;
  bool intercept = false, mean = false;

  SmoothCase(std::string name, index rows, index cols, unsigned seed)
      : loss(std::move(name)),
        n(rows),
        p(cols),
        A(test_noise(rows * cols, seed)),
        y(targets_for(loss, rows, seed + 1)) {}
  index outputs() const { return loss == "multinomial" ? 3 : 1; }

  template <class D = double>
  std::shared_ptr<const Smooth> make() {
    TermMaker& data = makers.emplace_back("dense", operator_terms());
    data.array("matrix", std::vector<D>(A.begin(), A.end()), {n, p});
    TermMaker& f = makers.emplace_back(loss.c_str(), smooth_terms());
    f.term("A", data.make<Operator>()).array("y", y);
    if (!weights.empty()) f.array("weights", weights);
    if (!offset.empty()) f.array("offset", offset);
    if (!linear.empty()) f.array("linear", linear);
    if (intercept) f.real("intercept", 1);
    if (mean) f.real("mean", 1);
    if (loss == "huber") f.real("delta", 0.7);
    if (loss == "multinomial") f.real("classes", 3);
    return f.make<Smooth>();
  }
  std::deque<TermMaker> makers;
};

// With everything that a model can have.
inline SmoothCase full_case(const std::string& loss, unsigned seed = 7) {
  SmoothCase c(loss, 13, 5, seed);
  const index K = c.outputs();
  c.weights = test_noise(c.n, seed + 2);
  for (double& s : c.weights) s = 1.2 + s;
  c.weights[3] = 0;
  c.offset = test_noise(c.n * K, seed + 3);
  c.linear = test_noise(c.p * K, seed + 4);
  c.intercept = true;
  return c;
}

template <class T>
double evaluate(const Smooth& f, const std::vector<T>& x, std::vector<T>* gradient = nullptr) {
  Buffer<std::byte> memory(std::max<index>(f.scratch_bytes(), 1));
  if (gradient != nullptr) gradient->assign(x.size(), T(kNaN));
  return f.gradient(x.data(), gradient == nullptr ? nullptr : gradient->data(), Scratch(memory));
}
template <class T>
std::vector<T> hessian_product(const Smooth& f, const std::vector<T>& x, const std::vector<T>& v) {
  Buffer<std::byte> memory(std::max<index>(f.scratch_bytes(), 1));
  std::vector<T> out(x.size(), T(kNaN));
  f.hvp(x.data(), v.data(), out.data(), Scratch(memory));
  return out;
}

}  // namespace fenchel
