// simd_math_test.cpp -- the contract of exp, exp2, log, log2 on every target.
#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/kernel_cases.hpp"

namespace kernel_cases {
namespace {

constexpr std::uint64_t kFloatStride = 509;  // a prime: visits every exponent with ever other mantissas
constexpr index kChunk = 4096 + 5;
constexpr Wide kMaxUlps = 2;

enum class Function { exp, exp2, log, log2 };
constexpr Function kFunctions[] = {Function::exp, Function::exp2, Function::log, Function::log2};
constexpr const char* kNames[] = {"exp", "exp2", "log", "log2"};

template <class T>
auto kernel_of(const Table<T>& table, Function f) {
  switch (f) {
    case Function::exp:
      return table.exp;
    case Function::exp2:
      return table.exp2;
    case Function::log:
      return table.log;
    default:
      return table.log2;
  }
}

template <class R>
R reference_of(Function f, R x) {
  switch (f) {
    case Function::exp:
      return std::exp(x);
    case Function::exp2:
      return std::exp2(x);
    case Function::log:
      return std::log(x);
    default:
      return std::log2(x);
  }
}

// R: double is wide enough to judge float, and fast.
template <class T, class R>
Wide worst_error(const Table<T>& table, Function f, const Unaligned<T>& x, T* worst_x) {
  Unaligned<T> y(x.size());
  kernel_of(table, f)(x.data(), y.data(), x.size());
  const bool exponential = f == Function::exp || f == Function::exp2;
  Wide worst = 0;
  for (index i = 0; i < x.size(); ++i) {
    const R expected = reference_of(f, static_cast<R>(x[i]));
    Wide error = 0;
    if (exponential && expected < static_cast<R>(std::numeric_limits<T>::min())) {
      error = y[i] == 0 && !std::signbit(y[i]) ? 0 : kInf;  // a subnormal result is 0
    } else if (exponential && static_cast<Wide>(expected) > static_cast<Wide>(std::numeric_limits<T>::max())) {
      error = y[i] > std::numeric_limits<T>::max() ? 0 : ulps(y[i], static_cast<Wide>(expected));
    } else {
      error = ulps(y[i], static_cast<Wide>(expected));
    }
    if (error > worst) {
      worst = error;
      *worst_x = x[i];
    }
  }
  return worst;
}

template <class T, class R>
void check_values(const Table<T>& table, Function f, const Unaligned<T>& x) {
  T at = 0;
  const Wide worst = worst_error<T, R>(table, f, x, &at);
  INFO(std::string(table.target), " ", std::string(kNames[static_cast<int>(f)]), " at ", static_cast<double>(at));
  CHECK(static_cast<double>(worst) <= static_cast<double>(kMaxUlps));
}

template <class T>
Unaligned<T> special_values() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values = {T(0),
                           -T(0),
                           T(1),
                           T(-1),
                           Limits::infinity(),
                           -Limits::infinity(),
                           Limits::quiet_NaN(),
                           Limits::min(),
                           -Limits::min(),
                           Limits::max(),
                           Limits::lowest(),
                           Limits::denorm_min(),
                           -Limits::denorm_min(),
                           Limits::min() / 2,
                           Limits::epsilon(),
                           T(0.5),
                           T(2)};
  // Both sides of every threshold: under- and overflow of exp and exp2, rounding at half-integers, log near 1.
  const T ln2 = static_cast<T>(0.693147180559945309L);
  const T low = static_cast<T>(Limits::min_exponent - 1), high = static_cast<T>(Limits::max_exponent);
  for (T centre : {low, high, low * ln2, high * ln2, T(1), T(-1), T(0.5), T(-0.5), kFlush<T>, Limits::min(),
                   static_cast<T>(std::sqrt(0.5L)), static_cast<T>(std::sqrt(2.0L)), low - T(23), low - T(53)}) {
    T below = centre, above = centre;
    for (int i = 0; i < 40; ++i) {
      values.push_back(below);
      values.push_back(above);
      below = std::nextafter(below, -Limits::infinity());
      above = std::nextafter(above, Limits::infinity());
    }
  }
  Unaligned<T> v(static_cast<index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return v;
}

TEST_CASE("kernels: float exp and log over the whole range of bit patterns") {
  on_every_target<float>([](const Table<float>& table) {
    for (Function f : kFunctions) {
      Unaligned<float> x(kChunk);
      index filled = 0;
      Wide worst = 0;
      float at = 0;
      for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += kFloatStride) {
        const auto pattern = static_cast<std::uint32_t>(bits);
        std::memcpy(&x[filled], &pattern, sizeof pattern);
        if (++filled < kChunk) continue;
        filled = 0;
        float here = 0;
        const Wide error = worst_error<float, double>(table, f, x, &here);
        if (error > worst) {
          worst = error;
          at = here;
        }
      }
      INFO(std::string(table.target), " ", std::string(kNames[static_cast<int>(f)]), " at ", at);
      CHECK(static_cast<double>(worst) <= static_cast<double>(kMaxUlps));
    }
  });
}

// Values of double that matter to f: its whole range, around 0 or 1, and random exponents.
Unaligned<double> doubles_for(Function f, index n) {
  const bool logarithm = f == Function::log || f == Function::log2;
  std::mt19937_64 generator(7);
  std::uniform_real_distribution<double> uniform(0, 1);
  Unaligned<double> x(n);
  for (index i = 0; i < n; ++i) {
    const double u = uniform(generator);
    const double exponent = std::floor(-1074 + 2098 * uniform(generator));
    if (logarithm) {
      x[i] = i % 3 == 0   ? std::ldexp(1 + u, static_cast<int>(exponent))
             : i % 3 == 1 ? 0.5 + 1.5 * u
                          : 1 + (u - 0.5) * 1e-3;
    } else {
      x[i] = i % 3 == 0   ? -1080 + 2110 * u
             : i % 3 == 1 ? -760 + 1480 * u
                          : (u - 0.5) * std::ldexp(1, -static_cast<int>(i % 60));
    }
  }
  return x;
}

TEST_CASE("kernels: double exp and log on dense random sweeps") {
  for (Function f : kFunctions) {
    const Unaligned<double> x = doubles_for(f, 300001);
    on_every_target<double>([&](const Table<double>& table) { check_values<double, Wide>(table, f, x); });
  }
}

TEST_CASE_TEMPLATE("kernels: exp and log at zeros, infinities, NaN, thresholds and subnormals", T, float, double) {
  const Unaligned<T> x = special_values<T>();
  on_every_target<T>([&](const Table<T>& table) {
    for (Function f : kFunctions) check_values<T, Wide>(table, f, x);
  });
}

TEST_CASE_TEMPLATE("kernels: a NaN of any payload comes out as NaN", T, float, double) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const int mantissa = std::numeric_limits<T>::digits - 1;
  Unaligned<T> x(4096), y(4096);
  for (index i = 0; i < x.size(); ++i) {
    const T quiet = i % 2 == 0 ? std::numeric_limits<T>::quiet_NaN() : -std::numeric_limits<T>::quiet_NaN();
    Bits bits;
    std::memcpy(&bits, &quiet, sizeof bits);
    bits |= static_cast<Bits>(i) & ((Bits{1} << mantissa) - 1);
    std::memcpy(&x[i], &bits, sizeof bits);
  }
  on_every_target<T>([&](const Table<T>& table) {
    for (Function f : kFunctions) {
      kernel_of(table, f)(x.data(), y.data(), x.size());
      index numbers = 0;
      for (index i = 0; i < y.size(); ++i) numbers += std::isnan(y[i]) ? 0 : 1;
      CHECK(numbers == 0);
    }
    const double sum = table.exp2_shift(x.data(), T(0), y.data(), x.size());
    index numbers = 0;
    for (index i = 0; i < y.size(); ++i) numbers += std::isnan(y[i]) ? 0 : 1;
    CHECK(numbers == 0);
    CHECK(std::isnan(sum));
  });
}

TEST_CASE_TEMPLATE("kernels: exp works in place and on any length", T, float, double) {
  on_every_target<T>([](const Table<T>& table) {
    for (index n = 0; n <= 70; ++n) {
      Unaligned<T> x = random_vector<T>(n, -20, 20, 3), y(n), z = x;
      table.exp(x.data(), y.data(), n);
      table.exp(z.data(), z.data(), n);
      for (index i = 0; i < n; ++i) {
        T alone = 0;
        table.exp(&x[i], &alone, 1);
        REQUIRE(y[i] == z[i]);
        REQUIRE(y[i] == alone);  // a value does not depend on its place
      }
    }
  });
}

}  // namespace
}  // namespace kernel_cases
