// prox_generic.hpp -- the kernels of prox_kernels.hpp for one instruction set. Included once by each
// targets/prox_*.cpp, which names the target as for simd.hpp.
#pragma once
#include "kernels/grid_rows.hpp"
#include "kernels/separable_maps.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {
template <class T, class Map>
FENCHEL_INLINE void map_coordinates(const SeparableRule& rule, const SeparableArgs<T>& args, Map map) {
  const T* v = args.v;
  T* out = args.out;
  with_levels(rule, args.first, [&](auto level) {
    const auto loop = [&](auto step) FENCHEL_INLINE_LAMBDA {
      for_reals(args.n, [=](auto io, index k) FENCHEL_INLINE_LAMBDA {
        const Real s = step(io, k);
        io.store(map(io.load(v + k), s * level(io, k), s, io, k), out + k);
      });
    };
    if (args.steps == nullptr)
      loop(OneLevel{Set(args.step)});
    else
      loop(EachStep<T>{args.steps});
  });
}

template <class T>
void separable_prox(const SeparableRule& rule, const SeparableArgs<T>& args) {
  switch (rule.kind) {
    case SeparableRule::piecewise:
      if (rule.slopes != nullptr || rule.lowers != nullptr || rule.uppers != nullptr)
        return map_coordinates(rule, args, LinearMap(rule, args.first));
      if (rule.square != 0) return map_coordinates(rule, args, SoftMap<true>(rule));
      return map_coordinates(rule, args, SoftMap<false>(rule));
    case SeparableRule::curved:
      return map_coordinates(rule, args, CurvedMap(rule));
    case SeparableRule::hard:
      if (rule.positive) return map_coordinates(rule, args, HardMap<true>{});
      return map_coordinates(rule, args, HardMap<false>{});
    case SeparableRule::mcp:
      return map_coordinates(rule, args, McpMap(rule));
    case SeparableRule::scad:
      return map_coordinates(rule, args, ScadMap(rule));
  }
}

FENCHEL_INLINE Real as_float(Real v) {
  return __builtin_convertvector(__builtin_convertvector(v, Types<float>::Half), Real);
}

template <class T, class Cost>
FENCHEL_INLINE double sum_costs(const SeparableRule& rule, const SeparableArgs<T>& args, Cost cost) {
  Real total = Zero<double>();
  const T* x = args.v;
  const bool fixed = rule.fixed;
  with_levels(rule, args.first, [&](auto level) {
    for_reals(args.n, [&](auto io, index k) FENCHEL_INLINE_LAMBDA {
      const Real c = cost(io.load(x + k)), g = c * level(io, k);
      total += io.count(fixed ? (c == Zero<double>() ? c : g) : g);
    });
  });
  return ReduceSum(total);
}

// inf outside the bounds, which rounding to float may move.
FENCHEL_INLINE Real within(Real x, Real low, Real high, Real inside) {
  const Real above = x >= Min(as_float(low), low) ? inside : Set(kInfinity);
  return x <= Max(as_float(high), high) ? above : Set(kInfinity);
}

template <class T>
double sum_linear(const SeparableRule& rule, const SeparableArgs<T>& args) {
  const LinearMap map(rule, args.first);
  const T* v = args.v;
  Real total = Zero<double>();
  if (rule.slopes != nullptr) {
    for_reals(args.n, [&](auto io, index k)
                          FENCHEL_INLINE_LAMBDA { total += io.count(io.load(map.slopes + k) * io.load(v + k)); });
  } else if (rule.lowers == nullptr && rule.uppers == nullptr) {
    const Real least = Min(as_float(map.lower), map.lower), most = Max(as_float(map.upper), map.upper);
    for_reals(args.n, [&](auto io, index k) FENCHEL_INLINE_LAMBDA {
      const Real x = io.load(v + k), above = x >= least ? Zero<double>() : Set(kInfinity);
      total += io.count(x <= most ? above : Set(kInfinity));
    });
  } else {
    for_reals(args.n, [&](auto io, index k) FENCHEL_INLINE_LAMBDA {
      const Real low = map.lowers == nullptr ? map.lower : io.load(map.lowers + k);
      const Real high = map.uppers == nullptr ? map.upper : io.load(map.uppers + k);
      total += io.count(within(io.load(v + k), low, high, Zero<double>()));
    });
  }
  return ReduceSum(total);
}

template <class T>
double separable_value(const SeparableRule& rule, const SeparableArgs<T>& args) {
  double sum = rule.bounded || rule.slopes != nullptr ? sum_linear(rule, args) : 0;
  switch (rule.kind) {
    case SeparableRule::piecewise:
      if (rule.up == 0 && rule.down == 0 && rule.square == 0) return sum;
      if (rule.up == rule.down && rule.low == -rule.high && rule.square == 0)
        return sum + sum_costs(rule, args, EvenCost(rule));
      return sum + sum_costs(rule, args, SoftCost(rule));
    case SeparableRule::curved:
      return sum + sum_costs(rule, args, CurvedCost(rule));
    case SeparableRule::hard:
      return sum + sum_costs(rule, args, HardCost{});
    case SeparableRule::mcp:
      return sum + sum_costs(rule, args, McpCost(rule));
    case SeparableRule::scad:
      return sum + sum_costs(rule, args, ScadCost(rule));
  }
  return sum;
}

template <class T>
constexpr ProxTable<T> make_prox_table(const char* target) {
  return {target, separable_prox<T>, separable_value<T>, grid_primal<T>, grid_dual<T>};
}

}  // namespace

extern const ProxTable<float> prox_table_f32;
extern const ProxTable<double> prox_table_f64;
constinit const ProxTable<float> prox_table_f32 = make_prox_table<float>(FENCHEL_SIMD_TARGET);
constinit const ProxTable<double> prox_table_f64 = make_prox_table<double>(FENCHEL_SIMD_TARGET);

}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
