// risk_law.cpp -- tuning by risks that need no held-out data: against their definitions, closed forms, differences.
#include <doctest/doctest.h>

#include <cmath>

#include "solution_case.hpp"

namespace law {
namespace {

struct Found {
  int32_t status = FEN_OK;
  std::string message;
  Vector theta, x;
  fen_tune_result result{};
};

fen_tune_options by(int32_t risk, double sigma = 0) {
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.risk = risk;
  options.sigma = sigma;
  options.inner_tol = 1e-13;
  return options;
}

Found tune(SolutionCase data, const std::string& penalty, const Numbers& fixed, const std::vector<const char*>& tuned,
           const Vector& start, const fen_tune_options& options) {
  data.penalty = "";
  const auto live = data.make();
  const fen_term* f[] = {live->f.get()};
  std::vector<fen_param> params;
  for (const auto& [name, value] : fixed) params.push_back({name.c_str(), value, nullptr, nullptr});
  const int64_t solutions = options.risk == FEN_RISK_CROSS_VALIDATION ? options.cv : 1;
  const Array theta(FEN_F64, {static_cast<int64_t>(start.size())}, start), x(data.dtype, {solutions, data.size()});
  Found found;
  fen_tune_result_init(&found.result, sizeof found.result);
  fen_error err = fresh_error();
  found.status = fen_tune(data.dtype, 1, f, nullptr, penalty.c_str(), params.data(),
                          static_cast<int32_t>(params.size()), tuned.data(), static_cast<int32_t>(tuned.size()),
                          theta.view(), x.view(), &options, nullptr, nullptr, &found.result, &err);
  if (found.status != FEN_OK) found.message = err.message;
  found.theta = theta.values();
  found.x = x.values();
  return found;
}

Found at(const SolutionCase& data, const std::string& penalty, const Numbers& fixed,
         const std::vector<const char*>& tuned, const Vector& theta, fen_tune_options options) {
  options.max_iter = 1;
  Found found = tune(data, penalty, fixed, tuned, theta, options);
  REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
  return found;
}

// The solution of a ridge by elimination: the normal equations with targets y, weights s and weights d of squares.
Vector ridge(const SolutionCase& data, const Vector& y, const Vector& s, const Vector& d) {
  const auto n = static_cast<std::size_t>(data.rows), p = static_cast<std::size_t>(data.cols);
  const std::size_t k = static_cast<std::size_t>(data.size());
  const auto a = [&](std::size_t i, std::size_t j) { return j < p ? data.A[i * p + j] : 1.0; };
  std::vector<Vector> m(k, Vector(k + 1, 0.0));
  for (std::size_t r = 0; r < k; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t c = 0; c < k; ++c) m[r][c] += s[i] * a(i, r) * a(i, c);
      m[r][k] += s[i] * a(i, r) * y[i];
    }
    if (r < p) m[r][r] += d[r];
  }
  for (std::size_t c = 0; c < k; ++c)
    for (std::size_t r = 0; r < k; ++r) {
      if (r == c) continue;
      const double factor = m[r][c] / m[c][c];
      for (std::size_t e = c; e <= k; ++e) m[r][e] -= factor * m[c][e];
    }
  Vector x(k);
  for (std::size_t c = 0; c < k; ++c) x[c] = m[c][k] / m[c][c];
  return x;
}
double predicted(const SolutionCase& data, std::size_t i, const Vector& x) {
  const auto p = static_cast<std::size_t>(data.cols);
  double z = x.size() > p ? x[p] : 0.0;
  for (std::size_t j = 0; j < p; ++j) z += data.A[i * p + j] * x[j];
  return z;
}

// The risks by their definitions: traces column by column, samples left out one by one.
double by_definition(int32_t risk, double sigma, const SolutionCase& data, const Vector& s, const Vector& d) {
  const auto n = static_cast<std::size_t>(data.rows);
  const Vector y = data.parameter("f.y");
  const Vector x = ridge(data, y, s, d);
  double squares = 0, degrees = 0, left_out = 0, mean = 0;
  for (const double w : s) mean += w / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    squares += s[i] / mean * std::pow(y[i] - predicted(data, i, x), 2);
    Vector unit(n, 0.0), without = s;
    unit[i] = 1;
    degrees += predicted(data, i, ridge(data, unit, s, d));
    without[i] = 0;
    left_out += s[i] / mean * std::pow(y[i] - predicted(data, i, ridge(data, y, without, d)), 2);
  }
  const auto samples = static_cast<double>(n);
  if (risk == FEN_RISK_SURE) return squares + sigma * sigma * (2 * degrees - samples);
  if (risk == FEN_RISK_GCV) return squares / samples / std::pow(1 - degrees / samples, 2);
  return left_out / samples;
}

SolutionCase seeded(int64_t rows, int64_t cols, bool intercept, std::uint64_t seed) {
  SolutionCase out = SolutionCase::seeded(rows, cols, seed);
  out.f_vectors["weights"] = noise(static_cast<std::size_t>(rows), seed + 2);
  for (double& s : out.f_vectors["weights"]) s = 1.5 + s;
  if (intercept) out.f_numbers["intercept"] = 1;
  return out;
}

}  // namespace

TEST_CASE("sure, gcv and leave_one_out of ridges are their definitions to 1e-10, wide or tall, derivatives too") {
  for (const bool wide : {false, true})
    for (const bool intercept : {false, true})
      for (const int32_t risk : {FEN_RISK_SURE, FEN_RISK_GCV, FEN_RISK_LEAVE_ONE_OUT}) {
        CAPTURE(wide);
        CAPTURE(intercept);
        CAPTURE(risk);
        const SolutionCase data = seeded(wide ? 7 : 12, wide ? 11 : 5, intercept, 3);
        const Vector s = data.parameter("f.weights");
        const fen_tune_options options = by(risk, 0.4);
        const auto p = static_cast<std::size_t>(data.cols);
        Vector start = noise(p, 9);
        for (double& w : start) w = 1.3 + w;
        start.insert(start.begin(), 0.6);
        const auto value = [&](const Vector& theta) {
          Vector d(theta.begin() + 1, theta.end());
          for (double& w : d) w *= theta[0];
          return by_definition(risk, 0.4, data, s, d);
        };
        const Found found = at(data, "squared_l2", {}, {"lam", "weights"}, start, options);
        CHECK(found.result.criterion == doctest::Approx(value(start)).epsilon(1e-10));
        double squares = 0;
        for (std::size_t i = 0; i < start.size(); ++i) {
          Vector up = start, down = start;
          up[i] *= std::exp(1e-4);
          down[i] *= std::exp(-1e-4);
          squares += std::pow((value(up) - value(down)) / 2e-4, 2);
        }
        CHECK(found.result.derivative == doctest::Approx(std::sqrt(squares)).epsilon(1e-6));
        Vector d(start.begin() + 1, start.end());
        for (double& w : d) w *= start[0];
        const Vector x = ridge(data, data.parameter("f.y"), s, d);
        for (std::size_t j = 0; j < x.size(); ++j) CHECK(found.x[j] == doctest::Approx(x[j]).epsilon(1e-10));
      }
}

TEST_CASE("closed forms are minimised: no grid finds less; float data and mean give the same") {
  for (const int32_t risk : {FEN_RISK_SURE, FEN_RISK_GCV, FEN_RISK_LEAVE_ONE_OUT}) {
    CAPTURE(risk);
    SolutionCase data = seeded(20, 6, true, 5);
    const Vector s = data.parameter("f.weights");
    const Found found = tune(data, "squared_l2", {}, {"lam"}, {1.0}, by(risk, 0.3));
    REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
    CHECK(found.result.iterations < 40);
    CHECK((found.result.degrees > 1 && found.result.degrees < 7));
    const double slack = 1e-4 * std::abs(found.result.criterion);
    for (int i = -30; i <= 30; ++i)
      CHECK(found.result.criterion <=
            by_definition(risk, 0.3, data, s, Vector(6, found.theta[0] * std::exp(0.2 * i))) + slack);
    data.dtype = FEN_F32;
    const Found narrow = tune(data, "squared_l2", {}, {"lam"}, {1.0}, by(risk, 0.3));
    CHECK(narrow.result.criterion == doctest::Approx(found.result.criterion).epsilon(1e-4));
    data.dtype = FEN_F64;
    data.f_numbers["mean"] = 1;
    double sum = 0;
    for (const double w : s) sum += w;
    const Found scaled = tune(data, "squared_l2", {}, {"lam"}, {1.0 / sum}, by(risk, 0.3));
    CHECK(scaled.result.criterion == doctest::Approx(found.result.criterion).epsilon(1e-9));
  }
}

TEST_CASE("samples of weight 0 are as if they were not there") {
  SolutionCase data = seeded(12, 5, true, 7);
  for (std::size_t i = 9; i < 12; ++i) data.f_vectors["weights"][i] = 0;
  SolutionCase fewer = data;
  fewer.rows = 9;
  fewer.A.resize(45);
  fewer.f_vectors["y"].resize(9);
  fewer.f_vectors["weights"].resize(9);
  for (const int32_t risk : {FEN_RISK_SURE, FEN_RISK_GCV, FEN_RISK_LEAVE_ONE_OUT}) {
    const Found one = at(data, "squared_l2", {}, {"lam"}, {0.5}, by(risk, 0.3));
    const Found other = at(fewer, "squared_l2", {}, {"lam"}, {0.5}, by(risk, 0.3));
    CHECK(one.result.criterion == doctest::Approx(other.result.criterion).epsilon(1e-12));
    CHECK(one.result.degrees == doctest::Approx(other.result.degrees).epsilon(1e-12));
  }
}

TEST_CASE("sure_monte_carlo: right on average over seeds, derivative that of differences, any penalty") {
  const SolutionCase data = seeded(30, 8, false, 11);
  const Vector s = data.parameter("f.weights");
  double mean = 0, degrees = 0;
  const int seeds = 400;
  for (int seed = 0; seed < seeds; ++seed) {
    fen_tune_options options = by(FEN_RISK_SURE_MONTE_CARLO, 0.4);
    options.seed = seed;
    const Found found = at(data, "squared_l2", {}, {"lam"}, {2.0}, options);
    mean += found.result.criterion / seeds;
    degrees += found.result.degrees / seeds;
  }
  const Found exact = at(data, "squared_l2", {}, {"lam"}, {2.0}, by(FEN_RISK_SURE, 0.4));
  CHECK(degrees == doctest::Approx(exact.result.degrees).epsilon(0.05));
  CHECK(std::abs(mean - exact.result.criterion) < 2 * 0.16 * 0.05 * exact.result.degrees);

  for (const char* penalty : {"l1", "elastic_net", "group_l2"}) {
    CAPTURE(std::string(penalty));
    const Numbers fixed = std::string(penalty) == "elastic_net" ? Numbers{{"l2", 0.3}}
                          : std::string(penalty) == "group_l2"  ? Numbers{{"size", 2}}
                                                                : Numbers{};
    const char* name = std::string(penalty) == "elastic_net" ? "l1" : "lam";
    const auto value = [&](double lam) {
      return at(data, penalty, fixed, {name}, {lam}, by(FEN_RISK_SURE_MONTE_CARLO, 0.4)).result;
    };
    const double slope = (value(0.7 * std::exp(1e-5)).criterion - value(0.7 * std::exp(-1e-5)).criterion) / 2e-5;
    CHECK(value(0.7).derivative == doctest::Approx(std::abs(slope)).epsilon(1e-6));
    const Found found = tune(data, penalty, fixed, {name}, {0.7}, by(FEN_RISK_SURE_MONTE_CARLO, 0.4));
    CHECK(found.result.criterion <= found.result.first_criterion);
    CHECK(found.result.solves == 2 * found.result.iterations);
    CHECK(found.result.degrees <= 9);
  }
}

TEST_CASE(
    "cross_validation deals out samples: mean held-out loss of its own solutions, seeded, weights of samples too") {
  SolutionCase data = seeded(30, 6, true, 13);
  fen_tune_options options = by(FEN_RISK_CROSS_VALIDATION);
  options.cv = 4;
  const Found found = tune(data, "l1", {}, {"lam"}, {1.0}, options);
  REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
  CHECK(found.result.solves == 4 * found.result.iterations);
  CHECK(std::isnan(found.result.degrees));
  // Which sample is in which fold is not told, but the criterion cannot beat each sample's best solution, and its value
  // with all weight on the penalty is known: x = 0 but for the intercept.
  options.seed = 3;
  const Found other = tune(data, "l1", {}, {"lam"}, {1.0}, options);
  CHECK(other.result.first_criterion != found.result.first_criterion);
  CHECK(other.result.first_criterion == doctest::Approx(found.result.first_criterion).epsilon(0.3));
  Vector start(31, 0.5);
  start[0] = 1.0;
  options.max_iter = 15;
  const Found cleaned = tune(data, "squared_l2", {}, {"lam", "f.weights"}, start, options);
  REQUIRE_MESSAGE(cleaned.status == FEN_OK, cleaned.message);
  CHECK(cleaned.result.criterion < cleaned.result.first_criterion);
  // As many folds as samples: leaving out one at a time, in closed form.
  data.f_vectors.erase("weights");
  options = by(FEN_RISK_CROSS_VALIDATION);
  options.cv = 30;
  const Found each = at(data, "squared_l2", {}, {"lam"}, {0.8}, options);
  const Vector y = data.parameter("f.y");
  double sum = 0;  // a fold's training weights are scaled up to the whole weight, as is its lam in effect
  for (std::size_t i = 0; i < 30; ++i) {
    Vector s(30, 30.0 / 29.0);
    s[i] = 0;
    sum += 0.5 * std::pow(y[i] - predicted(data, i, ridge(data, y, s, Vector(6, 0.8))), 2) / 30;
  }
  CHECK(each.result.criterion == doctest::Approx(sum).epsilon(1e-9));
}

TEST_CASE("risks refuse what they cannot judge, and say what can") {
  SolutionCase data = seeded(12, 5, false, 17);
  CHECK(tune(data, "l1", {}, {"lam"}, {1.0}, by(FEN_RISK_GCV)).status == FEN_E_UNSUPPORTED);
  CHECK(tune(data, "squared_l2", {}, {"lam"}, {1.0}, by(FEN_RISK_SURE)).status == FEN_E_RANGE);
  CHECK(tune(data, "squared_l2", {}, {"lam"}, {1.0}, by(FEN_RISK_HOLDOUT)).status == FEN_E_NULL_ARGUMENT);
  CHECK(tune(data, "squared_l2", {{"lam", 1}}, {"f.weights"}, Vector(12, 0.5), by(FEN_RISK_GCV)).status ==
        FEN_E_UNSUPPORTED);
  fen_tune_options options = by(FEN_RISK_CROSS_VALIDATION);
  options.cv = 13;
  CHECK(tune(data, "squared_l2", {}, {"lam"}, {1.0}, options).status == FEN_E_RANGE);
  data.loss = "logistic";
  data.classes();
  const Found classes = tune(data, "squared_l2", {}, {"lam"}, {1.0}, by(FEN_RISK_LEAVE_ONE_OUT));
  CHECK(classes.status == FEN_E_UNSUPPORTED);
  CHECK(classes.message.find("least_squares") != std::string::npos);
  options = by(FEN_RISK_GCV);
  options.require_certified = 1;
  CHECK(tune(seeded(12, 5, false, 17), "squared_l2", {}, {"lam"}, {1.0}, options).status == FEN_E_UNCERTIFIED);
}

}  // namespace law
