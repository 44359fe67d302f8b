// grid_rows.hpp -- rows of a grid for total variation: see the table in prox_kernels.hpp.
#pragma once
#include "kernels/prox_kernels.hpp"
#include "kernels/simd.hpp"

namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE {
namespace {

template <class T>
void grid_primal(index n, const T* v, GridRow<const T> z, const T* above, T* out) {
  if (n <= 0) return;
  out[0] = v[0] + z.down[0] + z.right[0] - (above == nullptr ? T(0) : above[0]);
  for_vectors<T>(1, n, [&](auto io, index j) FENCHEL_INLINE_LAMBDA {
    const Vec<T> sum = io.load(v + j) + io.load(z.down + j) + (io.load(z.right + j) - io.load(z.right + j - 1));
    io.store(above == nullptr ? sum : sum - io.load(above + j), out + j);
  });
}

template <class T>
T grid_dual(index n, const T* x, const T* x_below, GridRow<const T> ahead, T lam, T factor, GridRow<T> z,
            GridRow<T> next) {
  const Vec<T> radius = Set(lam), momentum = Set(factor), eighth = Set(T(0.125)), one = Set(T(1));
  Vec<T> astray = Zero<T>();
  const auto step = [&](auto io, index j, Vec<T> right_of) FENCHEL_INLINE_LAMBDA {
    const Vec<T> here = io.load(x + j), from_down = io.load(ahead.down + j), from_right = io.load(ahead.right + j);
    const Vec<T> below = x_below == nullptr ? here : io.load(x_below + j);
    const Vec<T> down = MulAdd(eighth, below - here, from_down), right = MulAdd(eighth, right_of - here, from_right);
    const Vec<T> norm = Sqrt(down * down + right * right);
    const Vec<T> scale = norm > radius ? radius / norm : one;
    const Vec<T> new_down = down * scale, new_right = right * scale;
    const Vec<T> moved_down = new_down - io.load(z.down + j), moved_right = new_right - io.load(z.right + j);
    astray += (from_down - new_down) * moved_down + (from_right - new_right) * moved_right;
    io.store(new_down, z.down + j);
    io.store(new_right, z.right + j);
    io.store(MulAdd(momentum, moved_down, new_down), next.down + j);
    io.store(MulAdd(momentum, moved_right, new_right), next.right + j);
  };
  // The last entry has no right neighbour.
  for_vectors<T>(0, n - 1, [&](auto io, index j) FENCHEL_INLINE_LAMBDA { step(io, j, io.load(x + j + 1)); });
  if (n > 0) step(Part{1}, n - 1, LoadNOr(Zero<T>(), x + n - 1, 1));
  return static_cast<T>(ReduceSum(astray));
}

}  // namespace
}  // namespace fenchel::kernels::FENCHEL_SIMD_NAMESPACE
