// dilated.cpp -- g(factor x)
//
// prox     1 / factor times that of g at factor v with step factor^2 t
// offers   what g offers (transformed.hpp)
#include "prox/calculus/transformed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g")),
    real_param("factor", 1.0, -1e150, 1e150, "what x is multiplied by; not 0"),
};

TermPtr make(const Params& p) {
  Transformation change;
  change.a = p.real("factor");
  if (change.a == 0) fail(Status::RANGE, "factor is 0; legal: any other number");
  return std::make_shared<Transformed>(p.term<Prox>("term"), std::move(change));
}

}  // namespace

const TermInfo& term_dilated() {
  static constexpr TermInfo info{TermKind::prox, "dilated", "g(factor x)", kParams, make};
  return info;
}

}  // namespace fenchel
