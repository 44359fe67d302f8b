// callback_prox_test.cpp -- a simple term of the caller's: in place, value, cancelled, failed.
#include "prox/callback_prox.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/interrupt.hpp"
#include "prox_case.hpp"

namespace fenchel {
namespace {

// |x|_1 written without a thought for aliasing; fails or cancels when told to.
struct Soft {
  std::int32_t answer = 0;
  int calls = 0;
  static std::int32_t call(void* user, std::int64_t n, std::int32_t dtype, const void* v, double step, void* out,
                           double* value) {
    auto& self = *static_cast<Soft*>(user);
    ++self.calls;
    if (dtype == static_cast<std::int32_t>(Dtype::f32))
      *value = self.soft<float>(n, static_cast<const float*>(v), step, static_cast<float*>(out));
    else
      *value = self.soft<double>(n, static_cast<const double*>(v), step, static_cast<double*>(out));
    return self.answer;
  }
  template <class T>
  double soft(index n, const T* v, double step, T* out) {
    double sum = 0;
    for (index i = n - 1; i >= 0; --i) out[i] = 0;
    for (index i = 0; i < n; ++i) {
      const double a = std::max(std::abs(static_cast<double>(v[i])) - step, 0.0);
      out[i] = static_cast<T>(std::copysign(a, static_cast<double>(v[i])));
      sum += a;
    }
    return sum;
  }
};

TEST_CASE_TEMPLATE("callback prox: as the term it copies, in place too", T, float, double) {
  Soft soft;
  const CallbackProx mine(kAnySize, Soft::call, true, &soft);
  const auto l1 = ProxCase("l1").make();
  std::vector<std::byte> memory(static_cast<std::size_t>(mine.scratch_bytes(4)));
  const Scratch scratch(memory.data(), mine.scratch_bytes(4));
  const std::vector<T> v = {T(3), T(-0.5), T(-2), T(0.25)};
  std::vector<T> x(4), y(4), z = v;
  CHECK(mine.prox(4, v.data(), {T(0.5)}, x.data(), scratch) == l1->prox(4, v.data(), {T(0.5)}, y.data(), {}));
  CHECK(x == y);
  mine.prox(4, z.data(), {T(0.5)}, z.data(), scratch);
  CHECK(z == y);
  CHECK(mine.value(4, v.data(), scratch) == 5.75);
  CHECK(soft.calls == 3);
  CHECK((mine.caps() & PROX_CONVEX) != 0);
  CHECK((mine.caps() & PROX_SEPARABLE) == 0);
}

TEST_CASE("callback prox: positive cancels, negative fails with its number, nonsense is refused") {
  Soft soft;
  const CallbackProx mine(2, Soft::call, false, &soft);
  const double v[2] = {1, 2};
  double x[2];
  soft.answer = 1;
  CHECK_THROWS_AS(mine.prox(2, v, {1.0}, x, {}), Stopped);
  soft.answer = -7;
  try {
    mine.prox(2, v, {1.0}, x, {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.status() == Status::CALLBACK);
    CHECK(error.detail() == -7);
  }
  CHECK(mine.size() == 2);
  CHECK_THROWS_AS(CallbackProx(2, nullptr, true, nullptr), Error);
  CHECK_THROWS_AS(CallbackProx(0, Soft::call, true, nullptr), Error);
}

}  // namespace
}  // namespace fenchel
