#include "solvers/bilevel/oracles/first_order.hpp"

#include "base/error.hpp"

namespace fenchel {

void refuse_first_order(const BilevelRun& run, const char* method) {
  if (run.calls.has_prox())
    fail(Status::UNSUPPORTED, "% takes no prox: the penalty's derivative in theta would need that of g; implicit does",
         method);
  if (run.settings.require_certified == 1)
    fail(Status::UNCERTIFIED, "% proves no bound of the hypergradient's error; implicit and maid do", method);
}

void first_order_state(BilevelRun& run, const Vector& theta, const Vector& x, double lower_residual, double mu,
                       HypergradientState& state) {
  state.x = x;
  state.value = run.calls.upper(x.data(), theta.data(), nullptr, nullptr);
  state.lower.residual = lower_residual;
  state.mu = mu;
  state.mu_source = mu > 0 ? MuSource::user_proven : MuSource::none;
  state.x_error = mu > 0 ? lower_residual / mu : kInf;
}

void answer_with(BilevelRun& run, const Vector& theta, const HypergradientState& state, double residual) {
  run.best = Incumbent();
  run.take(theta, state, residual, state.value);
}

OuterStep::OuterStep(double fixed, const OuterVariable& variable, std::size_t m)
    : fixed_(fixed), variable_(variable), memory_(fixed > 0 ? 0 : size_of(kPairs)) {
  for (Pair& p : memory_) {
    p.s.resize(m);
    p.y.resize(m);
  }
}

void OuterStep::direction(const Vector& t, const Vector& slope, Vector& out) {
  double largest = 0, size = 1;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const bool held = (t[i] <= variable_.low()[i] && slope[i] > 0) || (t[i] >= variable_.high()[i] && slope[i] < 0);
    out[i] = held ? 0.0 : -slope[i];
    largest = std::max(largest, std::abs(out[i]));
    size = std::max(size, std::abs(t[i]));
  }
  if (fixed_ > 0) length_ = fixed_;
  if (!(length_ > 0)) length_ = largest > 0 ? 0.1 * size / largest : 1;
  const index known = std::min(pairs_, kPairs);
  for (index k = 0; k < known; ++k) {
    Pair& p = pair(k);
    p.alpha = dot(p.s, out) / p.sy;
    axpy(-p.alpha, p.y, out);
  }
  for (double& o : out) o *= length_;
  for (index k = known - 1; k >= 0; --k) {
    const Pair& p = pair(k);
    axpy(p.alpha - dot(p.y, out) / p.sy, p.s, out);
  }
  double largest_move = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const bool held = (t[i] <= variable_.low()[i] && slope[i] > 0) || (t[i] >= variable_.high()[i] && slope[i] < 0);
    if (held) out[i] = 0;
    largest_move = std::max(largest_move, std::abs(out[i]));
  }
  // One pair says little about far away: no coordinate by more than ten times the last step's largest.
  if (fixed_ > 0 || !(moved_ > 0) || !(largest_move > 10 * moved_)) return;
  for (double& o : out) o *= 10 * moved_ / largest_move;
}

bool OuterStep::learn(const Vector& t, const Vector& slope, const Vector& t_next, const Vector& slope_next) {
  if (fixed_ > 0) return true;
  ++pairs_;
  Pair& p = pair(0);
  double moved = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    p.s[i] = t_next[i] - t[i];
    p.y[i] = slope_next[i] - slope[i];
    moved = std::max(moved, std::abs(p.s[i]));
  }
  moved_ = moved;
  p.sy = dot(p.s, p.y);
  const double ss = dot(p.s, p.s), yy = dot(p.y, p.y);
  if (p.sy > 1e-8 * std::sqrt(ss * yy)) {
    length_ = p.sy / yy;
    return true;
  }
  --pairs_;
  if (pairs_ == 0) length_ *= 4;
  return false;
}

void OuterStep::shift(double by) {
  for (double& merit : merits_) merit += by;
}

double OuterStep::reference() const { return *std::max_element(merits_, merits_ + std::min(count_, kMerits)); }

}  // namespace fenchel
