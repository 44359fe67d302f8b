// bound_probe.cpp -- how tight the proved bounds and the estimates of hypergradients are, at 144 inexact solutions of
// two families (bound_probe.hpp). Prints its table; exit code 1 where a bound is violated.
#include "bilevel/bound_probe.hpp"

#include <cstdio>

int main() {
  using namespace oracle_problems;
  bool passed = true;
  std::printf("%-10s %6s %11s %18s %21s %16s %24s\n", "family", "count", "violations", "bound / error",
              "estimate / error", "least of it", "1.25 estimate < error");
  for (const bool logistic : {false, true}) {
    const ProbeSummary found = summarise(logistic ? probe_logistic() : probe_squares());
    std::printf("%-10s %6ld %11ld %18.3g %21.4g %16.3g %24ld\n", logistic ? "logistic" : "squares",
                static_cast<long>(found.count), static_cast<long>(found.violations), found.bound, found.estimate,
                found.estimate_low, static_cast<long>(found.low));
    passed = passed && found.count >= 144 && found.violations == 0;
  }
  std::printf("verdict: %s (medians)\n", passed ? "pass" : "FAIL");
  return passed ? 0 : 1;
}
