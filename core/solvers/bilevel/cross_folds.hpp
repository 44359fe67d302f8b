// cross_folds.hpp -- K-fold cross-validation of a linear model as K pairs of terms over the same data:
//
//   f_k   s_i W / W_(-k) where sample i is not in fold k, else 0     (W the sum of weights: f_k weighs as much as f)
//   C_k   s_i / W_k where it is, else 0                              (the mean held-out loss)
#pragma once
#include "solvers/bilevel/tune.hpp"

namespace fenchel {

// Samples of positive weight are dealt out by a seeded permutation. UNSUPPORTED for what is no linear model, RANGE for
// fewer samples than folds.
std::vector<TuneFold> cross_folds(const Smooth& f, index count, std::int64_t seed);

}  // namespace fenchel
