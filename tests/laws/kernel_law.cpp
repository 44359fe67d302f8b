// kernel_law.cpp -- kernel ridge over the C interface: solutions, pull-backs and risks against their definitions by
// elimination, one dtype like the other; the linear kernel against the ridge that it is; what is found is what is said.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "solution_case.hpp"

namespace law {
namespace {

constexpr std::size_t kN = 9, kM = 5, kD = 2;

// (K + lam I)^{-1} b by Gauss-Jordan elimination. K by rows.
Vector solved(const Vector& K, double lam, const Vector& b) {
  const std::size_t n = b.size();
  Vector m = K, x = b;
  for (std::size_t i = 0; i < n; ++i) m[i * n + i] += lam;
  for (std::size_t c = 0; c < n; ++c)
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const double factor = m[r * n + c] / m[c * n + c];
      for (std::size_t e = 0; e < n; ++e) m[r * n + e] -= factor * m[c * n + e];
      x[r] -= factor * x[c];
    }
  for (std::size_t i = 0; i < n; ++i) x[i] /= m[i * n + i];
  return x;
}

// The numbers as an array of this dtype holds them.
Vector rounded(int32_t dtype, Vector values) {
  if (dtype == FEN_F32)
    for (double& v : values) v = static_cast<double>(static_cast<float>(v));
  return values;
}

// Kernel of rows of A against rows of B by its definition; "gram" has no definition but its numbers.
Vector gram(const std::string& kernel, double gamma, const Vector& A, const Vector& B) {
  Vector out;
  for (std::size_t i = 0; i < A.size() / kD; ++i)
    for (std::size_t j = 0; j < B.size() / kD; ++j) {
      double product = 0, distance = 0;
      for (std::size_t k = 0; k < kD; ++k) {
        product += A[i * kD + k] * B[j * kD + k];
        distance += std::pow(A[i * kD + k] - B[j * kD + k], 2);
      }
      out.push_back(kernel == "linear" ? product : std::exp(-gamma * distance));
    }
  return out;
}

struct Case {
  int32_t dtype = FEN_F64;
  std::string kernel = "rbf";
  int32_t risk = FEN_RISK_GCV;
  Vector X, y, T, t;

  Case(int32_t type, std::string which, int32_t by)
      : dtype(type),
        kernel(std::move(which)),
        risk(by),
        X(rounded(type, noise(kN * kD, 1))),
        y(rounded(type, noise(kN, 2))),
        T(rounded(type, noise(kM * kD, 3))),
        t(rounded(type, noise(kM, 4))) {}
  bool held() const { return risk == FEN_RISK_HOLDOUT; }
  double gamma(const Vector& theta) const { return theta.size() > 1 ? theta[1] : 0.7; }
  Vector within(const Vector& theta) const { return rounded_gram(gram(kernel, gamma(theta), X, X)); }
  Vector between(const Vector& theta) const { return rounded_gram(gram(kernel, gamma(theta), T, X)); }
  // A Gram matrix is handed over as an array of the dtype; the other kernels are computed in double.
  Vector rounded_gram(Vector K) const { return kernel == "gram" ? rounded(dtype, std::move(K)) : K; }
  Vector theta() const { return kernel == "rbf" ? Vector{0.4, 0.9} : Vector{0.4}; }
};

constexpr double kSigma = 0.3;

struct Found {
  Vector theta, alpha;
  fen_tune_result result{};
};

fen_tune_options options_of(const Case& c) {
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.risk = c.risk;
  options.sigma = c.risk == FEN_RISK_SURE ? kSigma : 0;
  return options;
}

Found tune(const Case& c, const Vector& start, const fen_tune_options& options) {
  constexpr auto n = static_cast<int64_t>(kN), m = static_cast<int64_t>(kM), d = static_cast<int64_t>(kD);
  const bool given = c.kernel == "gram";
  const Array X = given ? Array(c.dtype, {n, n}, c.within(start)) : Array(c.dtype, {n, d}, c.X);
  const Array T = given ? Array(c.dtype, {m, n}, c.between(start)) : Array(c.dtype, {m, d}, c.T);
  const Array y(c.dtype, {n}, c.y), t(c.dtype, {m}, c.t);
  const Array theta(FEN_F64, {static_cast<int64_t>(start.size())}, start), alpha(c.dtype, {n});
  Found found;
  fen_tune_result_init(&found.result, sizeof found.result);
  fen_error err = fresh_error();
  check(fen_tune_kernel(c.kernel.c_str(), X.view(), y.view(), c.held() ? T.view() : nullptr,
                        c.held() ? t.view() : nullptr, theta.view(), alpha.view(), &options, nullptr, nullptr,
                        &found.result, &err),
        err);
  found.theta = theta.values();
  found.alpha = alpha.values();
  return found;
}

double criterion(const Case& c, const Vector& theta) {
  fen_tune_options options = options_of(c);
  options.max_iter = 1;
  return tune(c, theta, options).result.criterion;
}

// The risk by its definition: predictions, traces column by column, samples left out one by one.
double by_definition(const Case& c, const Vector& theta) {
  const Vector K = c.within(theta);
  const double lam = theta[0];
  double sum = 0;
  if (c.held()) {
    const Vector alpha = solved(K, lam, c.y), K_T = c.between(theta);
    for (std::size_t i = 0; i < kM; ++i) {
      const Vector row(K_T.begin() + static_cast<std::ptrdiff_t>(i * kN),
                       K_T.begin() + static_cast<std::ptrdiff_t>((i + 1) * kN));
      sum += std::pow(dot(row, alpha) - c.t[i], 2) / static_cast<double>(kM);
    }
    return sum;
  }
  double degrees = 0, squares = 0;
  const Vector alpha = solved(K, lam, c.y);
  for (std::size_t i = 0; i < kN; ++i) {
    squares += std::pow(lam * alpha[i], 2);  // y - K alpha
    Vector unit(kN, 0.0);
    unit[i] = 1;
    degrees += 1 - lam * solved(K, lam, unit)[i];
    Vector others, targets, row;
    for (std::size_t a = 0; a < kN; ++a) {
      if (a == i) continue;
      targets.push_back(c.y[a]);
      row.push_back(K[i * kN + a]);
      for (std::size_t b = 0; b < kN; ++b)
        if (b != i) others.push_back(K[a * kN + b]);
    }
    sum += std::pow(c.y[i] - dot(row, solved(others, lam, targets)), 2) / static_cast<double>(kN);
  }
  const auto n = static_cast<double>(kN);
  if (c.risk == FEN_RISK_SURE) return squares + kSigma * kSigma * (2 * degrees - n);
  if (c.risk == FEN_RISK_GCV) return squares / n / std::pow(1 - degrees / n, 2);
  return sum;
}

void every_case(const std::function<void(const Case&)>& state) {
  for (const int32_t dtype : {FEN_F64, FEN_F32})
    for (const char* kernel : {"gram", "linear", "rbf"})
      for (const int32_t risk : {FEN_RISK_HOLDOUT, FEN_RISK_SURE, FEN_RISK_GCV, FEN_RISK_LEAVE_ONE_OUT}) {
        CAPTURE(dtype);
        CAPTURE(kernel);
        CAPTURE(risk);
        state({dtype, kernel, risk});
      }
}

struct Ridge {
  Vector alpha, y, K, lam;
};

Ridge kernel_ridge(int32_t dtype, const Vector& K, const Vector& y, double lam, const Vector& c) {
  const auto n = static_cast<int64_t>(y.size());
  const Array gram(dtype, {n, n}, K), targets(dtype, {n}, y), seed(dtype, {n}, c), alpha(dtype, {n}), by_y(dtype, {n}),
      by_K(dtype, {n, n}), by_lam(FEN_F64, {1});
  fen_error err = fresh_error();
  check(fen_kernel_ridge(gram.view(), targets.view(), lam, alpha.view(), seed.view(), by_y.view(), by_K.view(),
                         by_lam.view(), &err),
        err);
  return {alpha.values(), by_y.values(), by_K.values(), by_lam.values()};
}

}  // namespace

TEST_CASE("kernel ridge solves its equations, and its pull-back is u, - u alpha^T and - <u, alpha>, to the dtype") {
  for (const int32_t dtype : {FEN_F64, FEN_F32})
    for (const double lam : {1e-3, 0.5, 40.0}) {
      const Vector X = noise(kN * kD, 11), K = rounded(dtype, gram("rbf", 1.5, X, X)),
                   y = rounded(dtype, noise(kN, 12)), c = rounded(dtype, noise(kN, 13));
      const Ridge found = kernel_ridge(dtype, K, y, lam, c);
      const Vector alpha = solved(K, lam, y), u = solved(K, lam, c);
      // Solved in double whatever the dtype: an f32 answer is the double one, rounded once.
      const double eps = dtype == FEN_F32 ? 6e-8 : 1e-12 / std::min(lam, 1.0);
      const double size = std::sqrt(dot(alpha, alpha)), pulled = std::sqrt(dot(u, u));
      for (std::size_t i = 0; i < kN; ++i) {
        CHECK(std::abs(found.alpha[i] - alpha[i]) <= eps * size);
        CHECK(std::abs(found.y[i] - u[i]) <= eps * pulled);
        for (std::size_t j = 0; j < kN; ++j)
          CHECK(std::abs(found.K[i * kN + j] + u[i] * alpha[j]) <= 2 * eps * size * pulled);
      }
      CHECK(std::abs(found.lam[0] + dot(u, alpha)) <= 1e-12 / std::min(lam, 1.0) * size * pulled);
    }
}

TEST_CASE("the pull-back of kernel ridge is the derivative: <c, alpha> by y, lam and symmetric changes of K") {
  const Vector X = noise(kN * kD, 21), K = gram("rbf", 0.8, X, X), y = noise(kN, 22), c = noise(kN, 23);
  const Vector dy = noise(kN, 24), half = noise(kN * kN, 25);
  const double lam = 0.3, dlam = 0.7;
  const Ridge found = kernel_ridge(FEN_F64, K, y, lam, c);
  Vector dK(kN * kN);
  for (std::size_t i = 0; i < kN; ++i)
    for (std::size_t j = 0; j < kN; ++j) dK[i * kN + j] = half[i * kN + j] + half[j * kN + i];
  const auto along = [&](double s) {
    Vector K_s = K, y_s = y;
    for (std::size_t i = 0; i < K.size(); ++i) K_s[i] += s * dK[i];
    for (std::size_t i = 0; i < kN; ++i) y_s[i] += s * dy[i];
    return dot(c, kernel_ridge(FEN_F64, K_s, y_s, lam + s * dlam, c).alpha);
  };
  const double h = 1e-4, slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
  CHECK(dot(found.y, dy) + dot(found.K, dK) + found.lam[0] * dlam == doctest::Approx(slope).epsilon(1e-9));
}

TEST_CASE("risks of kernel ridges are their definitions, samples left out one by one, for every kernel and dtype") {
  every_case([](const Case& c) {
    const Vector theta = c.theta();
    CHECK(criterion(c, theta) == doctest::Approx(by_definition(c, theta)).epsilon(1e-10));
  });
}

TEST_CASE("the derivative that tuning reports is that of the criterion by the logarithms of its values") {
  every_case([](const Case& c) {
    const Vector theta = c.theta();
    fen_tune_options options = options_of(c);
    options.max_iter = 1;
    double squares = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) {
      const auto at = [&](double s) {
        Vector moved = theta;
        moved[i] *= std::exp(s);
        if (c.kernel != "gram") return criterion(c, moved);
        return by_definition(c, moved);
      };
      const double h = 1e-3;
      squares += std::pow((8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h), 2);
    }
    CHECK(tune(c, theta, options).result.derivative == doctest::Approx(std::sqrt(squares)).epsilon(1e-7));
  });
}

TEST_CASE("what tuning finds is no worse than its start and any point of a grid near it; alpha belongs to it") {
  every_case([](const Case& c) {
    fen_tune_options options = options_of(c);
    options.reach = 100;
    const Found found = tune(c, c.theta(), options);
    CHECK(found.result.criterion <= found.result.first_criterion);
    CHECK(found.result.unknowns == static_cast<int64_t>(kN));
    const Vector alpha = solved(c.within(found.theta), found.theta[0], c.y);
    const double eps = (c.dtype == FEN_F32 ? 2e-7 : 1e-10) * std::sqrt(dot(alpha, alpha));
    for (std::size_t i = 0; i < kN; ++i) CHECK(std::abs(found.alpha[i] - alpha[i]) <= eps);
    CHECK(found.result.criterion == doctest::Approx(by_definition(c, found.theta)).epsilon(1e-9));
    for (int k = -4; k <= 4; ++k)
      for (std::size_t i = 0; i < found.theta.size(); ++i) {
        Vector other = found.theta;
        other[i] = std::clamp(other[i] * std::exp(0.05 * k), c.theta()[i] / 100, c.theta()[i] * 100);
        CHECK(found.result.criterion <= by_definition(c, other) * (1 + 1e-4) + 1e-12);
      }
  });
}

TEST_CASE("a linear kernel is the ridge of fen_tune: the same risks, and x = X^T alpha") {
  for (const int32_t risk : {FEN_RISK_SURE, FEN_RISK_GCV, FEN_RISK_LEAVE_ONE_OUT}) {
    const Case c(FEN_F64, "linear", risk);
    SolutionCase ridge = SolutionCase::seeded(static_cast<int64_t>(kN), static_cast<int64_t>(kD), 1);
    ridge.A = c.X;
    ridge.f_vectors["y"] = c.y;
    ridge.penalty = "";
    const auto live = ridge.make();
    const fen_term* f[] = {live->f.get()};
    const char* const tuned[] = {"lam"};
    fen_tune_options options = options_of(c);
    options.max_iter = 1;
    const Array theta(FEN_F64, {1}, c.theta()), x(FEN_F64, {1, static_cast<int64_t>(kD)});
    fen_tune_result result;
    fen_tune_result_init(&result, sizeof result);
    fen_error err = fresh_error();
    check(fen_tune(FEN_F64, 1, f, nullptr, "squared_l2", nullptr, 0, tuned, 1, theta.view(), x.view(), &options,
                   nullptr, nullptr, &result, &err),
          err);
    const Found found = tune(c, c.theta(), options);
    CHECK(found.result.criterion == doctest::Approx(result.criterion).epsilon(1e-11));
    CHECK(found.result.derivative == doctest::Approx(result.derivative).epsilon(1e-8));
    for (std::size_t j = 0; j < kD; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < kN; ++i) sum += c.X[i * kD + j] * found.alpha[i];
      CHECK(sum == doctest::Approx(x[j]).epsilon(1e-9));
    }
  }
}

}  // namespace law
