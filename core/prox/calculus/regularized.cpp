// regularized.cpp -- g(x) + rho / 2 ||x - center||^2
//
// prox     that of g at (v + rho t center) / (1 + rho t) with step t / (1 + rho t)
// offers   what g offers (transformed.hpp)
#include "prox/calculus/transformed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g")),
    real_param("rho", 1.0, 0.0, 1e150, "weight of the squares"),
    array_param("center", -1e300, 1e300, "(n) their centre; 0 without"),
};

TermPtr make(const Params& p) {
  Transformation change;
  change.rho = p.real("rho");
  if (change.rho > 0) change.z = copy_doubles(p.array("center"));
  return std::make_shared<Transformed>(p.term<Prox>("term"), std::move(change));
}

}  // namespace

const TermInfo& term_regularized() {
  static constexpr TermInfo info{TermKind::prox, "regularized", "g(x) + rho / 2 ||x - center||^2", kParams, make};
  return info;
}

}  // namespace fenchel
