// block_gram.cpp -- the model held as a Gram matrix (K = 1), where that is cheaper than the residual.
#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/gemm.hpp"
#include "solvers/coordinate/block_model.hpp"

namespace fenchel {
namespace {

// Nanoseconds of the operations that the cost model weighs (estimates).
constexpr double kDense = 0.2, kSparse = 2.0, kOutputs = 0.7, kGramUpdate = 0.12, kGemm = 0.04, kVisit = 6.0;

}  // namespace

// A sweep with the residual.
double BlockModel::epoch_cost() const {
  if (!sparse_) return (outputs_ == 1 ? kDense : kOutputs) * static_cast<double>(n_) * static_cast<double>(count_);
  double entries = 0;
  for (index k = 0; k < count_; ++k) entries += static_cast<double>(design_.entries(lifted_.feature(c_[k])));
  return kSparse * entries;
}

// Is the Gram matrix, with what it takes to build, cheaper than `left` more epochs with the residual?
bool BlockModel::want_gram(double left) const {
  if (gram_mode_ || outputs_ > 1 || count_ > slot_cap_) return false;
  const double count = static_cast<double>(count_);
  double build = 0;
  if (sparse_) {
    build = design_.gram_cost(c_.data(), count_);
  } else {
    double missing = 0;
    for (index k = 0; k < count_; ++k)
      if (slot_[c_[k]] < 0) ++missing;
    build = kGemm * missing * count * static_cast<double>(n_) + kDense * missing * static_cast<double>(n_);
  }
  return build + left * count * (kVisit + kGramUpdate * 0.5 * count) < left * epoch_cost();
}

// Columns of diag(sqrt h) (X - mean), one after the other.
void BlockModel::gather_scaled(const index* list, index many, double* out) const {
  design_.gather(list, many, out, n_);
  for (index s = 0; s < many; ++s) {
    double* column = out + s * n_;
    if (in_.intercept) {
      const double mean = f_[list[s]] * Bplus_[0];
      for (index i = 0; i < n_; ++i) column[i] -= mean;
    }
    if (in_.h != nullptr)
      for (index i = 0; i < n_; ++i) column[i] *= root_h_[i];
  }
}

void BlockModel::release_slots() {
  for (index s = 0; s < used_ && !sparse_; ++s) slot_[owner_[s]] = -1;
  used_ = built_ = 0;
}

// Gives every coordinate of W a slot, and fills the Gram matrix between new slots and all of them.
void BlockModel::fill_slots() {
  const auto collect = [&] {
    index missing = 0;
    for (index k = 0; k < count_; ++k)
      if (slot_[c_[k]] < 0) fresh_[missing++] = c_[k];
    return missing;
  };
  index missing = collect();
  if (used_ + missing > slot_cap_) {
    release_slots();
    missing = collect();
  }
  gather_scaled(fresh_.data(), missing, pack_.data() + used_ * n_);
  for (index s = 0; s < missing; ++s) {
    owner_[used_ + s] = fresh_[s];
    slot_[fresh_[s]] = used_ + s;
  }
  used_ += missing;
  gemm_lower<double>(Trans::no, Trans::yes, used_ - built_, used_, n_, built_, 1.0, pack_.data() + built_ * n_, n_,
                     pack_.data(), n_, 0.0, gram_.data() + built_ * ld_, ld_, work_.data());
  for (index a = built_; a < used_; ++a)
    for (index b = 0; b < a; ++b) gram_[b * ld_ + a] = gram_[a * ld_ + b];
  built_ = used_;
}

void BlockModel::to_gram() {
  gradients(0, count_, grad_.data());  // while the residual is still what says it
  if (sparse_) {
    used_ = ld_ = count_;
    design_.gram(c_.data(), count_, in_.h, gram_.data(), ld_);
    for (index k = 0; k < count_; ++k) {
      place_[k] = k;
      const double f = in_.intercept ? f_[c_[k]] * Bplus_[0] : 0.0;
      for (index l = 0; l < count_ && f != 0; ++l) gram_[k * ld_ + l] -= f * f_[c_[l]];
    }
  } else {
    ld_ = slot_cap_;
    fill_slots();
    for (index k = 0; k < count_; ++k) place_[k] = slot_[c_[k]];
  }
  std::fill(slot_grad_.data(), slot_grad_.data() + used_, 0.0);
  for (index k = 0; k < count_; ++k) slot_grad_[place_[k]] = grad_[k];
  gram_mode_ = true;
  pasts_ = 0;
}

}  // namespace fenchel
