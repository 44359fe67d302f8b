#include "inputs.hpp"

#include <unistd.h>

#include "array_check.hpp"
#include "guard.hpp"

namespace fenchel::capi {
namespace {

index item_bytes(const ArrayView& view) { return item_size(static_cast<std::int32_t>(view.dtype)); }

}  // namespace

ArrayView check_matrix(const fen_array* cost) {
  const ArrayView view = check_array("cost", cost, Access::in);
  check_real("cost", view.dtype);
  check_shape("cost", view, {kAny, kAny});
  const index row = view.shape[1] * item_bytes(view);
  const bool in_place = view.strides[1] == item_bytes(view) && (view.strides[0] >= row || view.shape[0] == 1);
  if (!in_place) check_fits("a packed copy of cost", product_bytes(view.shape[0], row, 1));
  return view;
}

PointSets check_clouds(const fen_array* x, const fen_array* y, bool y_optional) {
  PointSets sets;
  sets.x = check_array("x", x, Access::in);
  check_real("x", sets.x.dtype);
  check_shape("x", sets.x, {kAny, kAny});
  sets.y = y == nullptr && y_optional ? sets.x : check_array("y", y, Access::in, sets.x.dtype, {kAny, sets.x.shape[1]});
  for (const ArrayView& points : {sets.x, sets.y})
    check_fits("a copy of the points", product_bytes(points.shape[0], points.shape[1], 2 * item_bytes(points)));
  return sets;
}

void check_fits(const char* what, index bytes) {
  static const double memory =  // asked once: it is a system call
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes < 0) fail(Status::TOO_LARGE, "% would take more than 2^63 bytes; legal: what fits in memory", what);
  if (static_cast<double>(bytes) > memory)
    fail(Status::TOO_LARGE, "% would take % bytes; legal: <= %, the memory of this machine", what, bytes,
         static_cast<index>(memory));
}

index product_bytes(index a, index b, index bytes) {
  if (a < 0 || b < 0 || bytes < 0) return -1;
  index product;
  return __builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(product, bytes, &product) ? -1 : product;
}

}  // namespace fenchel::capi
