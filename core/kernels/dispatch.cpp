// dispatch.cpp -- which table this machine gets: the best one it runs, or the one FENCHEL_TARGET names.
#include <cstdlib>
#include <cstring>

#include "kernels/kernels.hpp"
#include "kernels/target_list.hpp"

namespace fenchel::kernels {

FENCHEL_DECLARE_TABLES(Table, table)

namespace {

constexpr int kMaxTargets = 4;

struct Candidates {
  int count = 0;
  const Table<float>* f32[kMaxTargets] = {};
  const Table<double>* f64[kMaxTargets] = {};

  void add(const Table<float>& single, const Table<double>& real) {
    f32[count] = &single;
    f64[count] = &real;
    ++count;
  }
};

// Best first. __builtin_cpu_supports also asks whether the operating system saves the registers.
Candidates find_candidates() {
  Candidates c;
#if defined(FENCHEL_KERNELS_X86)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  if (avx512) c.add(target_avx512::table_f32, target_avx512::table_f64);
  if (avx2) c.add(target_avx2::table_f32, target_avx2::table_f64);
#endif
#if defined(FENCHEL_KERNELS_NEON)
  c.add(target_neon::table_f32, target_neon::table_f64);
#else
  c.add(target_baseline::table_f32, target_baseline::table_f64);
#endif
  return c;
}

const Candidates& candidates() {
  static const Candidates found = find_candidates();
  return found;
}

// An unknown name, or one that this machine cannot run, changes nothing.
int find_choice() {
  const char* wanted = std::getenv("FENCHEL_TARGET");
  const Candidates& c = candidates();
  for (int i = 0; wanted != nullptr && i < c.count; ++i) {
    if (std::strcmp(wanted, c.f64[i]->target) == 0) return i;
  }
  return 0;
}

int choice() {
  static const int chosen = find_choice();
  return chosen;
}

}  // namespace

template <>
const Table<float>& table<float>() {
  return *candidates().f32[choice()];
}
template <>
const Table<double>& table<double>() {
  return *candidates().f64[choice()];
}

template <>
const Table<float>* table_at<float>(int i) {
  return i >= 0 && i < candidates().count ? candidates().f32[i] : nullptr;
}
template <>
const Table<double>* table_at<double>(int i) {
  return i >= 0 && i < candidates().count ? candidates().f64[i] : nullptr;
}

int cost_count() { return table<double>().costs; }
const char* cost_name(int i) { return table<double>().cloud[i].name; }
const char* cost_doc(int i) { return table<double>().cloud[i].doc; }

}  // namespace fenchel::kernels
