// spectral_norm.cpp -- the largest singular value, by Lanczos on A^T A or A A^T (the smaller) from a fixed random
// start.
//
// The top Ritz value theta never exceeds sigma^2; its residual r says that an eigenvalue lies within r of it, if not
// that it is the top one: so r has to be small, after steps enough, and the margin covers what remains (README). Should
// r stay large, the random start limits how far theta can be off (Kuczynski and Wozniakowski, Estimating the largest
// eigenvalue by the power and Lanczos algorithms with a random start, 1992, theorem 4.2): after `most` steps theta >=
// (1 - 0.036) sigma^2 but for a probability of 1e-9.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "operators/operator.hpp"

namespace fenchel {
namespace {

constexpr int kFewest = 20;            // steps before a small residual is believed
constexpr double kResidual = 0.001;    // of theta
constexpr double kMargin = 1.018;      // of the norm, for a residual that was small
constexpr double kUnresolved = 0.036;  // of sigma^2, when the steps ran out
constexpr double kUnlikely = 1e-9;

// The symmetric tridiagonal matrix of the steps so far.
struct Tridiagonal {
  std::vector<double> diagonal, off;  // off[i] couples i and i + 1; the last one leads out of the matrix

  // Pivots of t I - T are positive exactly when t is above all eigenvalues.
  bool above(double t) const {
    double pivot = 1;
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      pivot = t - diagonal[i] - (i == 0 ? 0 : off[i - 1] * off[i - 1] / pivot);
      if (!(pivot > 0)) return false;
    }
    return true;
  }
  double top() const {
    double low = 0, high = 0;
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      low = std::max(low, diagonal[i]);
      high = std::max(high, diagonal[i] + (i == 0 ? 0 : off[i - 1]) + (i + 1 < diagonal.size() ? off[i] : 0));
    }
    high *= 1 + 1e-14;
    for (int step = 0; step < 80 && low < high; ++step) {
      const double middle = 0.5 * (low + high);
      if (middle <= low || middle >= high) break;
      (above(middle) ? high : low) = middle;
    }
    return high;
  }
  // The modulus of the last entry of the top eigenvector: back substitution in t I - T, whose entries are all >= 0.
  double last_entry(double t) const {
    std::vector<double> pivots(diagonal.size());
    for (std::size_t i = 0; i < diagonal.size(); ++i)
      pivots[i] = t - diagonal[i] - (i == 0 ? 0 : off[i - 1] * off[i - 1] / pivots[i - 1]);
    double entry = 1, sum = 1;
    for (std::size_t i = diagonal.size() - 1; i > 0; --i) {
      entry *= off[i - 1] / std::max(pivots[i - 1], 1e-300);
      sum += entry * entry;
    }
    return 1 / std::sqrt(sum);
  }
};

// w = A^T A v (or A A^T v)
class Gram {
 public:
  explicit Gram(const Operator& A)
      : A_(A),
        wide_(A.cols() > A.rows()),
        between_(std::max(A.rows(), A.cols())),
        memory_(std::max<index>(A.scratch_bytes(), 1)) {}
  index size() const { return wide_ ? A_.rows() : A_.cols(); }
  void apply(const double* v, double* w) {
    if (wide_) {
      A_.adjoint(v, between_.data(), Scratch(memory_));
      A_.apply(between_.data(), w, Scratch(memory_));
    } else {
      A_.apply(v, between_.data(), Scratch(memory_));
      A_.adjoint(between_.data(), w, Scratch(memory_));
    }
  }

 private:
  const Operator& A_;
  bool wide_;
  Buffer<double> between_;
  Buffer<std::byte> memory_;
};

double dot(const Buffer<double>& a, const Buffer<double>& b) {
  double sum = 0;
  for (index i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void scale_to_unit(Buffer<double>& v, double norm) {
  for (double& x : v) x /= norm;
}

// Normal numbers: every direction is equally likely.
Buffer<double> random_direction(index n) {
  Buffer<double> v(n);
  const Philox random(0x5eed, 0);
  for (index i = 0; i < n; ++i) {
    const auto at = static_cast<std::uint64_t>(2 * i);
    v[i] = std::sqrt(-2 * std::log(random.uniform(at))) * std::cos(6.283185307179586 * random.uniform(at + 1));
  }
  scale_to_unit(v, std::sqrt(dot(v, v)));
  return v;
}

int most_steps(index n) {
  const double log_terms = std::log(1.648 * std::sqrt(static_cast<double>(n)) / kUnlikely);
  return static_cast<int>(std::ceil(0.5 * (1 + log_terms / std::sqrt(kUnresolved))));
}

}  // namespace

double spectral_norm(const Operator& A, index* products) {
  const double known = A.norm_bound();
  if (known >= 0 && known < kInf) return known;
  Gram gram(A);
  const index n = gram.size();
  const int most = static_cast<int>(std::min<index>(n, most_steps(n)));
  Buffer<double> v = random_direction(n), before(n, 0.0), w(n);
  Tridiagonal T;
  double beta = 0;
  for (int step = 1;; ++step) {
    gram.apply(v.data(), w.data());
    if (products != nullptr) *products += 2;
    const double alpha = dot(v, w);
    for (index i = 0; i < n; ++i) w[i] -= alpha * v[i] + beta * before[i];
    beta = std::sqrt(dot(w, w));
    if (!(alpha < kInf && beta < kInf))
      fail(Status::NOT_FINITE, "a product with the operator or its square norm is not finite");
    T.diagonal.push_back(std::max(alpha, 0.0));
    T.off.push_back(beta);
    const double theta = T.top();
    if (theta <= 0) return 0;
    const double residual = beta * T.last_entry(theta);
    const bool exhausted = beta <= 1e-10 * theta || step >= n;  // the start spans no more
    if (exhausted || (step >= kFewest && residual <= kResidual * theta)) return kMargin * std::sqrt(theta);
    if (step >= most) return std::sqrt(theta / (1 - kUnresolved));
    std::swap(v, before);
    std::swap(v, w);
    scale_to_unit(v, beta);
  }
}

}  // namespace fenchel
