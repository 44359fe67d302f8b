// hyperslab.cpp -- the indicator of lower <= <a, x> <= upper
//
// prox     the orthogonal projection (slab.hpp)
// offers   projection, vjp
#include "prox/slab.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kNormal,
    real_param("lower", 0.0, -kInf, 1e300, "least <a, x>"),
    real_param("upper", 1.0, -1e300, kInf, "largest <a, x>"),
};

}  // namespace

const TermInfo& term_hyperslab() {
  static constexpr TermInfo info{
      TermKind::prox, "hyperslab", "the indicator of lower <= <a, x> <= upper", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Slab>(p, p.real("lower"), p.real("upper")); }};
  return info;
}

}  // namespace fenchel
