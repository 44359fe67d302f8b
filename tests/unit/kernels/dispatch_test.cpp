// dispatch_test.cpp -- the choice of a table and the catalogue of costs.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "kernels/kernel_cases.hpp"

namespace kernel_cases {
namespace {

namespace kernels = fenchel::kernels;

TEST_CASE("kernels: the best table is used unless FENCHEL_TARGET names another") {
  const char* wanted = std::getenv("FENCHEL_TARGET");
  std::string expected = kernels::table_at<double>(0)->target;
  on_every_target<double>([&](const Table<double>& table) {
    if (wanted != nullptr && std::string(wanted) == table.target) expected = wanted;
  });
  CHECK(kernels::table<double>().target == expected);
  CHECK(kernels::table<float>().target == expected);
  CHECK(&kernels::table<double>() == &kernels::table<double>());
}

TEST_CASE("kernels: every target appears once, in both precisions, and has every kernel") {
  std::set<std::string> names;
  int count = 0;
  on_every_target<double>([&](const Table<double>& t) {
    const Table<float>* single = kernels::table_at<float>(count++);
    REQUIRE(single != nullptr);
    CHECK(std::string(single->target) == t.target);
    CHECK(names.insert(t.target).second);
    CHECK((t.exp && t.exp2 && t.log && t.log2 && t.exp_rows_matrix && t.arg_rows_matrix && t.accumulate_rows &&
           t.dot_rows && t.max_value && t.exp2_shift && t.max_into && t.exp2_into && t.compress_row &&
           t.objective_row && t.dot && t.axpy && t.accumulate_double));
  });
  CHECK(kernels::table_at<float>(count) == nullptr);
  CHECK(kernels::table_at<double>(-1) == nullptr);
}

TEST_CASE("kernels: the catalogue of costs is the same on every target and holds the four of today") {
  std::set<std::string> names;
  for (int i = 0; i < kernels::cost_count(); ++i) {
    names.insert(kernels::cost_name(i));
    CHECK(std::string(kernels::cost_doc(i)).size() > 10);
    const auto same = [&](const auto& table) {
      REQUIRE(table.costs == kernels::cost_count());
      CHECK(std::string(table.cloud[i].name) == kernels::cost_name(i));
      CHECK(table.cloud[i].normalise == (std::string(kernels::cost_name(i)) == "cosine"));
    };
    on_every_target<float>(same);
    on_every_target<double>(same);
  }
  for (const char* name : {"sqeuclidean", "euclidean", "l1", "cosine"}) CHECK(names.count(name) == 1);
}

}  // namespace
}  // namespace kernel_cases
