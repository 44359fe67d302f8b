// rank_r.cpp -- g(x) = 0 on the row-major rows x cols matrices of rank at most rank
//
// prox     keeps the largest singular values (Eckart and Young, 1936); ties: any. Not convex: a global projection.
#include "prox/spectral.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(integer_param("rows", 1.0, 1.0, 1e9, "rows of the matrix")),
    required(integer_param("cols", 1.0, 1.0, 1e9, "columns of the matrix")),
    required(integer_param("rank", 1.0, 0.0, 1e9, "how many singular values may differ from 0")),
};

class RankR final : public SpectralProx<RankR> {
 public:
  explicit RankR(const Params& params) : SpectralProx(params), rank_(params.integer("rank")) {}
  unsigned caps() const override { return PROX_INDICATOR | PROX_HOMOGENEOUS | PROX_EVEN; }

  SpectralPlan plan(double, double) const { return {0, false}; }
  double shrink(index count, const double* sigma, double, bool, double* factor) const {
    std::fill(factor, factor + count, 0.0);
    for (index kept = 0; kept < std::min(rank_, count); ++kept) {
      index best = -1;
      for (index i = 0; i < count; ++i)
        if (factor[i] == 0 && (best < 0 || sigma[i] > sigma[best])) best = i;
      factor[best] = 1;
    }
    return 0;
  }
  // Inside where what is beyond the largest ones is rounding.
  double measure(index k, const double* sigma, double slack) const {
    index above = 0;
    double most = 0;
    for (index i = 0; i < k; ++i) most = std::max(most, sigma[i]);
    for (index i = 0; i < k; ++i) above += sigma[i] > slack * most ? 1 : 0;
    return inside(above <= rank_);
  }

 private:
  index rank_;
};

}  // namespace

const TermInfo& term_rank_r() {
  static constexpr TermInfo info{TermKind::prox, "rank_r",
                                 "0 on the matrices of rank at most rank: the truncated singular value decomposition",
                                 kParams, [](const Params& p) -> TermPtr { return std::make_shared<RankR>(p); }};
  return info;
}

}  // namespace fenchel
