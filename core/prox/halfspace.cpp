// halfspace.cpp -- the indicator of <a, x> <= upper
//
// prox     the orthogonal projection (slab.hpp)
// offers   projection, vjp
#include "prox/slab.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kNormal,
    real_param("upper", 0.0, -1e300, 1e300, "bound of <a, x>"),
};

}  // namespace

const TermInfo& term_halfspace() {
  static constexpr TermInfo info{
      TermKind::prox, "halfspace", "the indicator of <a, x> <= upper", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Slab>(p, -kInf, p.real("upper")); }};
  return info;
}

}  // namespace fenchel
