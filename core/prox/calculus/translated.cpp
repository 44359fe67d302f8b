// translated.cpp -- g(x - shift)
//
// prox     shift + that of g at v - shift
// offers   what g offers (transformed.hpp)
#include "prox/calculus/transformed.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::prox, "term", "the term g")),
    required(array_param("shift", -1e300, 1e300, "(n) what x is moved by")),
};

TermPtr make(const Params& p) {
  Transformation change;
  change.s = copy_doubles(p.array("shift"));
  for (double& s : change.s) s = -s;
  return std::make_shared<Transformed>(p.term<Prox>("term"), std::move(change));
}

}  // namespace

const TermInfo& term_translated() {
  static constexpr TermInfo info{TermKind::prox, "translated", "g(x - shift)", kParams, make};
  return info;
}

}  // namespace fenchel
