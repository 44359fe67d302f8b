// scaled_prox.cpp -- factor g(x)
//
// prox     that of g with step factor t
// offers   what g offers (transformed.hpp)
#include "prox/calculus/transformed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g")),
    real_param("factor", 1.0, 1e-300, 1e300, "what g is multiplied by"),
};

TermPtr make(const Params& p) {
  Transformation change;
  change.c = p.real("factor");
  return std::make_shared<Transformed>(p.term<Prox>("term"), std::move(change));
}

}  // namespace

const TermInfo& term_scaled_prox() {
  static constexpr TermInfo info{TermKind::prox, "scaled", "factor g(x)", kParams, make};
  return info;
}

}  // namespace fenchel
