// n_m_sparsity.cpp -- g(x) = 0 where every m consecutive coordinates hold at most n that are not 0
//
// prox     keeps the n largest magnitudes of each block of m; ties: the one that comes first. A shorter block at the
// end
//          keeps as many.
// offers   vjp (the mask). Not convex: a global projection.
// paper    Zhou et al., Learning N:M fine-grained structured sparse neural networks from scratch (2021)
#include "prox/topk.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    integer_param("n", 2.0, 1.0, 9e15, "how many of each block may differ from 0"),
    integer_param("m", 4.0, 1.0, 9e15, "length of the blocks"),
};

class NMSparsity final : public TopKProx<NMSparsity> {
 public:
  explicit NMSparsity(const Params& params) : n_(params.integer("n")), m_(params.integer("m")) {}
  unsigned caps() const override { return PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_VJP | PROX_EVEN; }
  template <class T>
  T key(T v) const {
    return std::abs(v);
  }
  index block(index) const { return m_; }
  index most() const { return n_; }
  template <class T>
  bool legal(T) const {
    return true;
  }

 private:
  index n_, m_;
};

}  // namespace

const TermInfo& term_n_m_sparsity() {
  static constexpr TermInfo info{TermKind::prox, "n_m_sparsity",
                                 "0 where each block of m has at most n not 0: N:M structured sparsity", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<NMSparsity>(p); }};
  return info;
}

}  // namespace fenchel
