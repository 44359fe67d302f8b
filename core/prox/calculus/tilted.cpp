// tilted.cpp -- g(x) + <tilt, x>
//
// prox     that of g at v - t tilt
// offers   what g offers (transformed.hpp)
#include "prox/calculus/transformed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g")),
    required(array_param("tilt", -1e300, 1e300, "(n) the slope that is added")),
};

TermPtr make(const Params& p) {
  Transformation change;
  change.u = copy_doubles(p.array("tilt"));
  return std::make_shared<Transformed>(p.term<Prox>("term"), std::move(change));
}

}  // namespace

const TermInfo& term_tilted() {
  static constexpr TermInfo info{TermKind::prox, "tilted", "g(x) + <tilt, x>", kParams, make};
  return info;
}

}  // namespace fenchel
