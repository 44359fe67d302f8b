// abs_top_k.cpp -- g(x) = 0 on the l0 ball {at most k coordinates are not 0}
//
// prox     keeps the k largest magnitudes as they are; ties: the one that comes first
// offers   vjp (the mask). Not convex: a global projection. Expected O(n).
// paper    Blumensath and Davies, Iterative hard thresholding for compressed sensing (2009)
#include "prox/topk.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("k", 1.0, 1.0, 9e15, "how many coordinates may differ from 0")),
};

class AbsTopK final : public TopKProx<AbsTopK> {
 public:
  explicit AbsTopK(const Params& params) : k_(params.integer("k")) {}
  unsigned caps() const override { return PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_EVEN; }
  template <class T>
  T key(T v) const {
    return std::abs(v);
  }
  index block(index n) const { return n; }
  index most() const { return k_; }
  template <class T>
  bool legal(T) const {
    return true;
  }

 private:
  index k_;
};

}  // namespace

const TermInfo& term_abs_top_k() {
  static constexpr TermInfo info{TermKind::prox, "abs_top_k",
                                 "0 on {at most k not 0}, the l0 ball: keeps the k largest magnitudes", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<AbsTopK>(p); }};
  return info;
}

}  // namespace fenchel
