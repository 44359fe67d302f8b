// gemm_test.cpp -- the matrix product against a naive one, and its promises: strides, beta, bits, threads, workspace.
#include "linsolve/gemm.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "kernels/gemm_kernels.hpp"

namespace fenchel {
namespace {

std::size_t at(index i) { return static_cast<std::size_t>(i); }

template <class T>
std::vector<T> noise(index count, unsigned seed) {
  std::vector<T> values(at(count));
  unsigned state = seed * 2654435761U + 1U;
  for (T& v : values) {
    state = state * 1664525U + 1013904223U;
    v = static_cast<T>(static_cast<double>(state >> 8) / double(1U << 23) - 1.0);
  }
  return values;
}

template <class T>
struct Case {
  Trans trans_a, trans_b;
  index m, n, k;
  index lda, ldb, ldc;
  std::vector<T> a, b, c;

  Case(bool ta, bool tb, index rows, index cols, index depth, index pad)
      : trans_a{ta},
        trans_b{tb},
        m(rows),
        n(cols),
        k(depth),
        lda((ta ? m : k) + pad),
        ldb((tb ? k : n) + pad),
        ldc(n + pad),
        a(noise<T>((ta ? k : m) * lda, 1)),
        b(noise<T>((tb ? n : k) * ldb, 2)),
        c(noise<T>(m * ldc, 3)) {}

  double entry_a(index i, index p) const {
    return double(trans_a == Trans::yes ? a[at(p * lda + i)] : a[at(i * lda + p)]);
  }
  double entry_b(index p, index j) const {
    return double(trans_b == Trans::yes ? b[at(j * ldb + p)] : b[at(p * ldb + j)]);
  }

  std::vector<T> product(T alpha, T beta, T* workspace = nullptr) const {
    std::vector<T> out = c;
    gemm(trans_a, trans_b, m, n, k, alpha, a.data(), lda, b.data(), ldb, beta, out.data(), ldc, workspace);
    return out;
  }

  // Each entry to the rounding bound of a dot product of length k; the padding untouched.
  void check(T alpha, T beta) const {
    const std::vector<T> out = product(alpha, beta);
    const double eps = double(std::numeric_limits<T>::epsilon());
    for (index i = 0; i < m; ++i) {
      for (index j = 0; j < ldc; ++j) {
        const double old = double(c[at(i * ldc + j)]);
        const double got = double(out[at(i * ldc + j)]);
        if (j >= n) {
          if (got != old) FAIL("padding of row " << i << " written");
          continue;
        }
        double sum = 0.0;
        double size = 0.0;
        for (index p = 0; p < k; ++p) {
          sum += entry_a(i, p) * entry_b(p, j);
          size += std::abs(entry_a(i, p) * entry_b(p, j));
        }
        const double want = double(alpha) * sum + double(beta) * old;
        const double bound =
            eps * (double(k + 2) * std::abs(double(alpha)) * size + 2.0 * std::abs(double(beta) * old));
        if (!(std::abs(got - want) <= bound))
          FAIL("m " << m << " n " << n << " k " << k << " at " << i << "," << j << ": " << got << " not " << want);
      }
    }
  }
};

TEST_CASE_TEMPLATE("gemm: every shape and transposition agrees with the naive product", T, float, double) {
  const index sizes[] = {1, 2, 7, 8, 9, 23, 24, 25, 49, 65};
  for (index m : sizes)
    for (index n : sizes)
      for (index k : {1, 3, 17, 40})
        for (int t = 0; t < 4; ++t) Case<T>((t & 1) != 0, (t & 2) != 0, m, n, k, (m + n) % 3).check(T(1.5), T(-0.5));
}

TEST_CASE_TEMPLATE("gemm: shapes beyond one cache panel", T, float, double) {
  for (int t = 0; t < 4; ++t) {
    Case<T>((t & 1) != 0, (t & 2) != 0, 200, 30, 530, 1).check(T(1), T(0));
    Case<T>((t & 1) != 0, (t & 2) != 0, 5, 2100, 9, 0).check(T(1), T(1));
  }
}

TEST_CASE_TEMPLATE("gemm: every target of this machine agrees on one tile", T, float, double) {
  int targets = 0;
  for (; const auto* kernel = kernels::gemm_table_at<T>(targets); ++targets) {
    const index depth = 19;
    const std::vector<T> a = noise<T>(kernel->mr * depth, 4);
    const std::vector<T> b = noise<T>(depth * kernel->nr, 5);
    std::vector<T> left(a.size());
    std::vector<T> right(b.size());
    std::vector<T> c(at(kernel->mr * kernel->nr), T(0));
    kernel->pack_left({a.data(), depth, 1}, kernel->mr, depth, left.data());
    kernel->pack_right({b.data(), kernel->nr, 1}, depth, kernel->nr, right.data());
    kernel->tile(depth, left.data(), right.data(), T(2), c.data(), kernel->nr, kernel->mr, kernel->nr);
    for (index i = 0; i < kernel->mr; ++i) {
      for (index j = 0; j < kernel->nr; ++j) {
        double want = 0.0;
        for (index p = 0; p < depth; ++p)
          want += 2.0 * double(a[at(i * depth + p)]) * double(b[at(p * kernel->nr + j)]);
        INFO("target " << kernel->target);
        CHECK(std::abs(double(c[at(i * kernel->nr + j)]) - want) <= 100.0 * double(std::numeric_limits<T>::epsilon()));
      }
    }
  }
  CHECK(targets >= 1);
}

TEST_CASE_TEMPLATE("gemm: beta 0 overwrites NaN; alpha 0 and k 0 read nothing", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  Case<T> c(false, false, 9, 26, 5, 0);
  std::fill(c.c.begin(), c.c.end(), nan);
  for (T v : c.product(T(1), T(0))) CHECK(std::isfinite(v));

  std::vector<T> out(6, T(2));
  gemm<T>(Trans::no, Trans::no, 2, 3, 4, T(0), nullptr, 4, nullptr, 3, T(3), out.data(), 3);
  for (T v : out) CHECK(v == T(6));
  gemm<T>(Trans::no, Trans::no, 2, 3, 0, T(1), nullptr, 1, nullptr, 3, T(0.5), out.data(), 3);
  for (T v : out) CHECK(v == T(3));
  gemm<T>(Trans::no, Trans::no, 0, 3, 4, T(1), nullptr, 4, nullptr, 3, T(0), nullptr, 3);
}

TEST_CASE_TEMPLATE("gemm: NaN and infinity reach their own row and column only", T, float, double) {
  Case<T> c(false, false, 30, 50, 12, 0);
  c.a[at(7 * c.lda + 3)] = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> out = c.product(T(1), T(0));
  for (index i = 0; i < c.m; ++i)
    for (index j = 0; j < c.n; ++j) CHECK(std::isnan(out[at(i * c.ldc + j)]) == (i == 7));
}

TEST_CASE_TEMPLATE("gemm: an entry's bits depend neither on the cut nor on a transposition nor on the workspace", T,
                   float, double) {
  const Case<T> whole(false, false, 61, 77, 300, 0);
  const std::vector<T> want = whole.product(T(0.3), T(0.7));
  for (index first : {0, 1, 13, 40}) {
    const index rows = 61 - first;
    std::vector<T> part(whole.c.begin() + first * whole.ldc, whole.c.end());
    std::vector<T> workspace(at(gemm_workspace<T>(rows, 77, 300)));
    gemm(Trans::no, Trans::no, rows, index{77}, index{300}, T(0.3), whole.a.data() + first * whole.lda, whole.lda,
         whole.b.data(), whole.ldb, T(0.7), part.data(), whole.ldc, workspace.data());
    CHECK(std::memcmp(part.data(), want.data() + first * whole.ldc, part.size() * sizeof(T)) == 0);
  }
  std::vector<T> turned(at(300 * 61));
  for (index i = 0; i < 61; ++i)
    for (index p = 0; p < 300; ++p) turned[at(p * 61 + i)] = whole.a[at(i * whole.lda + p)];
  std::vector<T> out = whole.c;
  gemm(Trans::yes, Trans::no, index{61}, index{77}, index{300}, T(0.3), turned.data(), index{61}, whole.b.data(),
       whole.ldb, T(0.7), out.data(), whole.ldc);
  CHECK(std::memcmp(out.data(), want.data(), out.size() * sizeof(T)) == 0);
}

TEST_CASE_TEMPLATE("gemm_lower: the bits of gemm in columns 0 .. first + i of row i, the padding untouched", T, float,
                   double) {
  for (const index m : {1, 5, 70, 200, 430})
    for (const index first : {0, 3, 150, 2100})
      for (int t = 0; t < 4; ++t) {
        const Case<T> c((t & 1) != 0, (t & 2) != 0, m, first + m, t == 0 ? 300 : 20, 2);
        const std::vector<T> want = c.product(T(0.3), T(0.7));
        std::vector<T> out = c.c;
        gemm_lower(c.trans_a, c.trans_b, m, c.n, c.k, first, T(0.3), c.a.data(), c.lda, c.b.data(), c.ldb, T(0.7),
                   out.data(), c.ldc);
        for (index i = 0; i < m; ++i)
          for (index j = 0; j < c.ldc; ++j) {
            const auto entry = at(i * c.ldc + j);
            if (j <= first + i && out[entry] != want[entry]) FAIL("m " << m << " at " << i << "," << j);
            if (j >= c.n && out[entry] != c.c[entry]) FAIL("padding of row " << i << " written");
          }
        // Not a whole product in disguise: the far corner of a large one keeps only beta C.
        if (m == 430) CHECK(out[at(c.n - 1)] == T(0.7) * c.c[at(c.n - 1)]);
      }
}

TEST_CASE("gemm: sixty-four threads at once get the bits of one") {
  const Case<double> c(false, true, 70, 90, 110, 2);
  const std::vector<double> want = c.product(1.0, 0.5);
  std::vector<char> same(64, 0);
  std::vector<std::thread> threads;
  for (char& slot : same) {
    threads.emplace_back([&c, &want, &slot] {
      bool equal = true;
      for (int round = 0; round < 5; ++round) {
        const std::vector<double> out = c.product(1.0, 0.5);
        equal = equal && std::memcmp(out.data(), want.data(), out.size() * sizeof(double)) == 0;
      }
      slot = equal ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (char slot : same) CHECK(slot == 1);
}

}  // namespace
}  // namespace fenchel
