// prox_bench.cpp -- the speed of proximal maps on 10^6 values, one thread: prints "term dtype ns/value GB/s ms", the
// processor time of the best of many runs; GB/s counts one read and one write of the vector. Arguments: names of cases
// to run, none for all. For prox_race.py: PROX_BENCH_WRITE=FOLDER writes the inputs there instead,
// PROX_BENCH_RESULT=FOLDER the best results of tv2d as well.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "prox/prox.hpp"

namespace fenchel {
namespace {

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Case {
  std::string label, term;
  std::vector<std::pair<const char*, double>> reals;
  index n;
  double step;
  bool weights = false;  // from 1 linearly to 1/2
  bool signal = false;   // steps and noise instead of noise alone
};

std::vector<double> input(const Case& one) {
  const Philox random(1, 1);
  std::vector<double> v(static_cast<std::size_t>(one.n));
  for (std::size_t i = 0; i < v.size(); ++i) {
    v[i] = std::sqrt(-2 * std::log(random.uniform(2 * i))) * std::cos(6.283185307179586 * random.uniform(2 * i + 1));
    if (one.signal) v[i] = 0.3 * v[i] + static_cast<double>(i / 1000 * 7919 % 13);
  }
  return v;
}

void save(const std::vector<double>& v, std::string name, const std::string& folder) {
  std::replace(name.begin(), name.end(), '/', '_');
  std::FILE* file = std::fopen((folder + "/" + name + ".f64").c_str(), "wb");
  if (file == nullptr) fail(Status::RANGE, "cannot write to %", folder);
  std::fwrite(v.data(), sizeof(double), v.size(), file);
  std::fclose(file);
}

TermPtr make(const Case& one, std::vector<double>& weights) {
  const TermInfo* info = nullptr;
  for (const TermInfo* candidate : prox_terms())
    if (one.term == candidate->name) info = candidate;
  if (info == nullptr) fail(Status::NAME, "no term is called %", one.term);
  std::vector<Params::Value> values;
  for (const auto& [name, number] : one.reals) values.push_back({name, number, {}, nullptr});
  if (one.weights) {
    for (index i = 0; i < one.n; ++i) weights.push_back(1 - 0.5 * static_cast<double>(i) / static_cast<double>(one.n));
    ArrayView view;
    view.ndim = 1;
    view.data = weights.data();
    view.shape[0] = one.n;
    view.strides[0] = 8;
    const char* name = one.term == "linear" ? "c" : one.term == "box" ? "uppers" : "weights";
    values.push_back({name, 0, view, nullptr});
  }
  return info->make(Params(info->params, std::move(values)));
}

// What memory gives: a plain copy of as much.
template <class T>
void measure_copy(index n, const char* dtype) {
  std::vector<T> v(static_cast<std::size_t>(n), T(1)), out(v.size());
  double best = 1e30;
  for (int runs = 0; runs < 50; ++runs) {
    v[static_cast<std::size_t>(runs)] = T(runs);
    const double begin = seconds();
    std::memcpy(out.data(), v.data(), v.size() * sizeof(T));
    best = std::min(best, seconds() - begin);
  }
  const std::string label = (out[1] == T(1) ? "copy of " : "copy, ") + std::to_string(n);
  std::printf("%-34s %s %9.3f ns/value %8.2f GB/s %9.3f ms\n", label.c_str(), dtype,
              best / static_cast<double>(n) * 1e9, 2 * static_cast<double>(n) * sizeof(T) / best * 1e-9, best * 1e3);
}

// The result to a gap of 1e-10, for the peers to be measured against.
void best(Case one, const std::string& folder) {
  for (auto& [name, value] : one.reals)
    if (std::strcmp(name, "tol") == 0) value = 1e-10;
  std::vector<double> none, v = input(one);
  const TermPtr owner = make(one, none);
  const auto& term = static_cast<const Prox&>(*owner);
  Buffer<std::byte> memory(term.scratch_bytes(one.n));
  term.prox(one.n, v.data(), {one.step, nullptr}, v.data(), Scratch(memory));
  save(v, one.label + ".best", folder);
}

template <class T>
void measure(const Case& one, const char* dtype, double budget) {
  std::vector<double> weights;
  const TermPtr owner = make(one, weights);
  const auto& term = static_cast<const Prox&>(*owner);
  std::vector<T> v, out(static_cast<std::size_t>(one.n));
  for (const double a : input(one)) v.push_back(static_cast<T>(a));
  Buffer<std::byte> memory(term.scratch_bytes(one.n));
  Step<T> step;
  step.scalar = static_cast<T>(one.step);
  double best = 1e30;
  const double start = seconds();
  for (int runs = 0; runs < 3 || seconds() - start < budget; ++runs) {
    const double begin = seconds();
    term.prox(one.n, v.data(), step, out.data(), Scratch(memory));
    best = std::min(best, seconds() - begin);
  }
  const double values = static_cast<double>(one.n);
  std::printf("%-34s %s %9.3f ns/value %8.2f GB/s %9.3f ms\n", one.label.c_str(), dtype, best / values * 1e9,
              2 * values * sizeof(T) / best * 1e-9, best * 1e3);
  std::fflush(stdout);
}

}  // namespace
}  // namespace fenchel

int main(int argc, char** argv) {
  using namespace fenchel;
  constexpr fenchel::index million = 1000000;
  const std::vector<Case> cases{
      {"soft", "l1", {}, million, 0.5},
      {"soft weighted", "l1", {}, million, 0.5, true},
      {"elastic_net", "elastic_net", {}, million, 0.5},
      {"elastic_net weighted", "elastic_net", {}, million, 0.5, true},
      {"squared_l2", "squared_l2", {}, million, 0.5},
      {"squared_l2 weighted", "squared_l2", {}, million, 0.5, true},
      {"positive_l1", "positive_l1", {}, million, 0.5},
      {"nonneg", "nonneg", {}, million, 0.5},
      {"box", "box", {{"lower", -0.5}, {"upper", 0.5}}, million, 0.5},
      {"box each", "box", {}, million, 0.5, true},
      {"linear", "linear", {}, million, 0.5, true},
      {"pinball", "pinball", {}, million, 0.5},
      {"pinball weighted", "pinball", {}, million, 0.5, true},
      {"hinge", "hinge", {}, million, 0.5},
      {"hinge weighted", "hinge", {}, million, 0.5, true},
      {"eps_insensitive", "eps_insensitive", {}, million, 0.5},
      {"eps_insensitive weighted", "eps_insensitive", {}, million, 0.5, true},
      {"squared_hinge", "squared_hinge", {}, million, 0.5},
      {"squared_hinge weighted", "squared_hinge", {}, million, 0.5, true},
      {"huber", "huber", {}, million, 0.5},
      {"huber weighted", "huber", {}, million, 0.5, true},
      {"l0", "l0", {}, million, 0.5},
      {"l0 weighted", "l0", {}, million, 0.5, true},
      {"jump_relu weighted", "jump_relu", {}, million, 0.5, true},
      {"mcp", "mcp", {}, million, 0.5},
      {"mcp weighted", "mcp", {}, million, 0.5, true},
      {"scad", "scad", {}, million, 0.5},
      {"scad weighted", "scad", {}, million, 0.5, true},
      {"beyond cache: soft", "l1", {}, 32 * million, 0.5},
      {"beyond cache: soft weighted", "l1", {}, 32 * million, 0.5, true},
      {"beyond cache: elastic_net", "elastic_net", {}, 32 * million, 0.5},
      {"beyond cache: huber weighted", "huber", {}, 32 * million, 0.5, true},
      {"beyond cache: mcp weighted", "mcp", {}, 32 * million, 0.5, true},
      {"beyond cache: scad weighted", "scad", {}, 32 * million, 0.5, true},
      {"simplex radius 1", "simplex", {}, million, 1},
      {"simplex radius n/10", "simplex", {{"radius", 1e5}}, million, 1},
      {"l1_ball radius 1000", "l1_ball", {{"radius", 1e3}}, million, 1},
      {"linf step 100", "linf", {}, million, 100},
      {"capped_simplex sum n/100", "capped_simplex", {{"radius", 1e4}}, million, 1},
      {"group_l2 of 10", "group_l2", {{"size", 10}}, million, 3},
      {"slope 0.5 (63 % kept)", "sorted_l1", {}, million, 0.5, true},
      {"slope 2 (5 % kept)", "sorted_l1", {}, million, 2, true},
      {"abs_top_k n/100", "abs_top_k", {{"k", 1e4}}, million, 1},
      {"svt 10000x100", "nuclear", {{"rows", 10000}, {"cols", 100}}, million, 100},
      {"svt 2000x500", "nuclear", {{"rows", 2000}, {"cols", 500}}, million, 60},
      {"svt 1000x1000", "nuclear", {{"rows", 1000}, {"cols", 1000}}, million, 55},
      {"svt full 1000x1000", "nuclear", {{"rows", 1000}, {"cols", 1000}}, million, 0.01},
      {"tv1d noise lam 1", "tv1d", {}, million, 1, false, false},
      {"tv1d steps lam 3", "tv1d", {}, million, 3, false, true},
      {"tv2d 512x512 to gap 1e-6", "tv2d", {{"rows", 512}, {"cols", 512}, {"tol", 1e-6}}, 512 * 512, 0.5, false, true},
      {"tv2d isotropic to gap 1e-6",
       "tv2d",
       {{"rows", 512}, {"cols", 512}, {"tol", 1e-6}, {"isotropic", 1}},
       512 * 512,
       0.5,
       false,
       true},
      {"tv1d noise lam 100", "tv1d", {}, million, 100, false, false},
  };
  if (std::getenv("PROX_BENCH_WRITE") == nullptr) {
    for (const fenchel::index n : {million, 32 * million}) {
      if (argc > 1) break;
      measure_copy<double>(n, "float64");
      measure_copy<float>(n, "float32");
    }
  }
  for (const Case& one : cases) {
    bool wanted = argc < 2;
    for (int i = 1; i < argc; ++i) wanted = wanted || one.label.find(argv[i]) != std::string::npos;
    if (!wanted) continue;
    if (const char* folder = std::getenv("PROX_BENCH_WRITE")) {
      save(input(one), one.label, folder);
      continue;
    }
    if (const char* folder = std::getenv("PROX_BENCH_RESULT"); folder != nullptr && one.term == "tv2d")
      best(one, folder);
    measure<double>(one, "float64", 0.5);
    measure<float>(one, "float32", 0.5);
  }
}
