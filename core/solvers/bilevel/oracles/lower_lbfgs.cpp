// lower_lbfgs.cpp -- limited-memory BFGS with Wolfe conditions, ten pairs: Liu and Nocedal (1989); Nocedal and Wright
// (2006), algorithm 7.4. The pairs are kept from one solve to the next: a nearby theta has a nearby Hessian, and any
// pair of positive curvature keeps the direction downhill.
#include "solvers/bilevel/oracles/lower_line.hpp"
#include "solvers/bilevel/oracles/lower_solver.hpp"

namespace fenchel {
namespace {

constexpr std::size_t kPairs = 10;

class LowerLbfgs final : public LowerSolver {
 public:
  LowerLbfgs(BilevelCalls& calls, const BilevelSettings& settings)
      : calls_(calls), settings_(settings), floor_(calls.n(), 20) {
    at_.resize(calls.n());
    trial_.resize(calls.n());
    d_.resize(size_of(calls.n()));
    for (Pair& pair : pairs_) pair.s.resize(d_.size()), pair.y.resize(d_.size());
  }

  LowerReport solve(const double* theta, const BilevelConstants& constants, double accuracy, Vector& x,
                    Control& control) override {
    LowerReport report;
    at_.x = x;
    at_.evaluate(calls_, theta);
    floor_.start();
    while (!floor_.reached(at_) && at_.residual > accuracy && report.iterations < settings_.lower_max_iter) {
      if (!control.poll()) throw Stopped{};
      ++report.iterations;
      const double first = direct(constants);
      if (search_line(calls_, theta, at_, d_, first, true, trial_)) {
        remember();
        std::swap(at_, trial_);
        x = at_.x;  // what is left where control stops
      } else if (count_ > 0) {
        count_ = 0;  // old pairs misled: once more along the gradient
      } else {
        break;
      }
    }
    x = floor_.x();
    report.residual = floor_.residual();
    report.converged = report.residual <= accuracy;
    return report;
  }

 private:
  struct Pair {
    Vector s, y;
    double sy = 0, weight = 0;
  };
  Pair& pair(std::size_t age) { return pairs_[(last_ + kPairs - age) % kPairs]; }  // 0: the youngest

  // d_ = - (approximate inverse Hessian) dh/dx; the first step to try.
  double direct(const BilevelConstants& constants) {
    for (std::size_t j = 0; j < d_.size(); ++j) d_[j] = -at_.gradient[j];
    if (count_ == 0) return constants.lipschitz < kInf ? 1 / constants.lipschitz : std::min(1.0, 1 / at_.residual);
    for (std::size_t age = 0; age < count_; ++age) {
      Pair& p = pair(age);
      p.weight = dot(p.s, d_) / p.sy;
      axpy(-p.weight, p.y, d_);
    }
    const double scale = pair(0).sy / dot(pair(0).y, pair(0).y);
    for (double& d : d_) d *= scale;
    for (std::size_t age = count_; age-- > 0;)
      axpy(pair(age).weight - dot(pair(age).y, d_) / pair(age).sy, pair(age).s, d_);
    return 1;
  }

  // The pair (trial - at); left out where its curvature is rounding.
  void remember() {
    Pair& p = pairs_[(last_ + 1) % kPairs];
    for (std::size_t j = 0; j < d_.size(); ++j) {
      p.s[j] = trial_.x[j] - at_.x[j];
      p.y[j] = trial_.gradient[j] - at_.gradient[j];
    }
    p.sy = dot(p.s, p.y);
    if (!(p.sy > 1e-10 * norm2(p.s) * norm2(p.y))) {
      count_ = std::min(count_, kPairs - 1);  // the oldest one was overwritten
      return;
    }
    last_ = (last_ + 1) % kPairs;
    count_ = std::min(count_ + 1, kPairs);
  }

  BilevelCalls& calls_;
  const BilevelSettings& settings_;
  LowerPoint at_, trial_;
  LowerFloor floor_;
  Vector d_;
  Pair pairs_[kPairs];
  std::size_t last_ = 0, count_ = 0;
};

}  // namespace

std::unique_ptr<LowerSolver> make_lower_lbfgs(BilevelCalls& calls, const BilevelSettings& settings) {
  return std::make_unique<LowerLbfgs>(calls, settings);
}

}  // namespace fenchel
