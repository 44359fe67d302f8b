// geometry_api.cpp -- fenchel.h section 4: who sends mass to whom, at what cost.
#include "array_check.hpp"
#include "fenchel/fenchel.h"
#include "guard.hpp"
#include "handles.hpp"
#include "inputs.hpp"
#include "names.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

fen_geometry* wrap(std::shared_ptr<const Geometry> core, const ArrayView& borrowed) {
  auto handle = std::make_unique<fen_geometry>();
  handle->core = std::move(core);
  handle->borrowed = borrowed;
  return handle.release();
}

}  // namespace

int32_t fen_matrix_create(const fen_array* cost, fen_geometry** out, fen_error* err) {
  return guarded(err, [&] {
    const ArrayView view = check_matrix(cost);
    require(out, "out");
    std::shared_ptr<const Geometry> core = make_matrix(view);
    const bool in_place = core->copied_bytes() == 0;
    *out = wrap(std::move(core), in_place ? view : ArrayView{});
  });
}

int32_t fen_point_cloud_create(const fen_array* x, const fen_array* y, const char* cost, fen_geometry** out,
                               fen_error* err) {
  return guarded(err, [&] {
    const PointSets points = check_clouds(x, y, true);
    const int which = find_cost(cost);
    require(out, "out");
    *out = wrap(make_point_cloud(points.x, points.y, which), {});
  });
}

int32_t fen_grid_create(int32_t ndim, const int64_t* shape, const double* spacing, const char* cost, int32_t dtype,
                        fen_geometry** out, fen_error* err) {
  return guarded(err, [&] {
    if (ndim < 1 || ndim > 3) fail(Status::RANGE, "ndim is %; legal: 1 .. 3", ndim);
    require(shape, "shape");
    int64_t points = 1;
    for (int k = 0; k < ndim; ++k) {
      if (shape[k] == 0) fail(Status::EMPTY, "shape[%] is 0; legal: >= 1", k);
      if (shape[k] < 0) fail(Status::SHAPE, "shape[%] is %; legal: >= 1", k, shape[k]);
      points = product_bytes(points, shape[k], 1);
      const double step = spacing == nullptr ? 1.0 : spacing[k];
      if (!(step > 0) || step > 1e300) fail(Status::RANGE, "spacing[%] is %; legal: finite and > 0", k, step);
    }
    check_fits("the grid", product_bytes(points, 8, 1));
    const int which = find_cost(cost);
    if (item_size(dtype) == 0) fail(Status::DTYPE, "dtype is %; legal: FEN_F32, FEN_F64", dtype);
    check_real("dtype", static_cast<Dtype>(dtype));
    require(out, "out");
    *out = wrap(make_grid(ndim, shape, spacing, which, static_cast<Dtype>(dtype)), {});
  });
}

int64_t fen_geometry_rows(const fen_geometry* geometry) {
  return geometry == nullptr || geometry->mark != Mark::geometry ? -1 : geometry->core->rows();
}

int64_t fen_geometry_cols(const fen_geometry* geometry) {
  return geometry == nullptr || geometry->mark != Mark::geometry ? -1 : geometry->core->cols();
}

int32_t fen_geometry_dtype(const fen_geometry* geometry) {
  return geometry == nullptr || geometry->mark != Mark::geometry ? -1
                                                                 : static_cast<std::int32_t>(geometry->core->dtype());
}

void fen_geometry_destroy(fen_geometry* geometry) {
  if (geometry == nullptr || geometry->mark != Mark::geometry) return;
  geometry->mark = Mark::dead;
  delete geometry;
}

int32_t fen_geometry_cost(const fen_geometry* geometry, const fen_array* out, fen_error* err) {
  return guarded(err, [&] {
    const fen_geometry& handle = live(geometry);
    const Geometry& core = *handle.core;
    const ArrayView view = check_array("out", out, Access::out, core.dtype(), {core.rows(), core.cols()});
    Arguments arguments;
    arguments.input("the borrowed cost matrix", handle.borrowed);
    arguments.output("out", view);
    arguments.check();
    write_cost(core, view);
  });
}
