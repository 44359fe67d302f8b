// quadratic_model.cpp -- f(x) = 1/2 x'Qx + <c, x> + constant, Q stored dense or compressed, its gradient kept:
//
//   moving block b by t d:  f += t <g_b, d> + t^2/2 d'Q_bb d,   g += t Q_:b d
#include <cmath>

#include "solvers/coordinate/bcd_linear.hpp"

namespace fenchel {
namespace {

class QuadraticModel final : public BcdModel {
 public:
  // `memory` holds Q where it is ours.
  QuadraticModel(const StoredMatrix& Q, Buffer<double> memory, Buffer<double> c, double constant)
      : Q_(Q, true), memory_(std::move(memory)), c_(std::move(c)), constant_(constant), n_(Q.cols) {
    for (Buffer<double>* buffer : {&x_, &g_, &diagonal_, &sums_, &spread_, &d_}) buffer->resize(n_);
    for (index j = 0; j < n_; ++j) {
      double own = 0, sum = 0;
      Q_.visit(j, [&](index i, double q) {
        if (i == j) own += q;
        sum += std::abs(q);
      });
      diagonal_[j] = own;
      sums_[j] = sum;
      spread_[j] = 0;
    }
  }
  index size() const override { return n_; }
  bool quadratic() const override { return true; }
  bool bounded() const override { return true; }
  bool maintained() const override { return true; }
  const BcdColumns* coupling() const override { return Q_.sparse() ? &Q_ : nullptr; }
  const double* diagonal() const override { return diagonal_.data(); }
  const double* row_sums() const override { return sums_.data(); }
  const double* x() const override { return x_.data(); }
  index copied_bytes() const override { return Q_.copied_bytes(); }
  double value() override { return f_; }
  const double* gradient() override { return g_.data(); }

  void start(const double* x) override {
    ++gradients;
    for (index j = 0; j < n_; ++j) {
      x_[j] = x[j];
      g_[j] = 0;
    }
    for (index j = 0; j < n_; ++j)
      if (x_[j] != 0) Q_.add(j, x_[j], g_.data());
    double sum = 0;
    for (index j = 0; j < n_; ++j) {
      sum += x_[j] * (0.5 * g_[j] + c_[j]);
      g_[j] += c_[j];
    }
    f_ = sum + constant_;
  }
  void gradient(const Block& block, double* out) override {
    for (index i = 0; i < block.size; ++i) out[i] = g_[block.members[i]];
  }
  void bound(const Block& block, double* out) override {
    const index k = block.size;
    if (!Q_.sparse()) {
      for (index i = 0; i < k; ++i)
        for (index j = 0; j < k; ++j) out[i * k + j] = Q_.at(block.members[i], block.members[j]);
      return;
    }
    for (index j = 0; j < k; ++j) {
      Q_.visit(block.members[j], [&](index i, double q) { spread_[i] += q; });
      for (index i = 0; i < k; ++i) out[i * k + j] = spread_[block.members[i]];
      Q_.visit(block.members[j], [&](index i, double) { spread_[i] = 0; });
    }
  }
  void hessian(const Block& block, double* out) override { bound(block, out); }
  void bound_product(const Block& block, const double* d, double* out) override {
    for (index j = 0; j < n_; ++j) out[j] = 0;
    for (index j = 0; j < block.size; ++j) Q_.add(block.members[j], d[j], out);
  }
  void aim(const Block& block, const double* d) override {
    block_ = block;
    slope_ = curve_ = 0;
    for (index j = 0; j < block.size; ++j) {
      d_[j] = d[j];
      slope_ += g_[block.members[j]] * d[j];
    }
    if (Q_.sparse()) {
      for (index j = 0; j < block.size; ++j) spread_[block.members[j]] = d[j];
      for (index j = 0; j < block.size; ++j) {
        if (d[j] == 0) continue;
        double sum = 0;
        Q_.visit(block.members[j], [&](index i, double q) { sum += q * spread_[i]; });
        curve_ += d[j] * sum;
      }
      for (index j = 0; j < block.size; ++j) spread_[block.members[j]] = 0;
      return;
    }
    for (index j = 0; j < block.size; ++j)
      for (index i = 0; i < block.size; ++i) curve_ += d[j] * d[i] * Q_.at(block.members[i], block.members[j]);
  }
  double slope() const override { return slope_; }
  double change(double t) override { return t * (slope_ + 0.5 * t * curve_); }
  void take(double t, const BcdSimple& g) override {
    f_ += change(t);
    for (index j = 0; j < block_.size; ++j) {
      const double move = t * d_[j];
      if (move == 0) continue;
      double& x = x_[block_.members[j]];
      x = g.land(block_.members[j], x + move);
      Q_.add(block_.members[j], move, g_.data());
    }
  }

 private:
  BcdColumns Q_;
  Buffer<double> memory_, c_;
  double constant_;
  index n_;
  Buffer<double> x_, g_, diagonal_, sums_, spread_, d_;
  double f_ = 0, slope_ = 0, curve_ = 0;
  Block block_;
};

}  // namespace

std::unique_ptr<BcdModel> make_quadratic_bcd_model(const Smooth& f) {
  const index n = f.size();
  Buffer<double> c(n);
  for (index j = 0; j < n; ++j) c[j] = f.linear() == nullptr ? 0.0 : f.linear()[j];
  return std::make_unique<QuadraticModel>(*f.hessian(), Buffer<double>(), std::move(c), 0.0);
}

std::unique_ptr<BcdModel> make_gram_bcd_model(Buffer<double> Q, Buffer<double> c, double constant) {
  const index n = c.size();
  const StoredMatrix matrix{.rows = n, .cols = n, .values = Q.data(), .row_stride = 1, .col_stride = n, .nnz = n * n};
  return std::make_unique<QuadraticModel>(matrix, std::move(Q), std::move(c), constant);
}

}  // namespace fenchel
