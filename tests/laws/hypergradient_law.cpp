// hypergradient_law.cpp -- hypergradients by oracles over the C interface: every mode, through every lower solver it
// admits, is the derivative of the value it reports; every call may fail and leaves the caller's arrays alone.
#include <doctest/doctest.h>

#include "law_problem.hpp"

namespace law {
namespace {

constexpr int kSize = 7;

// h = sum_j log cosh(x_j - c_j) + e^{t_j} x_j^2 / 2 + (sum x)^2 / 20, f = ||x - b||^2 / 2.
struct Oracle {
  int calls = 0, fail_at = 0;
  int32_t answer = -9;

  static double centre(int j) { return 0.7 * j - 2; }
  static double target(int j) { return j % 2 == 0 ? 0.3 : -0.4; }
  static int32_t done(void* user) {
    auto* self = static_cast<Oracle*>(user);
    return ++self->calls == self->fail_at ? self->answer : 0;
  }
  static int32_t lower(void* user, const double* x, const double* t, uint32_t, double* value, double* dx, double* dt) {
    double sum = 0, h = 0;
    for (int j = 0; j < kSize; ++j) sum += x[j];
    for (int j = 0; j < kSize; ++j) {
      const double weight = std::exp(t[j]);
      h += std::log(std::cosh(x[j] - centre(j))) + 0.5 * weight * x[j] * x[j];
      if (dx != nullptr) dx[j] = std::tanh(x[j] - centre(j)) + weight * x[j] + sum / 10;
      if (dt != nullptr) dt[j] = 0.5 * weight * x[j] * x[j];
    }
    if (value != nullptr) *value = h + sum * sum / 20;
    return done(user);
  }
  static int32_t upper(void* user, const double* x, const double*, uint32_t, double* value, double* dx, double* dt) {
    double f = 0;
    for (int j = 0; j < kSize; ++j) {
      f += 0.5 * (x[j] - target(j)) * (x[j] - target(j));
      if (dx != nullptr) dx[j] = x[j] - target(j);
      if (dt != nullptr) dt[j] = 0;
    }
    if (value != nullptr) *value = f;
    return done(user);
  }
  static int32_t hvp(void* user, const double* x, const double* t, uint32_t, int64_t count, const double* v,
                     double* out) {
    for (int64_t k = 0; k < count; ++k, v += kSize, out += kSize) {
      double sum = 0;
      for (int j = 0; j < kSize; ++j) sum += v[j];
      for (int j = 0; j < kSize; ++j) {
        const double s = std::tanh(x[j] - centre(j));
        out[j] = (1 - s * s + std::exp(t[j])) * v[j] + sum / 10;
      }
    }
    return done(user);
  }
  static int32_t cross(void* user, const double* x, const double* t, uint32_t, int64_t count, const double* v,
                       double* out) {
    for (int64_t k = 0; k < count * kSize; ++k) out[k] = std::exp(t[k % kSize]) * x[k % kSize] * v[k];
    return done(user);
  }
};

struct Taken {
  int32_t status = 0;
  fen_bilevel_result result{};
  Vector x, z;
};

fen_bilevel_options options_for(int mode, int lower_method) {
  fen_bilevel_options options;
  fen_bilevel_options_init(&options, sizeof options);
  options.hypergradient_mode = mode;
  options.lower_method = lower_method;
  options.lower_tol = 1e-11;
  options.linear_tol = 1e-13;
  options.unroll_iter = options.kept_iter = 600;
  options.lower_step = 0.3;
  return options;
}

Taken take(Oracle& oracle, const Vector& t, const fen_bilevel_options& options) {
  fen_bilevel_oracles table{};
  table.struct_size = sizeof table;
  table.user = &oracle;
  table.n = table.m = kSize;
  table.lower = &Oracle::lower;
  table.upper = &Oracle::upper;
  table.lower_hvp = &Oracle::hvp;
  table.lower_cross = table.lower_cross_t = &Oracle::cross;  // J is diagonal
  Taken out;
  Array theta(FEN_F64, {kSize}, t), x(FEN_F64, {kSize}, Vector(kSize, 0.5)), z(FEN_F64, {kSize}, Vector(kSize, 7));
  fen_bilevel_result_init(&out.result, sizeof out.result);
  fen_error err = fresh_error();
  out.status = fen_hypergradient(&table, theta.view(), x.view(), z.view(), &options, &out.result, &err);
  out.x = x.values();
  out.z = z.values();
  return out;
}

const Vector kTheta{0, -1, 0.5, -0.5, 1, 0.2, -0.8};

}  // namespace

TEST_CASE("hypergradient: every mode through every lower method is the derivative of its value") {
  for (int mode = 0; mode <= 5; ++mode)
    for (int lower = 0; lower <= 4; ++lower) {
      // A gradient step alone is no derivative in the limit: only Newton's last step is.
      if (mode == FEN_HYPERGRADIENT_MODE_ONE_STEP && lower != 0 && lower != FEN_LOWER_METHOD_NEWTON_CG) continue;
      CAPTURE(mode);
      CAPTURE(lower);
      Oracle oracle;
      const fen_bilevel_options options = options_for(mode, lower);
      const Taken found = take(oracle, kTheta, options);
      REQUIRE(found.status == FEN_OK);
      CHECK(found.result.termination == FEN_CONVERGED);
      for (std::size_t i = 0; i < kTheta.size(); ++i) {
        Vector up = kTheta, down = kTheta;
        up[i] += 1e-4, down[i] -= 1e-4;
        const double slope = (take(oracle, up, options).result.value - take(oracle, down, options).result.value) / 2e-4;
        CHECK(std::abs(found.z[i] - slope) < 1e-6);
      }
    }
}

TEST_CASE("hypergradient: any call may fail or leave the domain; x and out stay, the code comes back") {
  for (int mode = 0; mode <= 5; ++mode)
    for (const int32_t answer : {-9, 4}) {
      CAPTURE(mode);
      fen_bilevel_options options = options_for(mode, 0);
      options.unroll_iter = 6;
      options.checkpoint_bytes = 1024;
      int k = 1;
      for (;; ++k) {
        Oracle oracle;
        oracle.fail_at = k;
        oracle.answer = answer;
        const Taken found = take(oracle, kTheta, options);
        if (oracle.calls < k) {
          CHECK(found.status == FEN_OK);
          break;
        }
        if (answer > 0 && found.status == FEN_OK) continue;  // it took a shorter step
        CHECK(found.status == FEN_E_CALLBACK);
        CHECK(found.x == Vector(kSize, 0.5));
        CHECK(found.z == Vector(kSize, 7));
      }
      CHECK(k > 5);
    }
}

TEST_CASE("hypergradient: bits do not depend on checkpoint_bytes, and the memory is within it") {
  fen_bilevel_options options = options_for(FEN_HYPERGRADIENT_MODE_UNROLLED_REVERSE, 0);
  Oracle oracle;
  const Taken whole = take(oracle, kTheta, options);
  for (const int64_t bytes : {1024, 2000, 10000}) {
    options.checkpoint_bytes = bytes;
    const Taken found = take(oracle, kTheta, options);
    CHECK(found.z == whole.z);
    CHECK(found.result.memory <= bytes);
  }
}

}  // namespace law
