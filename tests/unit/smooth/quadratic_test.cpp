// quadratic_test.cpp -- terms with a matrix of their own or none: quadratic, svm_dual, callbacks.
#include <doctest/doctest.h>

#include "base/interrupt.hpp"
#include "smooth/callback_smooth.hpp"
#include "smooth/smooth_case.hpp"

namespace fenchel {
namespace {

TEST_CASE("a quadratic: value, gradient, Hessian, bound, and what it says about itself") {
  TermMaker q("dense", operator_terms()), f("quadratic", smooth_terms());
  q.array("matrix", std::vector<float>{4, 1, 1, 3}, {2, 2});
  f.term("Q", q.make<Operator>()).array("c", std::vector<double>{1, -2}).real("strong_convexity", 2);
  const auto term = f.make<Smooth>();
  std::vector<double> x{1, 2}, g;
  CHECK(evaluate(*term, x, &g) == 0.5 * (4 + 4 + 12) + 1 - 4);
  CHECK(evaluate(*term, x) == 7);
  CHECK(g == std::vector<double>{4 + 2 + 1, 1 + 6 - 2});
  CHECK(hessian_product(*term, x, {1, 0}) == std::vector<double>{4, 1});
  CHECK(hessian_product(*term, std::vector<float>{9, 9}, {0, 1}) == std::vector<float>{1, 3});
  const double top = 0.5 * (7 + std::sqrt(5.0));
  CHECK(term->lipschitz() >= top);
  CHECK(term->lipschitz() <= 1.02 * top);
  CHECK(term->strong_convexity() == 2);
  CHECK(term->caps() == (SMOOTH_CONVEX | SMOOTH_QUADRATIC | SMOOTH_HVP | SMOOTH_MATRIX | SMOOTH_LIPSCHITZ));
  REQUIRE(term->hessian() != nullptr);
  CHECK(term->hessian()->dtype == Dtype::f32);
  CHECK(term->linear()[1] == -2);
}

TEST_CASE("a quadratic that may be nonconvex says so; asymmetric and oblong ones are refused") {
  TermMaker q("dense", operator_terms()), f("quadratic", smooth_terms());
  q.array("matrix", std::vector<double>{-0.5, 0, 0, 1}, {2, 2});
  f.term("Q", q.make<Operator>()).real("convex", 0);
  const auto term = f.make<Smooth>();
  CHECK((term->caps() & SMOOTH_CONVEX) == 0);
  CHECK(term->linear()[0] == 0);
  CHECK(term->lipschitz() >= 1);
  TermMaker skew("dense", operator_terms()), oblong("dense", operator_terms());
  skew.array("matrix", std::vector<double>{1, 0.5, 0.4, 1}, {2, 2});
  oblong.array("matrix", std::vector<double>{1, 2}, {1, 2});
  const auto with = [](const TermMaker& matrix) {
    return status_of([&] { TermMaker("quadratic", smooth_terms()).term("Q", matrix.make<Operator>()).make<Smooth>(); });
  };
  CHECK(with(skew) == Status::RANGE);
  CHECK(with(oblong) == Status::SHAPE);
  TermMaker wrong("quadratic", smooth_terms());
  wrong.term("Q", q.make<Operator>()).array("c", std::vector<double>{1, 2, 3});
  CHECK(status_of([&] { wrong.make<Smooth>(); }) == Status::SHAPE);
}

TEST_CASE("an SVM's dual is half the squared norm of A'(y . a) less the sum of a") {
  const index n = 7, p = 4;
  const auto A = test_noise(n * p, 2), y = targets_for("svm_dual", n, 3);
  TermMaker data("dense", operator_terms()), f("svm_dual", smooth_terms());
  data.array("matrix", A, {n, p});
  f.term("A", data.make<Operator>()).array("y", y);
  const auto term = f.make<Smooth>();
  REQUIRE(term->size() == n);
  const auto a = test_noise(n, 4);
  std::vector<double> w(static_cast<std::size_t>(p)), g;
  double expected = 0;
  for (std::size_t j = 0; j < w.size(); ++j) {
    for (std::size_t i = 0; i < a.size(); ++i) w[j] += A[i * w.size() + j] * y[i] * a[i];
    expected += 0.5 * w[j] * w[j];
  }
  for (const double ai : a) expected -= ai;
  CHECK(evaluate(*term, a, &g) == doctest::Approx(expected).epsilon(1e-13));
  for (std::size_t i = 0; i < a.size(); ++i) {
    double slope = -1;
    for (std::size_t j = 0; j < w.size(); ++j) slope += y[i] * A[i * w.size() + j] * w[j];
    CHECK(g[i] == doctest::Approx(slope).epsilon(1e-12));
  }
  // What coordinate descent reads: the columns of A' are the rows of A, scaled by the labels.
  const LinearModel& model = *term->linear_model();
  const StoredMatrix* stored = model.A->stored();
  REQUIRE(stored != nullptr);
  CHECK(stored->rows == p);
  CHECK(stored->cols == n);
  for (index j = 0; j < p; ++j)
    for (index i = 0; i < n; ++i) {
      const auto* values = static_cast<const double*>(stored->values);
      CHECK(values[j * stored->row_stride + i * stored->col_stride] == A[static_cast<std::size_t>(i * p + j)]);
      CHECK(stored->column_scale[i] == y[static_cast<std::size_t>(i)]);
    }
  CHECK(model.linear == std::vector<double>(static_cast<std::size_t>(n), -1.0));
  f = TermMaker("svm_dual", smooth_terms());
  f.term("A", data.make<Operator>()).array("y", std::vector<double>{1, 1, 0, 1, 1, 1, 1});
  CHECK(message_of([&] { f.make<Smooth>(); }) == "y[2] is 0; legal for svm_dual: -1 or 1");
}

struct Counter {
  int calls = 0;
  std::int32_t answer = 0;
};

template <class T>
void square(std::int64_t n, const void* x, double* value, void* gradient) {
  const auto* from = static_cast<const T*>(x);
  *value = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    *value += 0.5 * static_cast<double>(from[i]) * static_cast<double>(from[i]);
    if (gradient != nullptr) static_cast<T*>(gradient)[i] = from[i];
  }
}

std::int32_t half_square(void* user, std::int64_t n, std::int32_t dtype, const void* x, double* value, void* gradient) {
  auto& counter = *static_cast<Counter*>(user);
  ++counter.calls;
  dtype == 1 ? square<float>(n, x, value, gradient) : square<double>(n, x, value, gradient);
  return counter.answer;
}

TEST_CASE("a callback's answers are passed through: value, gradient, cancel, failure") {
  Counter counter;
  const CallbackSmooth f(2, {half_square, nullptr, &counter}, true, 1.0);
  CHECK(f.caps() == (SMOOTH_CONVEX | SMOOTH_LIPSCHITZ));
  CHECK(f.lipschitz() == 1);
  std::vector<double> g;
  std::vector<float> narrow;
  CHECK(evaluate(f, std::vector<double>{3, 4}, &g) == 12.5);
  CHECK(g == std::vector<double>{3, 4});
  CHECK(evaluate(f, std::vector<float>{3, 4}, &narrow) == 12.5);
  CHECK(narrow == std::vector<float>{3, 4});
  CHECK(evaluate(f, std::vector<double>{3, 4}) == 12.5);
  CHECK(counter.calls == 3);
  CHECK(status_of([&] { hessian_product(f, g, g); }) == Status::UNSUPPORTED);
  counter.answer = -7;
  try {
    evaluate(f, g);
    FAIL("a failing callback was not noticed");
  } catch (const Error& error) {
    CHECK(error.status() == Status::CALLBACK);
    CHECK(error.detail() == -7);
  }
  counter.answer = 1;
  CHECK_THROWS_AS(evaluate(f, g), Stopped);
  CHECK(status_of([&] { CallbackSmooth(0, {half_square, nullptr, &counter}, true); }) == Status::SHAPE);
  CHECK(status_of([&] { CallbackSmooth(1, {}, true); }) == Status::NULL_ARGUMENT);
  CHECK(status_of([&] { CallbackSmooth(1, {half_square, nullptr, &counter}, true, kNaN); }) == Status::RANGE);
}

}  // namespace
}  // namespace fenchel
