#include "solvers/coordinate/working_model.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/kernels.hpp"
#include "linsolve/cholesky.hpp"
#include "linsolve/gemm.hpp"
#include "solvers/coordinate/extrapolation_weights.hpp"

namespace fenchel {
namespace {

// Nanoseconds of the operations that the cost model weighs; kDense counts dot and axpy, from the second cache or
// beyond.
constexpr double kDense = 0.4, kSparse = 2.0, kGramUpdate = 0.12, kGemm = 0.05, kVisit = 3.0;
constexpr index kMostGram = 3000;
constexpr double kRounding = 1e-15;  // relative size of a move that is noise
constexpr index kPackDoubles = index{1} << 26;

}  // namespace

WorkingModel::WorkingModel(const Design& design, const Penalty& penalty, const MinimizeSettings& settings)
    : design_(design),
      penalty_(penalty),
      n_(design.rows()),
      p_(design.cols()),
      pack_cap_(design.sparse() ? 0 : std::min(p_, std::max<index>(kPackDoubles / std::max<index>(n_, 1), 64))),
      gram_cap_(std::min(p_, kMostGram)),
      memory_(settings.anderson_memory),
      use_newton_(settings.newton != 0),
      cg_limit_(settings.cg_max_iter) {
  for (Buffer<double>* buffer :
       {&q_, &curvature_, &first_, &w_, &w0_, &grad_, &direction_, &rhs_, &next_, &product_, &cg_r_, &cg_z_, &cg_p_})
    buffer->resize(p_);
  column_.resize(p_);
  t_.resize(n_);
  root_h_.resize(n_);
  work_.resize(std::max(n_, gemm_workspace<double>(gram_cap_, gram_cap_, n_)));
  pack_.resize(pack_cap_ * n_);
  slot_ = Buffer<index>(p_, -1);
  known_first_.resize(p_);
  known_curvature_ = Buffer<double>(p_, -1.0);
  owner_.resize(pack_cap_);
  fresh_.resize(p_);
  store_.resize(design.sparse() ? 0 : gram_cap_ * gram_cap_);
  gram_.resize(gram_cap_ * gram_cap_);
  factor_.resize(gram_cap_ * gram_cap_);
  past_w_.resize((memory_ + 1) * p_);
  past_state_.resize((memory_ + 1) * std::max(n_, std::min(p_, gram_cap_)));
  support_.resize(p_);
  for (Buffer<index>* buffer : {&gram_list_, &factor_list_}) buffer->resize(gram_cap_);
  for (Buffer<double>* buffer : {&gram_first_, &factor_squares_, &factor_first_}) buffer->resize(gram_cap_);
}

// What the constructor takes.
index WorkingModel::bytes(index n, index p, bool sparse, const MinimizeSettings& settings) {
  const index pack = sparse ? 0 : std::min(p, std::max<index>(kPackDoubles / std::max<index>(n, 1), 64));
  const index gram = std::min(p, kMostGram), history = settings.anderson_memory + 1;
  const index doubles = 20 * p + 5 * gram + 2 * n + std::max(n, gemm_workspace<double>(gram, gram, n)) +
                        pack * (n + 1) + (sparse ? 2 : 3) * gram * gram + history * (p + std::max(n, gram));
  return 8 * doubles + 39 * 64;
}

double WorkingModel::intercept_step() const {
  return in_.intercept && h_sum_ > 0 ? -(in_.slope_sum + m_total()) / h_sum_ : 0.0;
}

double WorkingModel::m_total() const {
  double sum = 0;
  for (index k = 0; k < in_.count; ++k) sum += first_[k] * (w_[k] - w0_[k]);
  return sum;
}

double WorkingModel::column_dot(index k, const double* v) const {
  if (mode_ == Mode::direct) return design_.dot(in_.list[k], v);
  double out;
  kernels::table<double>().column_dots(column_[k], n_, 1, n_, v, &out);
  return out;
}

void WorkingModel::column_axpy(index k, double a, double* v) const {
  const double factor = a * level_;
  if (mode_ == Mode::columns)
    kernels::table<double>().column_axpys(column_[k], n_, 1, n_, &factor, v);
  else if (in_.h == nullptr)
    design_.axpy(in_.list[k], factor, v);
  else
    design_.axpy_weighted(in_.list[k], a, in_.h, v);
}

// Gives every feature of W a column of diag(sqrt h) (X - mean): its own memory where that is the same thing, else a
// slot of the pack, which lasts as long as h does.
bool WorkingModel::bind_columns(bool need_slots) {
  if (design_.sparse()) return false;
  plain_ = in_.h == nullptr && !in_.intercept && design_.in_place(in_.list[0]) != nullptr;
  if (plain_ && !need_slots) {
    for (index k = 0; k < in_.count; ++k) column_[k] = design_.in_place(in_.list[k]);
    return true;
  }
  if (in_.count > pack_cap_) return false;
  if (!in_.constant) release_slots();
  index missing = 0;
  for (index k = 0; k < in_.count; ++k)
    if (slot_[in_.list[k]] < 0) fresh_[missing++] = in_.list[k];
  if (used_ + missing > pack_cap_) {
    release_slots();
    for (missing = 0; missing < in_.count; ++missing) fresh_[missing] = in_.list[missing];
  }
  if (missing > 0) fill_slots(missing);
  if (plain_) return true;
  for (index k = 0; k < in_.count; ++k) column_[k] = pack_.data() + slot_[in_.list[k]] * n_;
  return true;
}

void WorkingModel::release_slots() {
  for (index s = 0; s < used_; ++s) slot_[owner_[s]] = -1;
  used_ = built_ = 0;
}

void WorkingModel::fill_slots(index missing) {
  double* out = pack_.data() + used_ * n_;
  if (!plain_) design_.gather(fresh_.data(), missing, out, n_);
  for (index s = 0; s < missing && !plain_; ++s) {
    double* column = out + s * n_;
    if (in_.intercept) {
      double sum = 0;
      for (index i = 0; i < n_; ++i) sum += in_.h == nullptr ? column[i] : in_.h[i] * column[i];
      const double weight = in_.h == nullptr ? static_cast<double>(n_) : h_sum_;
      const double mean = weight > 0 ? sum / weight : 0.0;
      for (index i = 0; i < n_; ++i) column[i] -= mean;
    }
    if (in_.h != nullptr || in_.level != 1)
      for (index i = 0; i < n_; ++i) column[i] *= root_h_[i];
  }
  for (index s = 0; s < missing; ++s) {
    owner_[used_ + s] = fresh_[s];
    slot_[fresh_[s]] = used_ + s;
  }
  used_ += missing;
}

void WorkingModel::prepare(const ModelInput& input) {
  in_ = input;
  h_sum_ = in_.level * static_cast<double>(n_);
  if (in_.h == nullptr) {
    root_h_.fill(std::sqrt(in_.level));
  } else {
    h_sum_ = 0;
    for (index i = 0; i < n_; ++i) {
      h_sum_ += in_.h[i];
      root_h_[i] = std::sqrt(in_.h[i]);
    }
  }
  mode_ = bind_columns(false) ? Mode::columns : Mode::direct;
  level_ = in_.h == nullptr && (mode_ == Mode::direct || plain_) ? in_.level : 1.0;
  double largest = 0;
  for (index k = 0; k < in_.count; ++k) {
    const index j = in_.list[k];
    w_[k] = w0_[k] = in_.w[j];
    first_[k] = 0;
    q_[k] = in_.gradient[j];
    measure_column(k);
    if (in_.intercept && h_sum_ > 0) q_[k] -= first_[k] * in_.slope_sum / h_sum_;
    largest = std::max(largest, curvature_[k]);
  }
  // A column without curvature still needs a step: a long one.
  const double least = largest > 0 ? 1e-15 * largest : 1.0;
  for (index k = 0; k < in_.count; ++k)
    if (!(curvature_[k] > least * 1e-15)) curvature_[k] = least;
  std::fill(t_.begin(), t_.end(), 0.0);
  m_ = 0;
  moved_ = false;
  pasts_ = 0;
  pattern_age_ = 0;
  pattern_ = 0;
  spent_ = gained_ = 0;
  patience_ = 1;
}

// Curvature and sum h x of a column (its coupling to the intercept); once for all where h is constant.
void WorkingModel::measure_column(index k) {
  const index j = in_.list[k];
  if (in_.constant && known_curvature_[j] >= 0) {
    curvature_[k] = known_curvature_[j];
    first_[k] = known_first_[j];
    return;
  }
  if (in_.intercept || mode_ == Mode::direct) {
    const double own = in_.h == nullptr ? in_.level : 1.0;
    curvature_[k] = own * design_.square(j, in_.h, in_.intercept ? &first_[k] : nullptr);
    first_[k] *= own;
  }
  if (mode_ == Mode::columns)
    curvature_[k] = level_ * column_dot(k, column_[k]);
  else if (in_.intercept && h_sum_ > 0)
    curvature_[k] -= first_[k] * first_[k] / h_sum_;
  known_curvature_[j] = curvature_[k];
  known_first_[j] = first_[k];
}

double WorkingModel::epoch_cost() const {
  if (mode_ == Mode::columns) return kDense * static_cast<double>(n_) * static_cast<double>(in_.count);
  double entries = 0;
  for (index k = 0; k < in_.count; ++k) entries += static_cast<double>(design_.entries(in_.list[k]));
  return kSparse * entries;
}

// Is the Gram matrix, with what it takes to build, cheaper than `left` more epochs with the residual?
bool WorkingModel::want_gram(double left) const {
  if (mode_ == Mode::gram || in_.count > gram_cap_) return false;
  const double count = static_cast<double>(in_.count);
  double build = 0;
  if (design_.sparse()) {
    build = design_.gram_cost(in_.list, in_.count);
  } else {
    if (in_.count > pack_cap_) return false;
    double missing = 0;
    for (index k = 0; k < in_.count; ++k)
      if (slot_[in_.list[k]] < 0 || slot_[in_.list[k]] >= built_) ++missing;
    build = kGemm * missing * (count - 0.5 * missing) * static_cast<double>(n_) +
            kDense * missing * static_cast<double>(n_);
  }
  return build + left * count * (kVisit + kGramUpdate * 0.5 * count) < left * epoch_cost();
}

// The entries of the stored Gram matrix between slots not yet in it and all slots. Columns that lie elsewhere pass
// through the pack a slice at a time (its length keeps them off one cache set).
void WorkingModel::extend_store() {
  const index depth = plain_ ? std::min<index>(n_, 256) : n_, ld = plain_ ? std::min<index>(n_, 264) : n_;
  for (index from = 0; from < n_ && built_ < used_; from += depth) {
    const index length = std::min(depth, n_ - from);
    for (index s = 0; s < used_ && plain_; ++s)
      std::copy_n(design_.in_place(owner_[s]) + from, length, pack_.data() + s * ld);
    gemm_lower<double>(Trans::no, Trans::yes, used_ - built_, used_, length, built_, level_, pack_.data() + built_ * ld,
                       ld, pack_.data(), ld, from == 0 ? 0.0 : 1.0, store_.data() + built_ * gram_cap_, gram_cap_,
                       work_.data());
  }
  built_ = used_;
}

void WorkingModel::to_gram() {
  const index count = in_.count;
  // The gradient where we are, while the residual is still what says it.
  for (index k = 0; k < count; ++k) grad_[k] = q_[k];
  if (moved_)
    for (index k = 0; k < count; ++k) grad_[k] += column_dot(k, t_.data()) - correction(k);
  if (design_.sparse()) {
    design_.gram(in_.list, count, in_.h, gram_.data(), count);
    if (level_ != 1)
      for (index k = 0; k < count * count; ++k) gram_[k] *= level_;
    if (in_.intercept && h_sum_ > 0)
      for (index k = 0; k < count; ++k)
        for (index l = 0; l < count; ++l) gram_[k * count + l] -= first_[k] * first_[l] / h_sum_;
  } else {
    bind_columns(true);
    if (used_ > gram_cap_) {
      release_slots();
      bind_columns(true);
    }
    extend_store();
    for (index k = 0; k < count; ++k) {
      const index a = slot_[in_.list[k]];
      for (index l = 0; l <= k; ++l) {
        const index b = slot_[in_.list[l]];
        gram_[k * count + l] = gram_[l * count + k] = a >= b ? store_[a * gram_cap_ + b] : store_[b * gram_cap_ + a];
      }
    }
  }
  for (index k = 0; k < count; ++k)
    if (gram_[k * count + k] > 0) curvature_[k] = std::max(gram_[k * count + k], 1e-30 * curvature_[k]);
  std::copy_n(in_.list, count, gram_list_.data());
  std::copy_n(first_.data(), count, gram_first_.data());
  gram_count_ = count;
  mode_ = Mode::gram;
  pasts_ = 0;
}

double WorkingModel::correction(index k) const {
  return mode_ == Mode::direct && in_.intercept && h_sum_ > 0 ? first_[k] * m_ / h_sum_ : 0.0;
}

// One cyclic pass; returns an estimate of how far m is from its minimum: what the violations cost at the present sizes,
// and the effect of scaling the dual point back into its domain.
double WorkingModel::sweep() {
  double own = 0, worst = 0, size = 0;
  floor_ = 0;
  std::uint64_t pattern = 1469598103934665603ULL;
  const auto& kernels = kernels::table<double>();
  const bool gram = mode_ == Mode::gram;
  for (index k = 0; k < in_.count; ++k) {
    const index j = in_.list[k];
    const double g = gram ? grad_[k] : q_[k] + column_dot(k, t_.data()) - correction(k);
    const double old = w_[k], L = curvature_[k];
    const double x = penalty_.prox(j, old - g / L, L);
    if (x != old) {
      const double d = x - old;
      gained_ += 0.5 * L * d * d;
      w_[k] = x;
      ++updates;
      if (gram)
        kernels.axpy(d, gram_.data() + k * in_.count, grad_.data(), in_.count);
      else
        column_axpy(k, d, t_.data());
      m_ += d * first_[k];
    }
    const double move = L * std::abs(x - old), reach = std::max(std::abs(old), std::abs(x));
    own += move * reach;
    floor_ += kRounding * (std::abs(q_[k]) + L * reach) * reach;
    if (x != 0) pattern = (pattern ^ static_cast<std::uint64_t>(2 * k + (x > 0 ? 1 : 0))) * 1099511628211ULL;
    if (penalty_.soft() && penalty_.l1(j) > 0) {
      worst = std::max(worst, move / penalty_.l1(j));
      size += penalty_.l1(j) * reach;
    }
  }
  ++epochs;
  pattern_age_ = pattern == pattern_ ? pattern_age_ + 1 : 0;
  pattern_ = pattern;
  return own + std::min(worst, 1.0) * size;
}

double WorkingModel::model_value() const {
  double smooth = 0, simple = 0;
  for (index k = 0; k < in_.count; ++k) {
    const double d = w_[k] - w0_[k];
    smooth += d * (mode_ == Mode::gram ? 0.5 * (q_[k] + grad_[k]) : q_[k]);
    if (d != 0) simple += penalty_.value(in_.list[k], w_[k]) - penalty_.value(in_.list[k], w0_[k]);
  }
  if (mode_ != Mode::gram) smooth += 0.5 * squared(t_.data());
  return smooth + simple;
}

// || sqrt(h) X d ||^2 less what the intercept takes off, from the vector that stands for it.
double WorkingModel::squared(const double* t) const {
  if (mode_ == Mode::columns || in_.h == nullptr) {
    const double all = kernels::table<double>().dot(t, t, n_) / level_;
    return mode_ == Mode::direct && in_.intercept && h_sum_ > 0 ? all - m_ * m_ / h_sum_ : all;
  }
  double sum = 0;
  for (index i = 0; i < n_; ++i)
    if (in_.h[i] > 0) sum += t[i] * t[i] / in_.h[i];
  return in_.intercept && h_sum_ > 0 ? sum - m_ * m_ / h_sum_ : sum;
}

void WorkingModel::solve(const ModelInput& input, Interrupt& interrupt) {
  prepare(input);
  // Entries of a Gram matrix whose h is constant serve the working sets to come, too: about one a decade, and how many
  // epochs one takes the last one tells.
  if (want_gram(in_.constant ? (1 + in_.decades) * std::clamp(last_epochs_, 2.5, 37.5) : 40)) to_gram();
  double before = kInf;
  const double scale = mode_ == Mode::gram ? 1.0 : epoch_cost();
  for (index pass = 1;; ++pass) {
    const index moved = updates;
    estimate_ = sweep();
    moved_ = true;
    last_epochs_ = static_cast<double>(pass);
    if (pass == 1) first_estimate_ = estimate_;
    spent_ += mode_ == Mode::gram
                  ? static_cast<double>(in_.count) * (kVisit + kGramUpdate * static_cast<double>(updates - moved))
                  : scale;
    if (estimate_ <= std::max(in_.target, floor_) || pass >= in_.max_epochs || !std::isfinite(estimate_)) return;
    if (!interrupt.poll()) return;
    if (mode_ != Mode::gram && pass % 10 == 0) {
      const double rate = estimate_ > 0 && before < kInf ? std::pow(estimate_ / before, 0.1) : 0.9;
      before = estimate_;
      const double left = rate < 1 ? std::log(in_.target / estimate_) / std::log(rate) : 1e3;
      if (want_gram(std::clamp(left, 10.0, 1e3))) to_gram();
    }
    if (memory_ > 0) extrapolate();
    if (use_newton_ && penalty_.soft() && newton_due()) newton();
  }
}

// Anderson extrapolation of the last iterates: sum c = 1 minimising the norm of the combined differences, with a
// relative ridge; kept only if m falls.
void WorkingModel::extrapolate() {
  const index count = in_.count, length = mode_ == Mode::gram ? count : n_;
  double* state = mode_ == Mode::gram ? grad_.data() : t_.data();
  std::copy(w_.data(), w_.data() + count, past_w_.data() + pasts_ * count);
  std::copy(state, state + length, past_state_.data() + pasts_ * length);
  if (++pasts_ <= memory_) return;
  pasts_ = 0;
  double c[21];
  if (!extrapolation_weights(past_w_.data(), count, memory_, c)) return;
  const double now = model_value(), m_now = m_;
  std::fill(next_.data(), next_.data() + count, 0.0);
  const auto& kernels = kernels::table<double>();
  for (int a = 0; a < memory_; ++a) kernels.axpy(c[a], past_w_.data() + (a + 1) * count, next_.data(), count);
  for (index k = 0; k < count; ++k) {
    const index j = in_.list[k];
    if (penalty_.soft() && (next_[k] < penalty_.lower(j) || next_[k] > penalty_.upper(j))) return;
  }
  // The last slot of the history has the present iterate: the way back.
  std::fill(state, state + length, 0.0);
  for (int a = 0; a < memory_; ++a) kernels.axpy(c[a], past_state_.data() + (a + 1) * length, state, length);
  std::copy(next_.data(), next_.data() + count, w_.data());
  m_ = in_.intercept ? m_total() : 0.0;
  const double then = model_value();
  if (then < now) {
    ++accepted;
    gained_ += now - then;
    return;
  }
  ++restarts;
  std::copy(past_w_.data() + memory_ * count, past_w_.data() + (memory_ + 1) * count, w_.data());
  std::copy(past_state_.data() + memory_ * length, past_state_.data() + (memory_ + 1) * length, state);
  m_ = m_now;
}

}  // namespace fenchel
