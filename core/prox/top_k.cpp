// top_k.cpp -- g(x) = 0 on {x >= 0, at most k coordinates are not 0}
//
// prox     keeps the k largest positive coordinates as they are; ties: the one that comes first
// offers   vjp (the mask). Not convex: a global projection. Expected O(n).
// paper    AbsTopK, Rethinking Sparse Autoencoders For Bidirectional Features: the activation TopK is this step
#include "prox/topk.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("k", 1.0, 1.0, 9e15, "how many coordinates may differ from 0")),
};

class TopK final : public TopKProx<TopK> {
 public:
  explicit TopK(const Params& params) : k_(params.integer("k")) {}
  unsigned caps() const override { return PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP; }
  template <class T>
  T key(T v) const {
    return v;
  }
  index block(index n) const { return n; }
  index most() const { return k_; }
  template <class T>
  bool legal(T x) const {
    return x >= 0;
  }

 private:
  index k_;
};

}  // namespace

const TermInfo& term_top_k() {
  static constexpr TermInfo info{TermKind::prox, "top_k",
                                 "0 on {x >= 0, at most k not 0}: keeps the k largest positive values", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<TopK>(p); }};
  return info;
}

}  // namespace fenchel
