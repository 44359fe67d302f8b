// block_model.cpp -- sweeps over the blocks of a working set, and what a sweep reads.
#include "solvers/coordinate/block_model.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"

namespace fenchel {
namespace {

constexpr double kGramUpdate = 0.12, kVisit = 6.0;  // nanoseconds, estimates
constexpr double kRounding = 1e-15;                 // relative size of a move that is noise

double norm_of(const double* x, index size) {
  double sum = 0;
  for (index k = 0; k < size; ++k) sum += x[k] * x[k];
  return std::sqrt(sum);
}

}  // namespace

void BlockModel::prepare(const BlockInput& input) {
  in_ = input;
  gram_mode_ = false;
  const bool weighted = penalty_.factor() > 0;
  if (!in_.constant || weighted != weighted_) {
    known_.fill(0);
    release_slots();
  }
  weighted_ = weighted;
  if (in_.h != nullptr && outputs_ == 1)
    for (index i = 0; i < n_; ++i) root_h_[i] = std::sqrt(in_.h[i]);
  count_ = 0;
  for (index w = 0; w < in_.count; ++w) {
    const index b = in_.list[w];
    at_[w] = count_;
    for (index k = 0; k < penalty_.length(b); ++k, ++count_) {
      const index c = penalty_.members(b)[k];
      c_[count_] = c;
      x_[count_] = x0_[count_] = in_.x[c];
      q_[count_] = in_.gradient[c];
    }
  }
  at_[in_.count] = count_;
  lifted_.keep_columns(c_.data(), count_);
  std::fill(state_.begin(), state_.end(), 0.0);
  if (in_.intercept) prepare_intercepts();
  pasts_ = 0;
  pattern_ = 0;
  pattern_age_ = 0;
  spent_ = 0;
  patience_ = 1;
}

// q with the best intercepts for d = 0 taken into account, so that only M is left to follow.
void BlockModel::prepare_intercepts() {
  find_intercept_hessian();
  for (index w = 0; w < in_.count; ++w)
    if ((known_[in_.list[w]] & kTermsKnown) == 0) find_intercept_terms(w);
  std::copy(in_.slope_sum, in_.slope_sum + outputs_, M_.data());
  pull_fresh_ = false;
  refresh_pull();
  for (index k = 0; k < count_; ++k)
    for (index o = 0; o < outputs_; ++o) q_[k] -= f_[c_[k] * outputs_ + o] * pull_[o];
  M_.fill(0);
  pull_.fill(0);
  pull_fresh_ = true;
}

void BlockModel::refresh_pull() {
  if (pull_fresh_) return;
  for (index o = 0; o < outputs_; ++o) {
    pull_[o] = 0;
    for (index l = 0; l < outputs_; ++l) pull_[o] += Bplus_[o * outputs_ + l] * M_[l];
  }
  pull_fresh_ = true;
}

double* BlockModel::intercept_step() {
  if (!in_.intercept) {
    M_.fill(0);
    return M_.data();
  }
  std::copy(in_.slope_sum, in_.slope_sum + outputs_, M_.data());
  for (index k = 0; k < count_; ++k)
    for (index o = 0; o < outputs_; ++o) M_[o] += f_[c_[k] * outputs_ + o] * step(k);
  pull_fresh_ = false;
  refresh_pull();
  for (index o = 0; o < outputs_; ++o) pull_[o] = -pull_[o];
  return pull_.data();
}

// Of m at the present d, in the coordinates [first, last) of W.
void BlockModel::gradients(index first, index last, double* out) {
  if (gram_mode_) {
    for (index k = first; k < last; ++k) out[k - first] = slot_grad_[place_[k]];
    return;
  }
  products(first, last, state_.data(), out);
  if (in_.intercept) refresh_pull();
  for (index k = first; k < last; ++k) {
    out[k - first] += q_[k];
    for (index o = 0; o < outputs_ && in_.intercept; ++o) out[k - first] -= f_[c_[k] * outputs_ + o] * pull_[o];
  }
}

// out = <columns, v> for coordinates [first, last) of W, v (n, K).
void BlockModel::products(index first, index last, const double* v, double* out) {
  if (outputs_ == 1) {
    for (index k = first; k < last; ++k) out[k - first] = lifted_.dot(c_[k], v);
    return;
  }
  for (index k = first; k < last;) {
    const index feature = lifted_.feature(c_[k]);
    index end = k + 1;
    while (end < last && lifted_.feature(c_[end]) == feature) ++end;
    const ColumnEntries x = lifted_.column(feature);
    double* sums = out + (k - first);
    std::fill(sums, sums + (end - k), 0.0);
    const bool whole = end - k == outputs_ && lifted_.output(c_[k]) == 0;
    for (index e = 0; e < x.count; ++e) {
      const double* row = v + x.row(e) * outputs_;
      const double value = x.values[e];
      if (whole)
        for (index o = 0; o < outputs_; ++o) sums[o] += value * row[o];
      else
        for (index l = k; l < end; ++l) sums[l - k] += value * row[lifted_.output(c_[l])];
    }
    k = end;
  }
}

// state += S X d for a move d of the coordinates [first, last) of W.
void BlockModel::add_to_state(index first, index last, const double* d, double* state) {
  if (outputs_ == 1) {
    for (index k = first; k < last; ++k) {
      const double a = d[k - first];
      if (a == 0) continue;
      if (in_.h == nullptr)
        lifted_.axpy(c_[k], a, state);
      else
        lifted_.axpy_weighted(c_[k], a, in_.h, state);
    }
    return;
  }
  for (index k = first; k < last;) {
    const index feature = lifted_.feature(c_[k]);
    spread_.fill(0);
    bool any = false;
    for (; k < last && lifted_.feature(c_[k]) == feature; ++k) {
      spread_[lifted_.output(c_[k])] = d[k - first];
      any = any || d[k - first] != 0;
    }
    if (!any) continue;
    const ColumnEntries x = lifted_.column(feature);
    for (index e = 0; e < x.count; ++e) {
      const index i = x.row(e);
      const double value = x.values[e] * (in_.s == nullptr ? 1.0 : in_.s[i]);
      const double* p = in_.h + i * outputs_;
      double* row = state + i * outputs_;
      double mean = 0;
      for (index o = 0; o < outputs_; ++o) mean += p[o] * spread_[o];
      for (index o = 0; o < outputs_; ++o) row[o] += value * (p[o] * (spread_[o] - mean) + in_.rho * spread_[o]);
    }
  }
}

void BlockModel::move(index w, const double* d) {
  const index first = at_[w], last = at_[w + 1];
  if (gram_mode_) {
    for (index k = first; k < last; ++k)
      if (d[k - first] != 0)
        kernels::table<double>().axpy(d[k - first], gram_.data() + place_[k] * ld_, slot_grad_.data(), used_);
    return;
  }
  add_to_state(first, last, d, state_.data());
  if (!in_.intercept) return;
  for (index k = first; k < last; ++k)
    for (index o = 0; o < outputs_; ++o) M_[o] += f_[c_[k] * outputs_ + o] * d[k - first];
  pull_fresh_ = false;
}

// One block to its minimiser; the norm of the move.
double BlockModel::update_block(index w, const double* gradient) {
  const index b = in_.list[w], size = at_[w + 1] - at_[w];
  double* x = x_.data() + at_[w];
  std::copy(x, x + size, before_.data());
  for (int round = 0;; ++round) {
    block_step_.update(b, curve(w), gradient, x);
    double square = 0;
    for (index k = 0; k < size; ++k) {
      move_[k] = x[k] - before_[k];
      square += move_[k] * move_[k];
    }
    if (square == 0) return 0;
    ++updates;
    move(w, move_.data());
    if (has_matrix(b)) return std::sqrt(square);
    // A step with a guess of the curvature: where the guess was too small, back, and again with twice as much.
    gradients(at_[w], at_[w + 1], after_.data());
    double curvature = 0;
    for (index k = 0; k < size; ++k) curvature += move_[k] * (after_[k] - gradient[k]);
    if (curvature <= top_[b] * square * (1 + 1e-9) || round == 60) return std::sqrt(square);
    for (index k = 0; k < size; ++k) move_[k] = -move_[k];
    move(w, move_.data());
    std::copy(before_.data(), before_.data() + size, x);
    top_[b] = std::max(2 * top_[b], curvature / square);
  }
}

// One cyclic pass; returns an estimate of how far m is from its minimum: what the violations cost at the present sizes,
// and the effect of scaling the dual point back into its domain.
double BlockModel::sweep() {
  double own = 0, worst = 0, scaled = 0;
  floor_ = 0;
  std::uint64_t pattern = 1469598103934665603ULL;
  for (index w = 0; w < in_.count; ++w) {
    const index b = in_.list[w], first = at_[w], size = at_[w + 1] - first;
    gradients(first, at_[w + 1], block_grad_.data());
    const double violation = penalty_.distance(b, x_.data() + first, block_grad_.data());
    const double old = norm_of(x_.data() + first, size);
    if ((known_[b] & kCurveKnown) == 0) find_curve(w);
    if (violation > 0) update_block(w, block_grad_.data());
    const double reach = std::max(old, norm_of(x_.data() + first, size));
    own += violation * reach;
    floor_ += kRounding * (norm_of(q_.data() + first, size) + top_[b] * reach) * reach;
    for (index k = first; k < first + size; ++k)
      if (x_[k] != 0) pattern = (pattern ^ static_cast<std::uint64_t>(2 * k + (x_[k] > 0 ? 1 : 0))) * 1099511628211ULL;
    const double unit = penalty_.level(b) > 0 ? penalty_.level(b) : penalty_.l1(c_[first]);
    if (unit > 0) {
      worst = std::max(worst, violation / unit);
      scaled += unit * reach;
    }
  }
  ++epochs;
  pattern_age_ = pattern == pattern_ ? pattern_age_ + 1 : 0;
  pattern_ = pattern;
  return own + std::min(worst, 1.0) * scaled;
}

void BlockModel::solve(const BlockInput& input, Interrupt& interrupt) {
  prepare(input);
  if (want_gram(40)) to_gram();
  const double residual_cost = epoch_cost();
  double before = kInf;
  for (index pass = 1;; ++pass) {
    const index moved = updates;
    estimate_ = sweep();
    if (pass == 1) first_estimate_ = estimate_;
    const double width = static_cast<double>(count_) / static_cast<double>(std::max<index>(in_.count, 1));
    spent_ += gram_mode_ ? static_cast<double>(count_) * kVisit +
                               kGramUpdate * static_cast<double>(updates - moved) * width * static_cast<double>(used_)
                         : 2 * residual_cost;
    if (estimate_ <= std::max(in_.target, floor_) || pass >= in_.max_epochs || !std::isfinite(estimate_)) return;
    if (!interrupt.poll()) return;
    if (!gram_mode_ && pass % 10 == 0) {
      const double rate = estimate_ > 0 && before < kInf ? std::pow(estimate_ / before, 0.1) : 0.9;
      before = estimate_;
      const double left = rate < 1 ? std::log(in_.target / estimate_) / std::log(rate) : 1e3;
      if (want_gram(std::clamp(left, 10.0, 1e3))) to_gram();
    }
    if (memory_ > 0) extrapolate();
    if (use_newton_ && newton_due()) newton();
  }
}

}  // namespace fenchel
