/* fuzz_arguments.c -- array descriptors, settings structs and strings of any bits. What a descriptor describes must be
 * memory, so one that reaches outside the arena is laid anew into it; all else is as the input has it. */
#include "fuzz_common.h"

enum { ARENA = 4096, SMALL = 6 };

static _Alignas(64) unsigned char arena[ARENA], arena_before[ARENA];

static int64_t take_size(bytes* in) {
  const unsigned kind = take_byte(in);
  int64_t value;
  if (kind < 230) return kind % (SMALL + 1);
  take(in, &value, sizeof value);
  return value >= 0 && value < INT64_C(1) << 44 ? -value - 1 : value; /* small, absurd or negative, nothing between */
}

static int item(int32_t dtype) { return dtype == FEN_F32 || dtype == FEN_I32 ? 4 : 8; }

/* Whether every element lies within the arena. */
static int inside(const fen_array* a) {
  __int128 low = 0, high = 0;
  for (int k = 0; k < a->ndim && k < 4; ++k) {
    if (a->shape[k] <= 0) return 1; /* nothing is read, or it is refused */
    const __int128 reach = (__int128)a->strides[k] * (a->shape[k] - 1);
    if (reach < 0)
      low += reach;
    else
      high += reach;
  }
  const __int128 start = (unsigned char*)a->data - arena;
  return start + low >= 0 && start + high + item(a->dtype) <= ARENA;
}

static const fen_array* take_array(bytes* in, fen_array* a, int ndim) {
  const unsigned kind = take_byte(in);
  int64_t shape[4];
  if (kind == 255) return NULL;
  for (int k = 0; k < 4; ++k) shape[k] = take_size(in);
  fen_array_init(a, take_byte(in) < 200 ? FEN_F64 : (int32_t)take_below(in, 6), ndim, shape,
                 arena + 8 * take_below(in, ARENA / 8));
  if (kind > 200) { /* spoil some fields */
    if (kind & 1) a->ndim = (int32_t)take_below(in, 7) - 1;
    if (kind & 2) a->flags = take_byte(in);
    if (kind & 4) a->struct_size = take_byte(in);
    if (kind & 8) take(in, a->strides, sizeof a->strides);
    if (kind & 16) a->data = take_byte(in) < 128 ? NULL : (char*)a->data + take_below(in, 8);
    if (kind & 32) a->strides[take_below(in, 4)] = 8 * ((int64_t)take_below(in, 64) - 32);
  }
  if (a->data != NULL && !inside(a)) {
    for (int k = 0; k < 4; ++k) a->shape[k] = a->shape[k] > SMALL ? SMALL : a->shape[k];
    int64_t tame[4];
    memcpy(tame, a->shape, sizeof tame);
    const uint32_t flags = a->flags;
    fen_array_init(a, a->dtype, a->ndim < 0 || a->ndim > 2 ? 2 : a->ndim, tame, arena);
    a->flags = flags;
    if (!inside(a)) return NULL;
  }
  return a;
}

static void fill_arena(bytes* in) {
  double* numbers = (double*)arena;
  for (int i = 0; i < ARENA / 8; ++i) numbers[i] = i < 40 ? take_double(in) : (double)(i * 37 % 64) / 64;
  memcpy(arena_before, arena, ARENA);
}

static fen_sinkhorn_options take_options(bytes* in) {
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  if (take_byte(in) > 200) {
    take(in, &options, sizeof options);
    options.struct_size = take_byte(in) < 128 ? sizeof options : take_below(in, sizeof options + 1);
  }
  options.max_iter = options.max_iter > 30 ? 30 : options.max_iter;
  options.num_threads = options.num_threads == 0 || options.num_threads > 2 ? 1 : options.num_threads;
  return options;
}

static fen_transport_spec take_spec(bytes* in) {
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = take_double(in);
  const unsigned kind = take_byte(in);
  if (kind & 1) spec.rho_a = take_double(in);
  if (kind & 2) spec.rho_b = take_double(in);
  if (kind & 4) spec.reg_type = (int32_t)take_below(in, 3);
  if (kind & 8) spec.symmetric = (int32_t)take_below(in, 3);
  if (kind > 250) {
    take(in, &spec, sizeof spec);
    /* More than there is would be a lie about memory, which no library can see through. */
    if (spec.struct_size > sizeof spec) spec.struct_size = sizeof spec;
  }
  return spec;
}

static const char* take_method(bytes* in) {
  const unsigned kind = take_byte(in);
  return kind > 250 ? "sinkorn" : fen_term_name("transport_method", (int32_t)(kind % 5));
}

static void one_call(bytes* in) {
  fen_array v[5];
  const fen_array *a = take_array(in, &v[0], 1), *b = take_array(in, &v[1], 1), *cost = take_array(in, &v[2], 2);
  const fen_array *phi = take_array(in, &v[3], 1), *psi = take_array(in, &v[4], 1);
  const fen_transport_spec spec = take_spec(in);
  const fen_sinkhorn_options options = take_options(in);
  const char* method = take_method(in);
  fill_arena(in);
  fen_error err = fresh_error();
  if (sane(fen_sinkhorn(a, b, cost, &spec, method, &options, phi, psi, NULL, &err), &err) != FEN_OK)
    DEMAND(memcmp(arena, arena_before, ARENA) == 0);
}

static void batch(bytes* in) {
  fen_array v[7];
  const fen_array *cost = take_array(in, &v[0], 3), *a = take_array(in, &v[1], 2), *b = take_array(in, &v[2], 2);
  const fen_array *sizes = take_byte(in) < 128 ? NULL : take_array(in, &v[3], 2), *phi = take_array(in, &v[4], 2);
  const fen_array *psi = take_array(in, &v[5], 2), *plans = take_array(in, &v[6], 3);
  const fen_transport_spec spec = take_spec(in);
  const fen_sinkhorn_options options = take_options(in);
  const char* method = take_method(in);
  int32_t statuses[SMALL + 1];
  int64_t failed = -1;
  const int64_t count = (int64_t)take_below(in, SMALL + 2) - 1;
  fill_arena(in);
  fen_error err = fresh_error();
  const int32_t status = fen_sinkhorn_batch(count, cost, a, b, sizes, &spec, method, &options, NULL, NULL, phi, psi,
                                            plans, statuses, NULL, &failed, &err);
  if (status != FEN_OK) {
    sane(status, &err);
    DEMAND(memcmp(arena, arena_before, ARENA) == 0 && failed == -1);
    return;
  }
  int64_t bad = 0;
  for (int64_t k = 0; k < count; ++k) bad += statuses[k] != FEN_OK;
  DEMAND(bad == failed);
}

static void divergence(bytes* in) {
  fen_array v[4];
  const fen_array *x = take_array(in, &v[0], 2), *y = take_array(in, &v[1], 2), *a = take_array(in, &v[2], 1);
  const fen_array* grad = take_array(in, &v[3], 2);
  const fen_transport_spec spec = take_spec(in);
  const fen_sinkhorn_options options = take_options(in);
  const char* cost = fen_term_name("cost", (int32_t)take_below(in, 5));
  double value = -77;
  fill_arena(in);
  fen_error err = fresh_error();
  if (sane(fen_sinkhorn_divergence(x, y, a, NULL, cost, &spec, "auto", &options, &value, grad, NULL, NULL, NULL, NULL,
                                   &err),
           &err) != FEN_OK)
    DEMAND(memcmp(arena, arena_before, ARENA) == 0 && value == -77);
}

static void grid(bytes* in) {
  int64_t shape[4];
  double spacing[4];
  for (int k = 0; k < 4; ++k) {
    shape[k] = take_size(in);
    spacing[k] = take_double(in);
  }
  const int32_t ndim = (int32_t)take_below(in, 6) - 1;
  fen_geometry* geometry = NULL;
  fen_error err = fresh_error();
  const int32_t status =
      fen_grid_create(ndim, shape, take_byte(in) < 128 ? NULL : spacing,
                      fen_term_name("cost", (int32_t)take_below(in, 5)), (int32_t)take_below(in, 5), &geometry, &err);
  DEMAND((sane(status, &err) == FEN_OK) == (geometry != NULL));
  fen_geometry_destroy(geometry);
}

static void by_string(bytes* in) {
  char structure[32], name[32], text[40];
  const unsigned kind = take_byte(in);
  take_text(in, structure, sizeof structure);
  take_text(in, name, sizeof name);
  take_text(in, text, sizeof text);
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  const fen_sinkhorn_options before = options;
  const char* of = kind & 1 ? "fen_sinkhorn_options" : kind & 2 ? "fen_transport_spec" : structure;
  fen_setting_info info = {.struct_size = sizeof info};
  if (kind & 4) fen_setting_at("fen_sinkhorn_options", (int32_t)take_below(in, 20), &info);
  fen_error err = fresh_error();
  if (sane(fen_setting_set(of, &options, info.name != NULL ? info.name : name, text, &err), &err) != FEN_OK)
    DEMAND(memcmp(&options, &before, sizeof options) == 0);
  char other[32];
  take_text(in, other, sizeof other);
  fen_geometry* geometry = NULL;
  double point[2] = {0, 1};
  const int64_t shape[2] = {1, 2};
  fen_array x;
  fen_array_init(&x, FEN_F64, 2, shape, point);
  DEMAND((sane(fen_point_cloud_create(&x, NULL, other, &geometry, &err), &err) == FEN_OK) == (geometry != NULL));
  fen_geometry_destroy(geometry);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static void (*const kTargets[])(bytes*) = {one_call, batch, divergence, grid, by_string};
  bytes in = {data, size};
  kTargets[take_below(&in, sizeof kTargets / sizeof kTargets[0])](&in);
  return 0;
}
