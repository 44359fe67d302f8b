// inputs.hpp -- the data arguments that several entry points share.
#pragma once
#include "base/array_view.hpp"
#include "fenchel/fenchel.h"

namespace fenchel::capi {

// A cost matrix: f32 or f64, (n, m), both >= 1, and packable in memory where its rows are not contiguous.
ArrayView check_matrix(const fen_array* cost);

// Points x and y, f32 or f64, (n, d) and (m, d), all >= 1; y is x where it may be NULL and is.
struct PointSets {
  ArrayView x, y;
};
PointSets check_clouds(const fen_array* x, const fen_array* y, bool y_optional);

// Throws TOO_LARGE when `bytes` exceeds the memory of this machine; negative stands for an overflow.
void check_fits(const char* what, index bytes);

// a * b * bytes, or -1 where that overflows or a factor is -1.
index product_bytes(index a, index b, index bytes);

}  // namespace fenchel::capi
