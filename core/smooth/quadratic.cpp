// quadratic.cpp -- f(x) = x^T Q x / 2 + c^T x, Q symmetric
#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/buffer.hpp"
#include "base/random.hpp"
#include "smooth/smooth.hpp"

namespace fenchel {
namespace {

constexpr ParamInfo kParams[] = {
    required(term_param(ParamKind::op, "Q", "(n, n) symmetric")),
    array_param("c", -1e308, 1e308, "(n) absent: 0"),
    integer_param("convex", 1, 0, 1, "1: Q is positive semidefinite (not checked); 0: it may not be"),
    real_param("strong_convexity", 0.0, 0.0, 1e300, "a lower bound of Q's smallest eigenvalue, where known"),
};

// Compares Q v and Q^T v for a random v: equal for all v exactly when Q is symmetric.
void check_symmetric(const Operator& Q) {
  if ((Q.caps() & OPERATOR_SYMMETRIC) != 0) return;
  const index n = Q.rows();
  Buffer<double> v(n), right(n), left(n);
  Buffer<std::byte> memory(std::max<index>(Q.scratch_bytes(), 1));
  const Philox random(0x5a11, 1);
  for (index i = 0; i < n; ++i) v[i] = random.uniform(static_cast<std::uint64_t>(i)) - 0.5;
  Q.apply(v.data(), right.data(), Scratch(memory));
  Q.adjoint(v.data(), left.data(), Scratch(memory));
  double largest = 0, apart = 0;
  for (index i = 0; i < n; ++i) {
    largest = std::max({largest, std::abs(right[i]), std::abs(left[i])});
    apart = std::max(apart, std::abs(right[i] - left[i]));
  }
  if (!(apart <= 1e-6 * largest))
    fail(Status::RANGE, "Q is not symmetric: Q v and Q^T v differ by % of their size; legal: 1e-6", apart / largest);
}

class Quadratic final : public SmoothOf<Quadratic> {
 public:
  explicit Quadratic(const Params& params)
      : Q_(params.term<Operator>("Q")),
        convex_(params.flag("convex")),
        modulus_(params.real("strong_convexity")),
        c_(copy_doubles(params.array("c"))) {
    if (Q_->rows() != Q_->cols())
      fail(Status::SHAPE, "Q has % rows and % columns; legal: the same", Q_->rows(), Q_->cols());
    check_length("c", params.array("c"), size());
    if (c_.empty()) c_.assign(static_cast<std::size_t>(size()), 0.0);
    check_symmetric(*Q_);
  }
  unsigned caps() const override {
    return SMOOTH_QUADRATIC | SMOOTH_HVP | SMOOTH_LIPSCHITZ | (convex_ ? SMOOTH_CONVEX : 0U) |
           (Q_->stored() != nullptr ? SMOOTH_MATRIX : 0U);
  }
  index size() const override { return Q_->rows(); }
  index scratch_bytes() const override { return scratch_for<double>(size()) + Q_->scratch_bytes(); }
  double strong_convexity() const override { return modulus_; }
  const StoredMatrix* hessian() const override { return Q_->stored(); }
  const double* linear() const override { return c_.data(); }

  double lipschitz(index* products) const override {
    const std::lock_guard lock(mutex_);
    if (lipschitz_ < 0) lipschitz_ = spectral_norm(*Q_, products);
    return lipschitz_;
  }
  template <class T>
  double gradient_of(const T* x, T* gradient, Scratch scratch) const {
    T* product = gradient == nullptr ? scratch.take<T>(size()) : gradient;
    Q_->apply(x, product, scratch);
    double value = 0;
    for (index i = 0; i < size(); ++i) {
      const double q = static_cast<double>(product[i]), c = c_[static_cast<std::size_t>(i)];
      value += static_cast<double>(x[i]) * (0.5 * q + c);
      product[i] = static_cast<T>(q + c);
    }
    return value;
  }
  template <class T>
  void hvp_of(const T*, const T* v, T* out, Scratch scratch) const {
    Q_->apply(v, out, scratch);
  }

 private:
  std::shared_ptr<const Operator> Q_;
  bool convex_;
  double modulus_;
  std::vector<double> c_;
  mutable std::mutex mutex_;
  mutable double lipschitz_ = -1;  // not computed yet
};

}  // namespace

const TermInfo& term_quadratic() {
  static constexpr TermInfo info{TermKind::smooth, "quadratic", "x^T Q x / 2 + c^T x, Q symmetric", kParams,
                                 [](const Params& p) -> TermPtr { return std::make_shared<Quadratic>(p); }};
  return info;
}

}  // namespace fenchel
