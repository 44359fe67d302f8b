// gemm_bench.cpp -- the speed of linsolve/gemm on one thread: prints one line "dtype n gflops" a case, best of many
// runs. gemm_numpy.py runs it beside NumPy's and compares.
#include <chrono>
#include <cstdio>
#include <vector>

#include "linsolve/gemm.hpp"

namespace fenchel {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

template <class T>
void measure(const char* dtype, index n, double budget) {
  const auto count = static_cast<std::size_t>(n * n);
  std::vector<T> a(count);
  std::vector<T> b(count);
  std::vector<T> c(count);
  for (std::size_t i = 0; i < count; ++i) {
    a[i] = static_cast<T>(static_cast<double>(i * 7919 % 1009) / 1009.0);
    b[i] = static_cast<T>(static_cast<double>(i * 104729 % 997) / 997.0);
  }
  std::vector<T> workspace(static_cast<std::size_t>(gemm_workspace<T>(n, n, n)));
  double best = 1e30;
  const Clock::time_point start = Clock::now();
  while (seconds_since(start) < budget) {
    const Clock::time_point begin = Clock::now();
    gemm(Trans::no, Trans::no, n, n, n, T(1), a.data(), n, b.data(), n, T(0), c.data(), n, workspace.data());
    const double took = seconds_since(begin);
    if (took < best) best = took;
  }
  const double flops = 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  std::printf("%s %lld %.2f\n", dtype, static_cast<long long>(n), flops / best * 1e-9);
}

}  // namespace
}  // namespace fenchel

int main() {
  for (const fenchel::index n : {128, 512, 1000, 2000}) {
    fenchel::measure<float>("float32", n, 1.0);
    fenchel::measure<double>("float64", n, 1.0);
  }
  return 0;
}
