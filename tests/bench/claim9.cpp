// claim9.cpp -- unfolded ISTA and IHT and the loss that trains them: prints its table. y = A s + v, A 40 x 100 with
// unit columns, 8 nonzeros, T = 15 layers, steps learned in log space by Adam; cotangents of the objective or of the
// squared error go backwards through unfold_vjp. Deep unfolded sparse recovery (arXiv 2509.01331). Arguments: training
// rounds (300), seed (1).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/random.hpp"
#include "solvers/proximal/unfold.hpp"

namespace fenchel {
namespace {

constexpr index kRows = 40, kCols = 100, kNonzeros = 8, kLayers = 15, kTrain = 384, kBatch = 64, kTest = 100;
using Vector = std::vector<double>;

std::size_t at(index i) { return static_cast<std::size_t>(i); }

ArrayView view(Vector& x, index rows = 0) {
  ArrayView v;
  v.data = x.data();
  const index size = static_cast<index>(x.size());
  v.ndim = rows == 0 ? 1 : 2;
  v.shape[0] = rows == 0 ? size : rows;
  v.shape[1] = rows == 0 ? 0 : size / rows;
  v.strides[0] = rows == 0 ? 8 : v.shape[1] * 8;
  v.strides[1] = rows == 0 ? 0 : 8;
  return v;
}

TermPtr make(std::span<const TermInfo* const> terms, const char* name, std::vector<Params::Value> values) {
  for (const TermInfo* info : terms)
    if (std::strcmp(info->name, name) == 0) return info->make(Params(info->params, std::move(values)));
  fail(Status::NAME, "no term is called %", name);
}

class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_(seed, 9) {}
  double operator()() {
    const double u = random_.uniform(next_), v = random_.uniform(next_ + 1);
    next_ += 2;
    return std::sqrt(-2 * std::log(u)) * std::cos(6.283185307179586 * v);
  }
  double uniform() { return random_.uniform(next_++); }

 private:
  Philox random_;
  std::uint64_t next_ = 0;
};

struct Sample {
  Vector truth, y;
  std::shared_ptr<const CompositeProblem> problem;
};

struct Bench {
  Vector A;
  double lam, bound;  // bound = |A|^2
  bool hard;
  std::vector<Sample> train, test;

  Bench(bool hard_in, double lam_in, std::uint64_t seed) : A(at(kRows * kCols)), lam(lam_in), hard(hard_in) {
    Normal normal(seed);
    for (double& a : A) a = normal() / std::sqrt(static_cast<double>(kRows));
    const auto op = std::static_pointer_cast<const Operator>(
        make(operator_terms(), "dense", {{"matrix", 0, view(A, kRows), nullptr}}));
    bound = std::pow(spectral_norm(*op), 2);
    const auto g =
        std::static_pointer_cast<const Prox>(make(prox_terms(), hard ? "l0" : "l1", {{"lam", lam, {}, nullptr}}));
    for (index k = 0; k < kTrain + kTest; ++k) {
      Sample s{Vector(at(kCols)), Vector(at(kRows)), nullptr};
      for (index j = 0; j < kNonzeros;) {
        double& entry = s.truth[at(static_cast<index>(normal.uniform() * kCols))];
        if (entry != 0) continue;
        entry = normal();
        ++j;
      }
      for (index i = 0; i < kRows; ++i) {
        for (index j = 0; j < kCols; ++j) s.y[at(i)] += A[at(i * kCols + j)] * s.truth[at(j)];
        s.y[at(i)] += 0.05 * normal();
      }
      const auto f = std::static_pointer_cast<const Smooth>(
          make(smooth_terms(), "least_squares", {{"A", 0, {}, op}, {"y", 0, view(s.y), nullptr}}));
      s.problem = std::make_shared<CompositeProblem>(Dtype::f64, kCols, f, std::vector<Summand>{{g, nullptr}});
      (k < kTrain ? train : test).push_back(std::move(s));
    }
  }

  // Means over the samples of the objective after the last layer and of |x - s|^2.
  struct Score {
    double objective = 0, error = 0;
  };
  Score score(std::vector<Sample>& samples, Vector steps) {
    Score sum;
    Vector x(at(kCols)), objectives(steps.size());
    for (Sample& s : samples) {
      unfold(*s.problem, {view(steps), {}, {}}, view(x), view(objectives));
      sum.objective += objectives.back();
      for (std::size_t j = 0; j < x.size(); ++j) sum.error += (x[j] - s.truth[j]) * (x[j] - s.truth[j]);
    }
    const double count = static_cast<double>(samples.size());
    return {sum.objective / count, sum.error / count};
  }

  // d loss / d x at x: of the objective (its subgradient on the support) or of the squared error.
  void cotangent(const Sample& s, const Vector& x, bool supervised, Vector& c) const {
    if (supervised) {
      for (std::size_t j = 0; j < x.size(); ++j) c[j] = 2 * (x[j] - s.truth[j]);
      return;
    }
    Vector r(at(kRows));
    for (index i = 0; i < kRows; ++i) {
      r[at(i)] = -s.y[at(i)];
      for (index j = 0; j < kCols; ++j) r[at(i)] += A[at(i * kCols + j)] * x[at(j)];
    }
    for (index j = 0; j < kCols; ++j) {
      const double v = x[at(j)];
      c[at(j)] = hard || v == 0 ? 0.0 : std::copysign(lam, v);
      for (index i = 0; i < kRows; ++i) c[at(j)] += A[at(i * kCols + j)] * r[at(i)];
    }
  }

  // Adam on the logarithms of the steps, layer by layer (each round of growth trains all layers so far), the best kept.
  Vector learn(bool supervised, int rounds) {
    Vector best(at(kLayers), 1 / bound), c(at(kCols)), x(at(kCols));
    for (index depth = 1; depth <= kLayers; ++depth) {
      Vector steps(best.begin(), best.begin() + depth), m(at(depth)), v(at(depth)), total(at(depth)), one(at(depth));
      // A further layer begins with the plain step; where the plain steps alone are better, all do.
      double least = loss(supervised, steps);
      const Vector plain(at(depth), 1 / bound);
      if (const double level = loss(supervised, plain); level < least) {
        least = level;
        steps = plain;
        std::copy(steps.begin(), steps.end(), best.begin());
      }
      const int count = depth == kLayers ? rounds : rounds / 6;
      for (int round = 1; round <= count; ++round) {
        std::fill(total.begin(), total.end(), 0.0);
        for (index k = 0; k < kBatch; ++k) {
          Sample& s = train[at((round * kBatch + k) % kTrain)];
          unfold(*s.problem, {view(steps), {}, {}}, view(x), {});
          cotangent(s, x, supervised, c);
          unfold_vjp(*s.problem, {view(steps), {}, {}}, view(c), {view(one), {}, {}});
          for (std::size_t t = 0; t < total.size(); ++t) total[t] += one[t] / kBatch;
        }
        for (std::size_t t = 0; t < total.size(); ++t) {
          const double grad = total[t] * steps[t];
          m[t] = 0.9 * m[t] + 0.1 * grad;
          v[t] = 0.99 * v[t] + 0.01 * grad * grad;
          const double mean = m[t] / (1 - std::pow(0.9, round)), spread = v[t] / (1 - std::pow(0.99, round));
          steps[t] *= std::exp(-0.015 * mean / (std::sqrt(spread) + 1e-12));
        }
        const double now = loss(supervised, steps);
        if (now < least) {
          least = now;
          std::copy(steps.begin(), steps.end(), best.begin());
        }
      }
    }
    return best;
  }
  double loss(bool supervised, const Vector& steps) {
    const Score s = score(train, steps);
    return supervised ? s.error : s.objective;
  }
};

Bench::Score row(const char* what, Bench& bench, const Vector& steps) {
  const Bench::Score s = bench.score(bench.test, steps);
  std::printf("%-34s T %5d   objective %.4f   error %.4f\n", what, static_cast<int>(steps.size()), s.objective,
              s.error);
  return s;
}

bool verdict(const char* what, bool holds) {
  std::printf("  %s: %s\n", what, holds ? "yes" : "NO");
  return holds;
}

// True when what the claim says of this penalty holds.
bool table(bool hard, double lam, int rounds, std::uint64_t seed) {
  Bench bench(hard, lam, seed);
  const auto plain = [&](index layers) { return Vector(at(layers), 0.99 / bench.bound); };
  std::printf("%s, lam %g, mean over %d test signals\n", hard ? "l0: IHT" : "l1: ISTA", lam, static_cast<int>(kTest));
  const Bench::Score equal = row("plain", bench, plain(kLayers)), longer = row("plain", bench, plain(50));
  row("plain, converged", bench, plain(5000));
  const Bench::Score own = row("steps trained on the objective", bench, bench.learn(false, rounds));
  const Bench::Score taught = row("steps trained on the squared error", bench, bench.learn(true, rounds));
  if (!hard) {
    const bool below =
        verdict("trained on the objective at T = 15 below plain ISTA at T = 50", own.objective < longer.objective);
    const bool error = verdict("trained on the error: lower error", taught.error < own.error);
    return verdict("and a higher objective", taught.objective > own.objective) && below && error;
  }
  const bool below = verdict("both below IHT at equal T", std::max(own.objective, taught.objective) < equal.objective);
  return verdict("and within 10 % of each other",
                 std::fabs(own.objective - taught.objective) <= 0.1 * std::min(own.objective, taught.objective)) &&
         below;
}

}  // namespace
}  // namespace fenchel

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 150;
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoi(argv[2]) : 1);
  const bool l1 = fenchel::table(false, 0.1, rounds, seed);
  const bool l0 = fenchel::table(true, 0.05, rounds, seed);
  return l1 && l0 ? 0 : 1;
}
