#include "solvers/coordinate/penalty.hpp"

namespace fenchel {

Penalty::Penalty(const Prox* g, index size) : g_(g), soft_(g == nullptr || g->soft_box() != nullptr), size_(size) {
  if (!soft_) {
    if ((g->caps() & PROX_SEPARABLE) == 0)
      fail(Status::UNSUPPORTED,
           "cd needs a simple term that is a sum over coordinates; methods that work: bcd for groups, adaptive, fista");
    return;
  }
  for (Buffer<double>* buffer : {&base1_, &base2_, &l1_, &l2_, &lower_, &upper_}) buffer->resize(size);
  const SoftBox none, &box = g == nullptr ? none : *g->soft_box();
  for (index j = 0; j < size; ++j) {
    const double w = box.weights == nullptr ? 1.0 : box.weights[j];
    lower_[j] = box.lowers == nullptr ? box.lower : box.lowers[j];
    upper_[j] = box.uppers == nullptr ? box.upper : box.uppers[j];
    base1_[j] = box.l1 == 0 ? 0.0 : w * box.l1;
    base2_[j] = box.l2 == 0 ? 0.0 : w * box.l2;
    if (std::isinf(base1_[j]) || std::isinf(base2_[j])) {  // an infinite weight: x_j = 0
      base1_[j] = base2_[j] = 0;
      lower_[j] = upper_[j] = 0;
    }
  }
  set_factor(1.0);
}

bool penalty_opens(const Prox* g, index size) {
  const SoftBox* box = g == nullptr ? nullptr : g->soft_box();
  if (box == nullptr) return false;
  for (index j = 0; j < size; ++j) {
    const double w = box->weights == nullptr ? 1.0 : box->weights[j];
    const double lower = box->lowers == nullptr ? box->lower : box->lowers[j];
    const double upper = box->uppers == nullptr ? box->upper : box->uppers[j];
    if (((box->l1 == 0 && box->l2 == 0) || w == 0) && (lower == -kInf) != (upper == kInf)) return true;
  }
  return false;
}

void Penalty::set_factor(double t) {
  t_ = t;
  if (!soft_) return;
  for (index j = 0; j < size_; ++j) {
    l1_[j] = t * base1_[j];
    l2_[j] = t * base2_[j];
  }
}

}  // namespace fenchel
