// test_model.hpp -- the smallest terms that the coordinate engine's tests need, free of the catalogue.
#pragma once
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "prox/separable.hpp"
#include "smooth/smooth.hpp"

namespace fenchel::test {

class Squares final : public Loss {
 public:
  const char* name() const override { return "squares"; }
  void check_targets(const double*, index) const override {}
  double curvature() const override { return 1; }
  bool quadratic() const override { return true; }
  double value(index n, const double* z, const double* y, const double* s) const override {
    double sum = 0;
    for (index i = 0; i < n; ++i) sum += 0.5 * weight(s, i) * (z[i] - y[i]) * (z[i] - y[i]);
    return sum;
  }
  double slopes(index n, const double* z, const double* y, const double* s, double* u) const override {
    for (index i = 0; i < n; ++i) u[i] = weight(s, i) * (z[i] - y[i]);
    return value(n, z, y, s);
  }
  void curvatures(index n, const double*, const double*, const double* s, double* h) const override {
    for (index i = 0; i < n; ++i) h[i] = weight(s, i);
  }
  void curvature_product(index n, const double*, const double*, const double* s, const double* d,
                         double* out) const override {
    for (index i = 0; i < n; ++i) out[i] = weight(s, i) * d[i];
  }
  double dual(index n, const double* theta, const double* y, const double* s) const override {
    double sum = 0;
    for (index i = 0; i < n; ++i)
      if (weight(s, i) > 0) sum += theta[i] * y[i] - 0.5 * theta[i] * theta[i] / weight(s, i);
    return sum;
  }
  static double weight(const double* s, index i) { return s == nullptr ? 1.0 : s[i]; }
};

class Logistic final : public Loss {
 public:
  const char* name() const override { return "logistic"; }
  void check_targets(const double*, index) const override {}
  double curvature() const override { return 0.25; }
  double value(index n, const double* z, const double* y, const double* s) const override {
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      const double m = -y[i] * z[i];
      sum += Squares::weight(s, i) * (std::max(m, 0.0) + std::log1p(std::exp(-std::abs(m))));
    }
    return sum;
  }
  double slopes(index n, const double* z, const double* y, const double* s, double* u) const override {
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      const double m = -y[i] * z[i], e = std::exp(-std::abs(m));
      u[i] = -Squares::weight(s, i) * y[i] * (m > 0 ? 1 : e) / (1 + e);
      sum += Squares::weight(s, i) * (std::max(m, 0.0) + std::log1p(e));
    }
    return sum;
  }
  void curvatures(index n, const double* z, const double*, const double* s, double* h) const override {
    for (index i = 0; i < n; ++i) {
      const double e = std::exp(-std::abs(z[i]));
      h[i] = Squares::weight(s, i) * e / ((1 + e) * (1 + e));
    }
  }
  void curvature_product(index n, const double* z, const double* y, const double* s, const double* d,
                         double* out) const override {
    curvatures(n, z, y, s, out);
    for (index i = 0; i < n; ++i) out[i] *= d[i];
  }
  double dual(index n, const double* theta, const double* y, const double* s) const override {
    double sum = 0;
    for (index i = 0; i < n; ++i) {
      const double w = Squares::weight(s, i);
      if (!(w > 0)) continue;
      double v = theta[i] * y[i] / w;
      if (v < -1e-12 || v > 1 + 1e-12) return -kInf;
      v = std::clamp(v, 0.0, 1.0);
      sum -= w * ((v > 0 ? v * std::log(v) : 0) + (v < 1 ? (1 - v) * std::log1p(-v) : 0));
    }
    return sum;
  }
};

inline std::shared_ptr<const Loss> make_loss(bool logistic) {
  if (logistic) return std::make_shared<Logistic>();
  return std::make_shared<Squares>();
}

// A stored matrix and nothing else.
class StoredOperator final : public OperatorOf<StoredOperator> {
 public:
  explicit StoredOperator(const StoredMatrix& a) : stored_(a) {}
  static std::shared_ptr<const Operator> make(const StoredMatrix& a) { return std::make_shared<StoredOperator>(a); }
  index rows() const override { return stored_.rows; }
  index cols() const override { return stored_.cols; }
  const StoredMatrix* stored() const override { return &stored_; }
  template <class T>
  void apply_to(const T*, T*, Scratch) const {}
  template <class T>
  void adjoint_to(const T*, T*, Scratch) const {}

 private:
  StoredMatrix stored_;
};

class Model final : public SmoothOf<Model> {
 public:
  Model(std::shared_ptr<const Operator> A, std::shared_ptr<const Loss> loss, std::vector<double> y) {
    model.A = std::move(A);
    model.loss = std::move(loss);
    model.y = std::move(y);
  }
  unsigned caps() const override { return SMOOTH_CONVEX | SMOOTH_MODEL; }
  index size() const override { return model.size(); }
  const LinearModel* linear_model() const override { return &model; }
  template <class T>
  double gradient_of(const T*, T*, Scratch) const {
    return 0;
  }
  LinearModel model;
};

// g by its soft box alone.
class SoftBoxProx final : public SeparableProx<SoftBoxProx> {
 public:
  explicit SoftBoxProx(double l1, double l2 = 0, double lower = -kInf, double upper = kInf,
                       std::vector<double> weights = {})
      : weights_(std::move(weights)), box_{l1, l2, lower, upper} {
    if (!weights_.empty()) box_.weights = weights_.data();
  }
  unsigned caps() const override { return PROX_CONVEX | PROX_SEPARABLE; }
  const SoftBox* soft_box() const override { return &box_; }
  template <class T>
  T scalar_prox(index, T v, T) const {
    return v;
  }
  double scalar_value(index, double) const { return 0; }
  double scalar_distance(index, double, double) const { return 0; }

 private:
  std::vector<double> weights_;
  SoftBox box_;
};

}  // namespace fenchel::test
