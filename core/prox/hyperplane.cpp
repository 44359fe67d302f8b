// hyperplane.cpp -- the indicator of <a, x> = level
//
// prox     the orthogonal projection (slab.hpp)
// offers   projection, vjp
#include "prox/slab.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    kNormal,
    real_param("level", 0.0, -1e300, 1e300, "value of <a, x>"),
};

}  // namespace

const TermInfo& term_hyperplane() {
  static constexpr TermInfo info{
      TermKind::prox, "hyperplane", "the indicator of <a, x> = level", kParams,
      [](const Params& p) -> TermPtr { return std::make_shared<Slab>(p, p.real("level"), p.real("level")); }};
  return info;
}

}  // namespace fenchel
