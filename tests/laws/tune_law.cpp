// tune_law.cpp -- tuning against brute force: no finer grid finds a better criterion, and evaluations stay few.
#include <doctest/doctest.h>

#include <cmath>

#include "solution_case.hpp"

namespace law {
namespace {

// Training and validation sets of one linear truth, K folds of them.
struct Bench {
  int64_t rows, cols;
  int32_t dtype = FEN_F64;
  std::vector<SolutionCase> training, validation;

  Bench(int folds, const std::string& loss, std::uint64_t seed, int64_t samples = 40, int64_t features = 12)
      : rows(samples), cols(features) {
    const Vector truth = noise(static_cast<std::size_t>(cols), seed + 900);
    for (int k = 0; k < 2 * folds; ++k) {
      SolutionCase part = SolutionCase::seeded(rows, cols, seed + static_cast<std::uint64_t>(10 * k));
      const Vector error = noise(static_cast<std::size_t>(rows), seed + static_cast<std::uint64_t>(10 * k + 5));
      for (int64_t i = 0; i < rows; ++i) {
        double z = 0;
        for (int64_t j = 0; j < 4; ++j)
          z += part.A[static_cast<std::size_t>(i * cols + j)] * truth[static_cast<std::size_t>(j)];
        z += 1.5 * error[static_cast<std::size_t>(i)];
        part.f_vectors["y"][static_cast<std::size_t>(i)] = loss == "logistic" ? (z > 0 ? 1 : -1) : z;
      }
      part.loss = loss;
      (k % 2 == 0 ? training : validation).push_back(part);
    }
  }

  struct Found {
    int32_t status;
    std::string message;
    Vector theta;
    Vector x;
    fen_tune_result result;
  };
  Found tune(const std::string& penalty, const Numbers& fixed, const std::vector<const char*>& tuned,
             const Vector& start, const fen_tune_options* options = nullptr, fen_monitor_fn monitor = nullptr,
             void* user = nullptr) const {
    std::vector<std::unique_ptr<SolutionCase::Live>> live;
    std::vector<const fen_term*> f, criteria;
    for (std::size_t k = 0; k < training.size(); ++k)
      for (const SolutionCase* part : {&training[k], &validation[k]}) {
        SolutionCase plain = *part;
        plain.dtype = dtype;
        plain.penalty = "";
        live.push_back(plain.make());
        (part == &training[k] ? f : criteria).push_back(live.back()->f.get());
      }
    std::vector<fen_param> params;
    for (const auto& [name, value] : fixed) params.push_back({name.c_str(), value, nullptr, nullptr});
    Found found{};
    const auto folds = static_cast<int32_t>(f.size());
    const Array theta(FEN_F64, {static_cast<int64_t>(start.size())}, start);
    const Array x(dtype, {folds, cols});
    fen_tune_result_init(&found.result, sizeof found.result);
    fen_error err = fresh_error();
    found.status = fen_tune(dtype, folds, f.data(), criteria.data(), penalty.c_str(), params.data(),
                            static_cast<int32_t>(params.size()), tuned.data(), static_cast<int32_t>(tuned.size()),
                            theta.view(), x.view(), options, monitor, user, &found.result, &err);
    if (found.status != FEN_OK) found.message = err.message;
    found.theta = theta.values();
    found.x = x.values();
    return found;
  }

  // The criterion by definition: solve afresh, evaluate on the validation set.
  double criterion(const std::string& penalty, const Numbers& numbers, const Vectors& vectors = {},
                   const Vector& samples = {}) const {
    double sum = 0;
    for (std::size_t k = 0; k < training.size(); ++k) {
      SolutionCase lower = training[k];
      if (!samples.empty()) {
        Vector& own = lower.f_vectors["weights"];
        if (own.empty()) own.assign(samples.size(), 1.0);
        for (std::size_t i = 0; i < own.size(); ++i) own[i] *= samples[i];
      }
      lower.penalty = penalty;
      lower.g_numbers = numbers;
      lower.g_vectors = vectors;
      lower.tol = 1e-11;
      const Array x(FEN_F64, {cols}, lower.solve());
      SolutionCase upper = validation[k];
      upper.penalty = "";
      const auto live = upper.make();
      double value = 0;
      fen_error err = fresh_error();
      check(fen_smooth_gradient(live->f.get(), x.view(), &value, nullptr, &err), err);
      sum += value;
    }
    return sum / static_cast<double>(training.size());
  }
};

}  // namespace

TEST_CASE("one weight: as good as a fine grid around it, with at most 30 evaluations, 60 where solutions have kinks") {
  for (const char* loss : {"least_squares", "logistic"})
    for (const char* penalty : {"squared_l2", "l1"})
      for (const int folds : {1, 3}) {
        const Bench bench(folds, loss, 3);
        const Bench::Found found = bench.tune(penalty, {}, {"lam"}, {1.0});
        CAPTURE(std::string(loss));
        CAPTURE(std::string(penalty));
        CAPTURE(folds);
        REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
        CHECK(found.result.termination == FEN_CONVERGED);
        CHECK(found.result.iterations <= (std::string(penalty) == "l1" ? 60 : 30));
        CHECK(found.result.inner_failures == 0);
        CHECK(found.result.solves == found.result.iterations * folds);
        CHECK(found.result.criterion ==
              doctest::Approx(bench.criterion(penalty, {{"lam", found.theta[0]}})).epsilon(1e-7));
        // Over a Lasso path the criterion has a kink at every change of a support, and valleys between them, which a
        // scan looks for.
        const double slack = std::string(penalty) == "l1" ? 1e-6 : 2e-5;
        double best = kInfinity;
        for (int i = -40; i <= 40; ++i)
          best = std::min(best, bench.criterion(penalty, {{"lam", found.theta[0] * std::exp(0.01 * i)}}));
        CHECK(found.result.criterion <= best * (1 + slack));
        CHECK(found.result.criterion <= found.result.first_criterion);
      }
}

TEST_CASE("two weights and many: better than the start and than one weight, slopes near nothing") {
  const Bench bench(2, "least_squares", 5);
  const Bench::Found one = bench.tune("l1", {}, {"lam"}, {1.0});
  const Bench::Found two = bench.tune("elastic_net", {}, {"l1", "l2"}, {1.0, 1.0});
  REQUIRE_MESSAGE(two.status == FEN_OK, two.message);
  CHECK(two.result.termination == FEN_CONVERGED);
  CHECK(two.result.criterion <= one.result.criterion * (1 + 1e-4));
  CHECK(two.result.derivative_status == FEN_DERIVATIVE_STATUS_CERTIFIED);
  CHECK(two.result.criterion ==
        doctest::Approx(bench.criterion("elastic_net", {{"l1", two.theta[0]}, {"l2", two.theta[1]}})).epsilon(1e-7));

  const Bench::Found ridge = bench.tune("squared_l2", {}, {"lam"}, {1.0});
  const Bench::Found each = bench.tune("squared_l2", {{"lam", 1}}, {"weights"}, Vector(12, 1.0));
  REQUIRE_MESSAGE(each.status == FEN_OK, each.message);
  CHECK(each.result.termination == FEN_CONVERGED);
  CHECK(each.result.criterion < ridge.result.criterion);
  CHECK(each.result.derivative < 1e-2 * each.result.criterion);
  double relevant = 0, idle = 0;  // the first four columns carry the truth
  for (std::size_t j = 0; j < 12; ++j) (j < 4 ? relevant : idle) += std::log(each.theta[j]);
  CHECK(relevant / 4 < idle / 8);
}

TEST_CASE(
    "weights of samples: the derivative is that of central differences, with f's own weights and a tuned penalty") {
  for (const char* loss : {"least_squares", "logistic"}) {
    Bench bench(2, loss, 21);
    for (SolutionCase& part : bench.training) {
      part.f_vectors["weights"] = noise(40, 77);
      for (double& w : part.f_vectors["weights"]) w = 1.5 + w;
    }
    Vector start(41, 0.5);
    for (std::size_t i = 1; i < start.size(); ++i) start[i] = 0.2 + 0.015 * static_cast<double>(i);
    start[0] = 0.7;
    fen_tune_options options;
    fen_tune_options_init(&options, sizeof options);
    options.max_iter = 1;
    options.inner_tol = 1e-13;
    const Bench::Found found = bench.tune("squared_l2", {}, {"lam", "f.weights"}, start, &options);
    CAPTURE(std::string(loss));
    REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
    for (std::size_t i = 0; i < start.size(); ++i) CHECK(found.theta[i] == doctest::Approx(start[i]).epsilon(1e-14));
    const auto value = [&](std::size_t i, double t) {
      Vector theta = start;
      theta[i] = i == 0 ? start[0] * std::exp(t) : 1 / (1 + (1 / start[i] - 1) * std::exp(-t));
      return bench.criterion("squared_l2", {{"lam", theta[0]}}, {}, Vector(theta.begin() + 1, theta.end()));
    };
    CHECK(found.result.criterion == doctest::Approx(value(0, 0)).epsilon(1e-10));
    double squares = 0;
    for (std::size_t i = 0; i < start.size(); ++i) squares += std::pow((value(i, 1e-4) - value(i, -1e-4)) / 2e-4, 2);
    CHECK(found.result.derivative == doctest::Approx(std::sqrt(squares)).epsilon(1e-6));
  }
}

TEST_CASE("weights of samples: flipped targets are weighed down, in both number types") {
  Bench bench(1, "logistic", 31);
  bench.training[0].f_vectors["weights"] = Vector(40, 1.0);
  Vector& y = bench.training[0].f_vectors["y"];
  for (std::size_t i = 0; i < 40; i += 4) y[i] = -y[i];
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.max_iter = 30;
  for (const int32_t dtype : {FEN_F64, FEN_F32}) {
    bench.dtype = dtype;
    const Bench::Found found = bench.tune("squared_l2", {{"lam", 1.0}}, {"f.weights"}, Vector(40, 0.5), &options);
    REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
    CHECK(found.result.criterion < 0.8 * found.result.first_criterion);
    int right = 0, pairs = 0;  // AUC
    for (std::size_t i = 0; i < 40; i += 4)
      for (std::size_t j = 0; j < 40; ++j)
        if (j % 4 != 0) pairs += 1, right += found.theta[i] < found.theta[j] ? 1 : 0;
    CHECK(right > 0.75 * pairs);
    for (const double w : found.theta) CHECK((w > 0 && w < 1));
  }
  CHECK(bench.tune("squared_l2", {{"lam", 1.0}}, {"f.weights"}, Vector(39, 0.5)).status == FEN_E_SHAPE);
  CHECK(bench.tune("squared_l2", {{"lam", 1.0}}, {"f.weights"}, Vector(40, 1.0)).status == FEN_E_RANGE);
  CHECK(bench.tune("squared_l2", {{"lam", 1.0}}, {"f.weights", "f.weights"}, Vector(80, 0.5)).status == FEN_E_NAME);
}

TEST_CASE("results do not depend on threads, and float agrees with double") {
  Bench bench(3, "least_squares", 7);
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  const Bench::Found serial = bench.tune("l1", {}, {"lam"}, {1.0}, &options);
  options.num_threads = 2;
  const Bench::Found parallel = bench.tune("l1", {}, {"lam"}, {1.0}, &options);
  CHECK(serial.theta == parallel.theta);
  CHECK(serial.x == parallel.x);
  bench.dtype = FEN_F32;
  const Bench::Found narrow = bench.tune("l1", {}, {"lam"}, {1.0}, &options);
  REQUIRE_MESSAGE(narrow.status == FEN_OK, narrow.message);
  CHECK(narrow.result.criterion == doctest::Approx(serial.result.criterion).epsilon(1e-3));
}

TEST_CASE("a monitor cancels: the best so far comes back; one that fails is an error") {
  const Bench bench(1, "least_squares", 9);
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.monitor_interval = 0;
  int left = 2;
  const Bench::Found found = bench.tune(
      "squared_l2", {}, {"lam"}, {50.0}, &options,
      [](void* user, const fen_progress*) -> int32_t { return --*static_cast<int*>(user) == 0; }, &left);
  CHECK(found.status == FEN_OK);
  CHECK(found.result.termination == FEN_CANCELLED);
  CHECK(found.result.iterations == 2);
  CHECK(found.result.criterion <= found.result.first_criterion);
  CHECK(found.result.criterion ==
        doctest::Approx(bench.criterion("squared_l2", {{"lam", found.theta[0]}})).epsilon(1e-7));
  const Bench::Found failed = bench.tune(
      "squared_l2", {}, {"lam"}, {50.0}, &options, [](void*, const fen_progress*) -> int32_t { return -3; }, nullptr);
  CHECK(failed.status == FEN_E_CALLBACK);
  CHECK(failed.theta[0] == 50.0);
}

TEST_CASE("a monitor is asked within a solve, not only between: where it cancels in the first nothing was found") {
  const Bench bench(1, "least_squares", 9, 500, 900);
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.monitor_interval = 1e-6;
  int left = 6;  // between solves there are two occasions
  const Bench::Found found = bench.tune(
      "l1", {}, {"lam"}, {1e-3}, &options,
      [](void* user, const fen_progress*) -> int32_t { return --*static_cast<int*>(user) == 0; }, &left);
  CHECK(found.status == FEN_OK);
  CHECK(found.result.termination == FEN_CANCELLED);
  CHECK(found.result.iterations == 0);
  CHECK(std::isnan(found.result.criterion));
  CHECK(found.theta[0] == 1e-3);
  options.time_limit = 1e-3;
  options.monitor_interval = 0;
  const Bench::Found late = bench.tune("l1", {}, {"lam"}, {1e-3}, &options);
  CHECK(late.status == FEN_OK);
  CHECK(late.result.termination == FEN_TIME_LIMIT);
  CHECK(late.result.iterations == 0);
}

TEST_CASE("values stay within low and high and meet them bit for bit") {
  const Bench bench(2, "least_squares", 5);
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  const Bench::Found freely = bench.tune("squared_l2", {}, {"lam"}, {1.0});
  for (const double factor : {1.1, 3.0}) {
    options.low = factor * freely.theta[0];  // the minimum is beyond it
    options.high = 1e300;
    const Bench::Found above = bench.tune("squared_l2", {}, {"lam"}, {options.low * 7}, &options);
    REQUIRE_MESSAGE(above.status == FEN_OK, above.message);
    CHECK(above.result.termination == FEN_CONVERGED);
    CHECK(above.theta[0] == options.low);
    CHECK(above.result.criterion ==
          doctest::Approx(bench.criterion("squared_l2", {{"lam", options.low}})).epsilon(1e-7));
    const Bench::Found each =
        bench.tune("squared_l2", {{"lam", 1}}, {"weights"}, Vector(12, 2 * options.low), &options);
    REQUIRE_MESSAGE(each.status == FEN_OK, each.message);
    CHECK(*std::min_element(each.theta.begin(), each.theta.end()) == options.low);  // columns that matter
  }
  const Bench::Found one = bench.tune("l1", {}, {"lam"}, {1.0});
  options.low = 0;
  options.high = 0.37 * one.theta[0];
  const Bench::Found below = bench.tune("l1", {}, {"lam"}, {0.3 * options.high}, &options);
  CHECK(below.status == FEN_OK);
  CHECK(below.theta[0] <= options.high);
  const Bench::Found outside = bench.tune("l1", {}, {"lam"}, {2 * options.high}, &options);
  CHECK(outside.status == FEN_E_RANGE);
  CHECK(outside.message.find("theta[0]") != std::string::npos);
  options.low = 2 * options.high;
  CHECK(bench.tune("l1", {}, {"lam"}, {1.0}, &options).status == FEN_E_RANGE);
}

TEST_CASE("a bound that says nothing is not called certified") {
  const Bench bench(1, "logistic", 3);
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.max_iter = 1;
  for (const double least : {1e-6, 1e-10, 1.0}) {  // one weight next to 0, and mu with it
    Vector weights(12, 1.0);
    weights[3] = least;
    const Bench::Found found = bench.tune("squared_l2", {{"lam", 1}}, {"weights"}, weights, &options);
    REQUIRE_MESSAGE(found.status == FEN_OK, found.message);
    const bool useless =
        found.result.bound > 10 * found.result.derivative && found.result.bound > 0.01 * found.result.criterion;
    CHECK(useless == (least < 1e-3));
    CHECK(found.result.derivative_status ==
          (useless ? FEN_DERIVATIVE_STATUS_UNCERTIFIED : FEN_DERIVATIVE_STATUS_CERTIFIED));
    CHECK(found.result.bound < kInfinity);  // proved all the same
    options.require_certified = 1;
    CHECK(bench.tune("squared_l2", {{"lam", 1}}, {"weights"}, weights, &options).status ==
          (useless ? FEN_E_UNCERTIFIED : FEN_OK));
    options.require_certified = 0;
  }
}

TEST_CASE("bad calls say what is wrong and leave theta alone") {
  const Bench bench(1, "least_squares", 9);
  CHECK(bench.tune("l1", {}, {"lam"}, {-1.0}).status == FEN_E_RANGE);
  CHECK(bench.tune("l1", {}, {"lam"}, {0.0}).status == FEN_E_RANGE);
  CHECK(bench.tune("l1", {}, {"lam"}, {std::nan("")}).status == FEN_E_NOT_FINITE);
  CHECK(bench.tune("l1", {}, {"lam"}, {1.0, 2.0}).status == FEN_E_SHAPE);
  CHECK(bench.tune("l1", {}, {"weights"}, {1.0, 2.0}).status == FEN_E_SHAPE);
  const Bench::Found tv = bench.tune("tv1d", {}, {"lam"}, {1.0});
  CHECK(tv.status == FEN_E_UNSUPPORTED);
  CHECK(tv.message.find("elastic_net.l2") != std::string::npos);
  CHECK(bench.tune("lasso", {}, {"lam"}, {1.0}).status == FEN_E_NAME);
  CHECK(bench.tune("l1", {{"lam", 2}}, {"lam"}, {1.0}).status == FEN_E_NAME);
  fen_tune_options options;
  fen_tune_options_init(&options, sizeof options);
  options.require_certified = 1;
  CHECK(bench.tune("l1", {}, {"lam"}, {1.0}, &options).status == FEN_E_UNCERTIFIED);
}

}  // namespace law
