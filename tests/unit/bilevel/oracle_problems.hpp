// oracle_problems.hpp -- four bilevel problems with known or easily differenced hypergradients: a quadratic, logistic
// regression, the elastic net, least squares with a square matrix.
#pragma once
#include "bilevel/oracle_table.hpp"

namespace oracle_problems {

// h = x'Ax/2 + x'Ct + a'x, f = ||x - b||^2 / 2 + w ||t||^2 / 2: x* = - A^{-1} (Ct + a). The spectrum of A is `low` to
// `high`, in equal ratios.
class Quadratic : public Problem {
 public:
  Quadratic(index n_, index m_, double low, double high, std::uint64_t seed = 1)
      : Problem(n_, m_, kHvp | kCrossT | kCross | kConstants), A(n_, n_), C(0, 0), low_(low), high_(high) {
    Normal random(seed);
    Vector v = random.vector(n_);  // a reflection I - 2 vv' / v'v makes the eigenvectors
    const double square = fenchel::dot(v, v);
    const auto reflect = [&](index i, index j) { return (i == j ? 1.0 : 0.0) - 2 * v[at(i)] * v[at(j)] / square; };
    for (index k = 0; k < n_; ++k) {
      const double eigenvalue =
          n_ == 1 ? low : low * std::pow(high / low, static_cast<double>(k) / static_cast<double>(n_ - 1));
      for (index i = 0; i < n_; ++i)
        for (index j = 0; j < n_; ++j) A(i, j) += eigenvalue * reflect(i, k) * reflect(j, k);
    }
    C = Matrix(n_, m_, random);
    a = random.vector(n_);
    b = random.vector(n_);
  }
  double lower(const double* x, const double* t, double* dx, double* dt) override {
    const Vector ax = A.times(x), ct = C.times(t), xc = C.transposed(x);
    for (index j = 0; dx != nullptr && j < n; ++j) dx[j] = ax[at(j)] + ct[at(j)] + a[at(j)];
    if (dt != nullptr) fenchel::copy(xc.data(), m, dt);
    return 0.5 * fenchel::dot(ax.data(), x, n) + fenchel::dot(ct.data(), x, n) + fenchel::dot(a.data(), x, n);
  }
  double upper(const double* x, const double* t, double* dx, double* dt) override {
    double value = 0;
    for (index j = 0; j < n; ++j) value += 0.5 * (x[j] - b[at(j)]) * (x[j] - b[at(j)]);
    for (index j = 0; dx != nullptr && j < n; ++j) dx[j] = x[j] - b[at(j)];
    for (index i = 0; i < m; ++i) value += 0.5 * w * t[i] * t[i];
    for (index i = 0; dt != nullptr && i < m; ++i) dt[i] = w * t[i];
    return value;
  }
  Vector hvp(const double*, const double*, const double* v) override { return A.times(v); }
  Vector cross_t(const double*, const double*, const double* v) override { return C.transposed(v); }
  Vector cross(const double*, const double*, const double* v) override { return C.times(v); }
  void precondition(const double*, const double*, const double* r, double* out) override {
    for (index j = 0; j < n; ++j) out[j] = r[j] / A(j, j);
  }
  BilevelConstants constants(const double*) override {
    return {low_, high_, 0, std::sqrt(fenchel::dot(C.values, C.values)), 0, 1};
  }
  Vector solution(const Vector& t) const {
    Vector right = C.times(t.data());
    for (index j = 0; j < n; ++j) right[at(j)] = -right[at(j)] - a[at(j)];
    return solve(A, right);
  }
  Vector gradient(const Vector& t) const {
    Vector q = solution(t);
    for (index j = 0; j < n; ++j) q[at(j)] -= b[at(j)];
    Vector z = C.transposed(solve(A, q).data());
    for (index i = 0; i < m; ++i) z[at(i)] = w * t[at(i)] - z[at(i)];
    return z;
  }

  Matrix A, C;
  Vector a, b;
  double w = 0.1;

 private:
  double low_, high_;
};

// h = sum_i log(1 + exp(-y_i a_i'x)) + sum_j e^{t_j} x_j^2 / 2, f = the loss on other rows. One t for all, or one each.
class Logistic : public Problem {
 public:
  Logistic(index rows, index n_, index m_, std::uint64_t seed = 2) : Problem(n_, m_, kHvp | kCrossT | kCross) {
    Normal random(seed);
    const Vector truth = random.vector(n_, 2 / std::sqrt(static_cast<double>(n_)));
    for (Matrix* data : {&train, &valid}) {
      *data = Matrix(rows, n_, random);
      for (index i = 0; i < rows; ++i) {
        const double score = fenchel::dot(data->values.data() + i * n_, truth.data(), n_) + 0.7 * random();
        for (index j = 0; score < 0 && j < n_; ++j) (*data)(i, j) = -(*data)(i, j);  // the label is in the row's sign
      }
    }
  }
  double weight(const double* t, index j) const { return std::exp(t[m == 1 ? 0 : j]); }
  static double loss(const Matrix& data, const double* x, double* dx) {
    const Vector score = data.times(x);
    double value = 0;
    Vector slope(score.size());
    for (std::size_t i = 0; i < score.size(); ++i) {
      const double s = score[i];
      value += s > 0 ? std::log1p(std::exp(-s)) : std::log1p(std::exp(s)) - s;
      slope[i] = -1 / (1 + std::exp(s));
    }
    if (dx != nullptr) fenchel::copy(data.transposed(slope.data()).data(), data.cols, dx);
    return value;
  }
  double lower(const double* x, const double* t, double* dx, double* dt) override {
    double value = loss(train, x, dx);
    if (dt != nullptr) fenchel::fill(dt, m, 0.0);
    for (index j = 0; j < n; ++j) {
      const double e = weight(t, j);
      value += 0.5 * e * x[j] * x[j];
      if (dx != nullptr) dx[j] += e * x[j];
      if (dt != nullptr) dt[m == 1 ? 0 : j] += 0.5 * e * x[j] * x[j];
    }
    return value;
  }
  double upper(const double* x, const double*, double* dx, double* dt) override {
    if (dt != nullptr) fenchel::fill(dt, m, 0.0);
    return loss(valid, x, dx);
  }
  Vector hvp(const double* x, const double* t, const double* v) override {
    const Vector score = train.times(x);
    Vector image = train.times(v);
    for (std::size_t i = 0; i < image.size(); ++i) {
      const double p = 1 / (1 + std::exp(score[i]));
      image[i] *= p * (1 - p);
    }
    Vector out = train.transposed(image.data());
    for (index j = 0; j < n; ++j) out[at(j)] += weight(t, j) * v[j];
    return out;
  }
  Vector cross_t(const double* x, const double* t, const double* v) override {
    Vector out(at(m));
    for (index j = 0; j < n; ++j) out[at(m == 1 ? 0 : j)] += weight(t, j) * x[j] * v[j];
    return out;
  }
  Vector cross(const double* x, const double* t, const double* v) override {
    Vector out(at(n));
    for (index j = 0; j < n; ++j) out[at(j)] = weight(t, j) * x[j] * v[m == 1 ? 0 : j];
    return out;
  }
  Matrix train, valid;
};

// h = ||Ax - b||^2 / 2 + e^{t_1} ||x||^2 / 2, g = e^{t_0} ||x||_1, f = ||Bx - d||^2 / 2: the elastic net; m = 1: Lasso.
class ElasticNet : public Problem {
 public:
  ElasticNet(index rows, index n_, index m_, std::uint64_t seed = 3)
      : Problem(n_, m_, kHvp | kCrossT | kCross | kProx) {
    Normal random(seed);
    A = Matrix(rows, n_, random, 1 / std::sqrt(static_cast<double>(rows)));
    B = Matrix(rows, n_, random, 1 / std::sqrt(static_cast<double>(rows)));
    Vector truth(at(n_));
    for (index j = 0; j < n_; j += 4) truth[at(j)] = j % 8 == 0 ? 2 : -1.5;
    b = A.times(truth.data());
    d = B.times(truth.data());
    for (double& v : b) v += 0.3 * random();
    for (double& v : d) v += 0.3 * random();
  }
  double ridge(const double* t) const { return m > 1 ? std::exp(t[1]) : 0; }
  double lower(const double* x, const double* t, double* dx, double* dt) override {
    const double e = ridge(t), square = fenchel::dot(x, x, n);
    const double value = squares(A, b, x, dx);
    if (dx != nullptr) fenchel::axpy(e, x, n, dx);
    if (dt != nullptr) dt[0] = 0;
    if (dt != nullptr && m > 1) dt[1] = 0.5 * e * square;
    return value + 0.5 * e * square;
  }
  double upper(const double* x, const double*, double* dx, double* dt) override {
    if (dt != nullptr) fenchel::fill(dt, m, 0.0);
    return squares(B, d, x, dx);
  }
  Vector hvp(const double*, const double* t, const double* v) override {
    Vector out = A.transposed(A.times(v).data());
    fenchel::axpy(ridge(t), v, n, out.data());
    return out;
  }
  Vector cross_t(const double* x, const double* t, const double* v) override {
    Vector out(at(m));
    if (m > 1) out[1] = ridge(t) * fenchel::dot(x, v, n);
    return out;
  }
  Vector cross(const double* x, const double* t, const double* v) override {
    Vector out(at(n));
    if (m > 1) fenchel::axpy(ridge(t) * v[1], x, n, out.data());
    return out;
  }
  void prox(const double* v, const double* t, double step, double* out) override {
    const double cut = step * std::exp(t[0]);
    for (index j = 0; j < n; ++j) out[j] = v[j] > cut ? v[j] - cut : v[j] < -cut ? v[j] + cut : 0;
  }
  void prox_vjp(const double* v, const double* t, double step, const double* c, double* dv, double* dt) override {
    const double cut = step * std::exp(t[0]);
    double sum = 0;
    for (index j = 0; j < n; ++j) {
      const bool active = std::abs(v[j]) > cut;
      if (active) sum -= cut * (v[j] > 0 ? c[j] : -c[j]);
      if (dv != nullptr) dv[j] = active ? c[j] : 0;
    }
    if (dt != nullptr) fenchel::fill(dt, m, 0.0);
    if (dt != nullptr) dt[0] = sum;
  }

  Matrix A, B;
  Vector b, d;

 private:
  static double squares(const Matrix& M, const Vector& y, const double* x, double* dx) {
    Vector r = M.times(x);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] -= y[i];
    if (dx != nullptr) fenchel::copy(M.transposed(r.data()).data(), M.cols, dx);
    return 0.5 * fenchel::dot(r, r);
  }
};

// h = ||A2 x + A3 t - b2||^2 / 2, f = ||A1 x - b1||^2 / 2 (Salehi et al. 2024, 4.1). A2 is square with singular values
// 1 to `condition`.
class LeastSquares : public Problem {
 public:
  LeastSquares(index n_, index m_, double condition, std::uint64_t seed, double scale = 1)
      : Problem(n_, m_, kHvp | kCrossT | kCross | kConstants), spread(n_, 1, 1, condition, seed) {
    Normal random(seed + 100);
    A1 = Matrix(n_, n_, random, 1 / std::sqrt(static_cast<double>(n_)));
    A3 = Matrix(n_, m_, random, scale);
    const Vector x = random.vector(n_), t = random.vector(m_);
    b1 = A1.times(x.data());
    b2 = A2().times(x.data());
    fenchel::axpy(1.0, A3.times(t.data()), b2);
    for (double& v : b1) v += 0.01 * random();
    for (double& v : b2) v += 0.01 * random();
    condition_ = condition;
    upper_lipschitz_ = top(gram(A1));
    cross_norm_ = std::sqrt(top(gram(J())));
  }
  const Matrix& A2() const { return spread.A; }
  Matrix J() const {  // A2' A3
    Matrix out(n, m);
    for (index i = 0; i < n; ++i)
      for (index j = 0; j < n; ++j)
        for (index k = 0; k < m; ++k) out(j, k) += A2()(i, j) * A3(i, k);
    return out;
  }
  double lower(const double* x, const double* t, double* dx, double* dt) override {
    Vector r = A2().times(x);
    fenchel::axpy(1.0, A3.times(t), r);
    fenchel::axpy(-1.0, b2, r);
    if (dx != nullptr) fenchel::copy(A2().transposed(r.data()).data(), n, dx);
    if (dt != nullptr) fenchel::copy(A3.transposed(r.data()).data(), m, dt);
    return 0.5 * fenchel::dot(r, r);
  }
  double upper(const double* x, const double*, double* dx, double* dt) override {
    Vector r = A1.times(x);
    fenchel::axpy(-1.0, b1, r);
    if (dx != nullptr) fenchel::copy(A1.transposed(r.data()).data(), n, dx);
    if (dt != nullptr) fenchel::fill(dt, m, 0.0);
    return 0.5 * fenchel::dot(r, r);
  }
  Vector hvp(const double*, const double*, const double* v) override { return A2().transposed(A2().times(v).data()); }
  Vector cross_t(const double*, const double*, const double* v) override { return A3.transposed(A2().times(v).data()); }
  Vector cross(const double*, const double*, const double* v) override { return A2().transposed(A3.times(v).data()); }
  BilevelConstants constants(const double*) override {
    return {1, condition_ * condition_, 0, cross_norm_, 0, upper_lipschitz_};
  }
  Vector solution(const Vector& t) const {
    Vector r = b2;
    fenchel::axpy(-1.0, A3.times(t.data()), r);
    return solve(A2(), r);
  }
  Vector gradient(const Vector& t) {
    Vector slope(at(n));
    upper(solution(t).data(), t.data(), slope.data(), nullptr);
    Vector z = J().transposed(solve(gram(A2()), slope).data());
    for (double& v : z) v = -v;
    return z;
  }
  double value(const Vector& t) { return upper(solution(t).data(), t.data(), nullptr, nullptr); }
  // F is quadratic: one Newton step from 0.
  Vector optimum() const {
    Matrix S(n, m);  // dx/dt
    for (index k = 0; k < m; ++k) {
      Vector column(at(n));
      for (index i = 0; i < n; ++i) column[at(i)] = -A3(i, k);
      column = solve(A2(), column);
      for (index i = 0; i < n; ++i) S(i, k) = column[at(i)];
    }
    Matrix P(n, m);
    for (index i = 0; i < n; ++i)
      for (index j = 0; j < n; ++j)
        for (index k = 0; k < m; ++k) P(i, k) += A1(i, j) * S(j, k);
    Vector r = A1.times(solution(Vector(at(m))).data());
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = b1[i] - r[i];
    return solve(gram(P), P.transposed(r.data()));
  }

  Quadratic spread;  // its A is A2
  Matrix A1, A3;
  Vector b1, b2;

 private:
  static double top(const Matrix& a) {  // the largest eigenvalue, from above
    Vector v(at(a.rows), 1.0);
    double value = 0;
    for (int k = 0; k < 500; ++k) {
      v = a.times(v.data());
      value = fenchel::norm2(v);
      for (double& x : v) x /= value;
    }
    return value * 1.001;
  }
  double condition_ = 1, upper_lipschitz_ = 1, cross_norm_ = 1;
};

// dF/dt by central differences of lower solves at `accuracy`, from `x`.
inline Vector differences(Problem& problem, const Vector& t, const fenchel::BilevelSettings& settings, double h) {
  Vector out(t.size());
  for (std::size_t i = 0; i < t.size(); ++i) {
    double values[2] = {0, 0};
    for (const int side : {0, 1}) {
      Vector moved = t, x(at(problem.n)), z(t.size());
      moved[i] += side == 0 ? h : -h;
      values[side] = fenchel::hypergradient(problem.table(), settings, moved, x, z).value;
    }
    out[i] = (values[0] - values[1]) / (2 * h);
  }
  return out;
}

inline double distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

}  // namespace oracle_problems
