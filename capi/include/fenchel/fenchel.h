/*
 * fenchel.h -- the C interface of fenchel, an embeddable runtime for regularised optimisation.
 *
 * Three ways in, in order of ease:
 *   1. one call         fen_sinkhorn(a, b, cost, &spec, "auto", NULL, phi, psi, &result, &err)
 *   2. composition      geometry -> problem -> solver: warm starts, progress, cancel, plan, derivatives
 *   3. many at once     fen_sinkhorn_batch: one call, many problems, a status each
 *
 * Rules that hold for every function
 *   status    0 is success, negative is failure (fen_status_code). A failed call writes none of its
 *             outputs except *err. How a solve *ended* is result.termination, not the status.
 *   err       may be NULL; else it is caller-owned, needs no initialisation beyond struct_size, and after
 *             a failure its message names the offending argument, its value and the legal range.
 *   handles   fen_x_create writes *out only on success; fen_x_destroy accepts NULL. Geometries and
 *             problems are immutable and may be shared by threads; a solver belongs to one thread at a
 *             time. fen_cancel alone may be called from any thread, or from a signal handler. A problem keeps
 *             its geometry alive, a solver its problem: handles may be destroyed in any order. Destroying a solver
 *             that runs cancels it; the running call frees it.
 *   arrays    fen_array is a borrowed view. Outputs are written in full or not at all, never overlap an
 *             input, and may have any strides. Inputs are copied before the call returns, except the
 *             cost matrix, which its geometry borrows: it must outlive every handle made from it.
 *   structs   struct_size comes first: the caller's sizeof, set by fen_x_init or by hand; new fields are
 *             appended, and zero means "as before".
 *   callbacks run on the thread that called, return 0 to go on, positive to cancel (the best iterate is
 *             returned), negative to fail: FEN_E_CALLBACK, the value is passed back in err->detail.
 *   threads   none is alive between calls, but that of a session (section 16), which sleeps. Results do not depend on num_threads, to the last bit.
 *   host      nothing is printed, no signal handler, locale, environment or floating-point state changed.
 */
#ifndef FENCHEL_FENCHEL_H
#define FENCHEL_FENCHEL_H

#include <stddef.h>
#include <stdint.h>

#include "fenchel/declared.h"
#include "fenchel/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------
 * 1. Version, target, names
 * ------------------------------------------------------------------------------------------------ */

#define FEN_VERSION_MAJOR 0
#define FEN_VERSION_MINOR 1
#define FEN_VERSION_PATCH 0
#define FEN_ABI_VERSION 0

/* "0.1.0"; static. */
FEN_API const char *fen_version(void);

/* The ABI generation, equal to the number in the SONAME. */
FEN_API int32_t fen_abi_version(void);

/* The instruction set in use: "baseline", "avx2", "avx512" or "neon". Chosen once, on first use; the
 * environment variable FENCHEL_TARGET overrides it (tests), a target this machine lacks is ignored. */
FEN_API const char *fen_target(void);

/* Names and default texts of fen_status_code, fen_termination and fen_certificate values; static, never
 * NULL ("unknown" for codes of the future). */
FEN_API const char *fen_status_name(int32_t status);
FEN_API const char *fen_status_message(int32_t status);
FEN_API const char *fen_termination_name(int32_t termination);
FEN_API const char *fen_certificate_name(int32_t certificate);

/* The catalogues: kind is "cost", "transport_method", "operator", "smooth", "prox", "minimize_method" or
 * "solution_parameter". fen_term_name
 * and fen_term_doc return NULL past the end or for an unknown kind; fen_term_count returns -1 then. */
FEN_API int32_t fen_term_count(const char *kind);
FEN_API const char *fen_term_name(const char *kind, int32_t index);
FEN_API const char *fen_term_doc(const char *kind, int32_t index);

/* Everything declared once (status codes, settings, terms, structs) as JSON; static. */
FEN_API const char *fen_describe(void);

/* ---------------------------------------------------------------------------------------------------
 * 2. Arrays
 * ------------------------------------------------------------------------------------------------ */

typedef enum fen_dtype {
  FEN_F32 = 1,
  FEN_F64 = 2,
  FEN_I32 = 3,
  FEN_I64 = 4
} fen_dtype;

enum { FEN_MAX_DIMS = 4 };

typedef enum fen_array_flags { FEN_ARRAY_READONLY = 1 } fen_array_flags;

/* A borrowed, strided view: element (i0, i1, ...) is at data + sum_k i_k * strides[k] bytes. Strides may
 * be zero (broadcast inputs) or negative; each is a multiple of the element size. */
typedef struct fen_array {
  uint32_t struct_size; /* sizeof(fen_array) */
  int32_t dtype;        /* fen_dtype */
  int32_t ndim;         /* 0 .. FEN_MAX_DIMS */
  uint32_t flags;       /* fen_array_flags */
  void *data;
  int64_t shape[4];
  int64_t strides[4]; /* bytes */
} fen_array;

/* Fills *array with a C-contiguous view of data. Never fails on valid pointers; shape[0 .. ndim-1]. */
FEN_API void fen_array_init(fen_array *array, int32_t dtype, int32_t ndim, const int64_t *shape,
                            void *data);

/* ---------------------------------------------------------------------------------------------------
 * 3. Settings by struct and by string
 *    The structs (fen_transport_spec, fen_minimize_options, ...) stand in declared.h, one comment a field.
 * ------------------------------------------------------------------------------------------------ */

/* Fill with defaults; `size` is the caller's sizeof. A size this library does not know is FEN_E_STRUCT_SIZE. */
FEN_API int32_t fen_transport_spec_init(fen_transport_spec *spec, size_t size);
FEN_API int32_t fen_sinkhorn_options_init(fen_sinkhorn_options *options, size_t size);
FEN_API int32_t fen_transport_result_init(fen_transport_result *result, size_t size);

/* Introspection: `structure` is the name of a struct of settings, as "fen_sinkhorn_options". Count is -1 for an unknown
 * structure; info returns FEN_E_NAME or FEN_E_RANGE. Strings are static. */
typedef struct fen_setting_info {
  uint32_t struct_size;
  int32_t dtype; /* FEN_F64, FEN_I64 or FEN_I32 */
  const char *name;
  const char *doc;
  double default_value;
  double lower; /* legal values: lower <= value <= upper */
  double upper;
} fen_setting_info;

FEN_API int32_t fen_setting_count(const char *structure);
FEN_API int32_t fen_setting_at(const char *structure, int32_t index, fen_setting_info *info);

/* Set or get one field by name; text is a decimal number, or the name of a choice (reg_type "kl", linear_solver "cg"),
 * locale-independent. A misspelt name is FEN_E_NAME with the nearest valid ones in the message. */
FEN_API int32_t fen_setting_set(const char *structure, void *settings, const char *name,
                                const char *text, fen_error *err);
FEN_API int32_t fen_setting_get(const char *structure, const void *settings, const char *name,
                                double *value, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 4. Geometries: who sends mass to whom, at what cost
 * ------------------------------------------------------------------------------------------------ */

typedef struct fen_geometry fen_geometry;

/* A cost matrix C, (n, m), f32 or f64, finite. Borrowed: the data must outlive the geometry and everything
 * made from it, unchanged. Rows contiguous: read in place; any other strides: packed once, counted in
 * result.copied_bytes. */
FEN_API int32_t fen_matrix_create(const fen_array *cost, fen_geometry **out, fen_error *err);

/* Points x, (n, d), and y, (m, d), of one dtype; cost is a name: fen_term_name("cost", i). The cost is
 * computed on the fly: memory O((n + m) d), never n x m. The points are copied. y may be NULL: y = x. */
FEN_API int32_t fen_point_cloud_create(const fen_array *x, const fen_array *y, const char *cost,
                                       fen_geometry **out, fen_error *err);

/* A regular grid of shape[0] x ... x shape[ndim-1] points (row-major), ndim 1 .. 3, with spacing[k] > 0
 * between neighbours (NULL: 1 / shape[k]); n = m = the product. cost is "sqeuclidean" or "l1", which split by axis:
 * an iteration costs O(n sum_k shape[k]), or O(n ndim) for "l1". dtype FEN_F32 or FEN_F64 is that of a and b. */
FEN_API int32_t fen_grid_create(int32_t ndim, const int64_t *shape, const double *spacing,
                                const char *cost, int32_t dtype, fen_geometry **out, fen_error *err);

FEN_API int64_t fen_geometry_rows(const fen_geometry *geometry); /* -1 for NULL */
FEN_API int64_t fen_geometry_cols(const fen_geometry *geometry);
FEN_API int32_t fen_geometry_dtype(const fen_geometry *geometry);
FEN_API void fen_geometry_destroy(fen_geometry *geometry);

/* The cost matrix written out, (n, m) of the geometry's dtype. */
FEN_API int32_t fen_geometry_cost(const fen_geometry *geometry, const fen_array *out, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 5. Transport problems
 *
 *    min over P >= 0   <C, P> + R(P) + rho_a KL(P 1 | a) + rho_b KL(P^T 1 | b)
 *      R(P) = eps KL(P | a b^T)        reg_type kl       P_ij = a_i b_j exp((phi_i + psi_j - C_ij) / eps)
 *      R(P) = eps sum P (log P - 1)    reg_type entropy  P_ij =         exp((phi_i + psi_j - C_ij) / eps)
 *    KL(p | q) = sum p log(p/q) - p + q; rho = inf turns a term into a constraint.
 *    Cuturi, Sinkhorn Distances (2013); Chizat et al., Scaling Algorithms for Unbalanced OT (2018).
 * ------------------------------------------------------------------------------------------------ */

typedef struct fen_problem fen_problem;

/* a, (n), and b, (m): finite, >= 0, of the geometry's dtype, copied; NULL means uniform 1/n, 1/m. Exact
 * zeros are legal: plan rows there are exactly 0. Where both rho are inf the total masses must agree to
 * 1e-6 (f64) or 1e-4 (f32) relative; b is then rescaled to a's mass. */
FEN_API int32_t fen_transport_create(const fen_geometry *geometry, const fen_array *a,
                                     const fen_array *b, const fen_transport_spec *spec,
                                     fen_problem **out, fen_error *err);
FEN_API void fen_problem_destroy(fen_problem *problem);

/* ---------------------------------------------------------------------------------------------------
 * 6. Solvers
 * ------------------------------------------------------------------------------------------------ */

typedef struct fen_solver fen_solver;

typedef int32_t (*fen_monitor_fn)(void *user, const fen_progress *progress);

/* method is a name: fen_term_name("transport_method", i). options may be NULL: defaults. Takes all the
 * memory that solving needs. */
FEN_API int32_t fen_sinkhorn_create(const fen_problem *problem, const char *method,
                                    const fen_sinkhorn_options *options, fen_solver **out,
                                    fen_error *err);
FEN_API void fen_solver_destroy(fen_solver *solver);

/* Bytes that a solver of this method would take for this problem, data excluded. */
FEN_API int32_t fen_sinkhorn_workspace(const fen_problem *problem, const char *method,
                                       const fen_sinkhorn_options *options, int64_t *bytes,
                                       fen_error *err);

/* Called on the solving thread at most every monitor_interval seconds. NULL removes it. */
FEN_API int32_t fen_solver_set_monitor(fen_solver *solver, fen_monitor_fn monitor, void *user);

/* Ends a running solve soon (also one about to start) with termination CANCELLED. An atomic store. */
FEN_API void fen_cancel(fen_solver *solver);

/* Start from these potentials, (n) and (m), in units of the cost; either may be NULL (one half-sweep
 * finds it). -inf is legal where the weight is 0. Also undoes an earlier warm start: both NULL. */
FEN_API int32_t fen_solver_warm_start(fen_solver *solver, const fen_array *phi, const fen_array *psi,
                                      fen_error *err);

/* Solves from the warm start, or from zero. result may be NULL. A solver may solve again. */
FEN_API int32_t fen_solver_solve(fen_solver *solver, fen_transport_result *result, fen_error *err);

/* The last result again. FEN_E_STATE before the first solve: this and all of section 7. */
FEN_API int32_t fen_solver_result(const fen_solver *solver, fen_transport_result *result,
                                  fen_error *err);

/* One call: matrix problem, solve, potentials. phi, psi and result may each be NULL. */
FEN_API int32_t fen_sinkhorn(const fen_array *a, const fen_array *b, const fen_array *cost,
                             const fen_transport_spec *spec, const char *method,
                             const fen_sinkhorn_options *options, const fen_array *phi,
                             const fen_array *psi, fen_transport_result *result, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 7. What a solved transport problem answers. Passes made here are not counted in the result.
 *    Arrays are of the geometry's dtype unless said otherwise.
 * ------------------------------------------------------------------------------------------------ */

/* phi, (n), psi, (m), in units of the cost; either may be NULL. Where a weight is 0 (kl) the potential is
 * the c-transform of the other one: finite. */
FEN_API int32_t fen_transport_potentials(const fen_solver *solver, const fen_array *phi,
                                         const fen_array *psi, fen_error *err);

/* P, (n, m). */
FEN_API int32_t fen_transport_plan(const fen_solver *solver, const fen_array *plan, fen_error *err);

/* P in CSR, entries > threshold only. First call with indptr, indices and values NULL: *nnz is set. Then
 * indptr, (n + 1) i64, indices, (nnz) i32 or i64, values, (nnz): *nnz is read as their length. */
FEN_API int32_t fen_transport_plan_csr(const fen_solver *solver, double threshold, int64_t *nnz,
                                       const fen_array *indptr, const fen_array *indices,
                                       const fen_array *values, fen_error *err);

typedef enum fen_apply_flags {
  FEN_APPLY_TRANSPOSE = 1, /* P^T v instead of P v */
  FEN_APPLY_NORMALIZE = 2  /* divide each row by the plan's own marginal: barycentric projection; rows without mass are 0 */
} fen_apply_flags;

/* out = P v without forming P: v (m, k) -> out (n, k), or v (n, k) -> out (m, k) transposed; (m) and (n)
 * stand for k = 1. */
FEN_API int32_t fen_transport_apply(const fen_solver *solver, uint32_t flags, const fen_array *v,
                                    const fen_array *out, fen_error *err);

typedef enum fen_sample_mode {
  FEN_SAMPLE_PER_ROW = 0,            /* count = n: a column for each row; rows without mass get -1 */
  FEN_SAMPLE_JOINT = 1,              /* independent pairs (i, j) ~ P / mass */
  FEN_SAMPLE_WITHOUT_REPLACEMENT = 2 /* distinct pairs, successive sampling */
} fen_sample_mode;

/* Pairs of indices, (count) i64 each, a function of plan, mode and seed only: not of threads. */
FEN_API int32_t fen_transport_sample(const fen_solver *solver, int32_t mode, uint64_t seed,
                                     const fen_array *rows, const fen_array *cols, fen_error *err);

/* Gradient of the optimal value by the envelope theorem, of what `with_respect_to` names: "a" (n), "b" (m)
 * (kl; balanced: centred to zero mean over the support, the direction of equal mass change being undetermined),
 * "cost" (n, m) (the plan), "x" (n, d), "y" (m, d) of a point cloud; a subgradient, 0, at x = y for euclidean. */
FEN_API int32_t fen_transport_gradient(const fen_solver *solver, const char *with_respect_to,
                                       const fen_array *out, fen_error *err);

/* Implicit derivatives of the solution map (a, b, cost) -> (phi, psi, plan) at the returned potentials:
 * one symmetric solve with [[diag P1, P], [P^T, diag P^T 1]] by preconditioned conjugate gradients on the Schur
 * complement, relative tolerance `tol` (0: 1e-10 f64, 1e-5 f32). In a balanced problem potentials are defined up
 * to (+c, -c); they are gauged to sum_i a_i phi_i = sum_j b_j psi_j, and so are their derivatives; weight
 * derivatives there are taken on the tangent space of equal masses (zero-mean).
 *
 * vjp: cotangents of phi (n), psi (m), plan (n, m), any may be NULL -> a (n), b (m), cost (n, m), or for a
 * point cloud x (n, d), y (m, d); any may be NULL. With plan cotangent or cost output NULL no n x m array is formed.
 * jvp: tangents of a, b, cost (or x, y) -> phi, psi, plan.
 * FEN_E_SINGULAR: the solve missed its tolerance; FEN_E_UNSUPPORTED: symmetric problems. */
typedef struct fen_transport_bundle {
  uint32_t struct_size;
  const fen_array *a, *b, *cost, *x, *y; /* problem side; NULL where absent */
  const fen_array *phi, *psi, *plan;     /* solution side */
} fen_transport_bundle;

FEN_API int32_t fen_transport_vjp(const fen_solver *solver, double tol,
                                  const fen_transport_bundle *bundle, fen_error *err);
FEN_API int32_t fen_transport_jvp(const fen_solver *solver, double tol,
                                  const fen_transport_bundle *bundle, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 8. Sinkhorn divergence
 *    S = OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2, kl, the same eps and rho throughout.
 *    Feydy et al., Interpolating between Optimal Transport and MMD (2019); Sejourne et al. (2019), eq. 12.
 * ------------------------------------------------------------------------------------------------ */

/* Points x (n, d), y (m, d). value is required; gradients x_grad (n, d), y_grad (m, d), a_grad (n), b_grad
 * (m) may be NULL; results, NULL or an array of three: (a, b), (a, a), (b, b), results[0].struct_size bytes apart. */
FEN_API int32_t fen_sinkhorn_divergence(const fen_array *x, const fen_array *y, const fen_array *a,
                                        const fen_array *b, const char *cost,
                                        const fen_transport_spec *spec, const char *method,
                                        const fen_sinkhorn_options *options, double *value,
                                        const fen_array *x_grad, const fen_array *y_grad,
                                        const fen_array *a_grad, const fen_array *b_grad,
                                        fen_transport_result *results, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 9. Batches
 * ------------------------------------------------------------------------------------------------ */

/* `count` problems in one call, parallel over problems (num_threads). cost (count, n, m), a (count, n) or
 * NULL, b (count, m) or NULL; a stride 0 in the first dimension shares one matrix. sizes, (count, 2) i64 or NULL:
 * problem k uses the leading sizes[k] block; the rest is neither read nor written. Outputs: phi (count, n), psi
 * (count, m), plans (count, n, m), each or NULL; statuses, count codes, and results, count structs, each or
 * NULL. A bad problem fails alone: its status is set, its outputs are untouched, and the call returns FEN_OK with
 * *failed (or NULL) counting such items; err then describes the first. monitor is called between problems,
 * iteration = problems done; when it cancels, or at the time limit, the problems not begun fail with FEN_E_STATE. When it
 * fails, FEN_E_CALLBACK is returned and finished problems have been written: the one call that may leave part of its
 * outputs. results[0].struct_size is that of all, and their distance in memory. */
FEN_API int32_t fen_sinkhorn_batch(int64_t count, const fen_array *cost, const fen_array *a,
                                   const fen_array *b, const fen_array *sizes,
                                   const fen_transport_spec *spec, const char *method,
                                   const fen_sinkhorn_options *options, fen_monitor_fn monitor,
                                   void *user, const fen_array *phi, const fen_array *psi,
                                   const fen_array *plans, int32_t *statuses,
                                   fen_transport_result *results, int64_t *failed, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 10. Terms: operators, smooth terms and simple terms, by name
 *
 *    The catalogue grows without the interface growing: kind and name say what is made, parameters are (name, value)
 *    pairs, and fen_term_parameter lists what a term takes. Terms are immutable, may be shared by threads, and keep alive
 *    the terms they are made of. Vectors given to the calls below must be finite (FEN_E_NOT_FINITE), and outputs must not
 *    meet what a term borrows.
 * ------------------------------------------------------------------------------------------------ */

typedef struct fen_term fen_term;

/* One parameter: a number, an array, or a term, whichever the parameter is; the others 0. Terms that take a list of terms
 * get it as several parameters of one name. This struct is frozen: it has no struct_size and never grows. */
typedef struct fen_param {
  const char *name;
  double value;
  const fen_array *array;
  const fen_term *term;
} fen_param;

/* kind is "operator", "smooth" or "prox", name one of fen_term_name(kind, i). Arrays are copied, except those of
 * parameters that are marked as borrowed (matrices): these must outlive every handle made from the term, unchanged.
 * FEN_E_NAME for an unknown kind, term or parameter (with the nearest names), or one given again; FEN_E_RANGE, FEN_E_SHAPE,
 * FEN_E_DTYPE, FEN_E_NOT_FINITE for values; FEN_E_STATE for a term of another kind; FEN_E_NULL_ARGUMENT for a required
 * parameter that is missing: the message names it. */
FEN_API int32_t fen_term_create(const char *kind, const char *name, const fen_param *params,
                                int32_t count, fen_term **out, fen_error *err);
FEN_API void fen_term_destroy(fen_term *term);

typedef enum fen_param_kind {
  FEN_PARAM_REAL = 0,
  FEN_PARAM_INTEGER = 1,
  FEN_PARAM_ARRAY = 2,   /* f32 or f64 */
  FEN_PARAM_INDICES = 3, /* i32 or i64 */
  FEN_PARAM_OPERATOR = 4,
  FEN_PARAM_SMOOTH = 5,
  FEN_PARAM_PROX = 6
} fen_param_kind;

typedef enum fen_param_flags {
  FEN_PARAM_REQUIRED = 1,
  FEN_PARAM_MANY = 2,    /* may be given several times */
  FEN_PARAM_BORROWED = 4 /* the array is read in place */
} fen_param_flags;

typedef struct fen_param_info {
  uint32_t struct_size;
  int32_t kind;   /* fen_param_kind */
  uint32_t flags; /* fen_param_flags */
  int32_t reserved;
  const char *name;
  const char *doc;
  double default_value; /* numbers */
  double lower;         /* legal: lower <= value (each element) <= upper */
  double upper;
} fen_param_info;

/* The parameters of a term of the catalogue; count is -1 for an unknown one. Strings are static. */
FEN_API int32_t fen_term_parameter_count(const char *kind, const char *name);
FEN_API int32_t fen_term_parameter(const char *kind, const char *name, int32_t index,
                                   fen_param_info *info);

/* "operator", "smooth" or "prox" of a live handle (NULL else), its sizes (an operator's rows and cols; rows = cols = n
 * of the others, -1 where any size will do), and what it can do: the names of its capabilities, separated by blanks. */
FEN_API const char *fen_term_kind(const fen_term *term);
FEN_API int64_t fen_term_rows(const fen_term *term);
FEN_API int64_t fen_term_cols(const fen_term *term);
FEN_API int32_t fen_term_capabilities(const fen_term *term, char *text, int64_t size, fen_error *err);

/* y = A x, x (n) -> y (m), or with FEN_APPLY_TRANSPOSE y = A^T x, x (m) -> y (n). f32 or f64, both alike; (k, n) -> (k, m)
 * applies A to each row. */
FEN_API int32_t fen_operator_apply(const fen_term *op, uint32_t flags, const fen_array *x,
                                   const fen_array *y, fen_error *err);

/* An upper bound of the spectral norm, at most 2 % above it; may take some products with A and A^T. */
FEN_API int32_t fen_operator_norm(const fen_term *op, double *norm, fen_error *err);

/* f(x) at x (n), f32 or f64; gradient (n) or NULL. */
FEN_API int32_t fen_smooth_gradient(const fen_term *f, const fen_array *x, double *value,
                                    const fen_array *gradient, fen_error *err);

/* out = (Hessian at x) v, all (n). FEN_E_UNSUPPORTED without the capability hvp. */
FEN_API int32_t fen_smooth_hvp(const fen_term *f, const fen_array *x, const fen_array *v,
                               const fen_array *out, fen_error *err);

/* An upper bound of the gradient's Lipschitz constant, or inf. */
FEN_API int32_t fen_smooth_lipschitz(const fen_term *f, double *constant, fen_error *err);

/* out = argmin over x of g(x) + sum_i (x_i - v_i)^2 / (2 step_i), v and out (n) or (k, n), a row a problem; out may be
 * v itself. steps is NULL (then step > 0 holds for all), or (n) with the capability vector_step, or (k, 1) a step a
 * row. value is NULL or k doubles: g(out). num_threads as in the solvers; rows are shared out. Parikh and Boyd (2014), eq. 1.1. */
FEN_API int32_t fen_prox_apply(const fen_term *g, const fen_array *v, double step,
                               const fen_array *steps, const fen_array *out, double *value,
                               int32_t num_threads, fen_error *err);

/* g(x), x (n): inf outside the domain. */
FEN_API int32_t fen_prox_value(const fen_term *g, const fen_array *x, double *value, fen_error *err);

/* out = J^T cotangent, all (n) or (k, n), J an element of the generalised Jacobian of prox at v. */
FEN_API int32_t fen_prox_vjp(const fen_term *g, const fen_array *v, double step,
                             const fen_array *cotangent, const fen_array *out, fen_error *err);

/* g*(u) = sup over x of <u, x> - g(x). */
FEN_API int32_t fen_prox_conjugate(const fen_term *g, const fen_array *u, double *value,
                                   fen_error *err);

/* Callback terms. x, y, v, gradient, out point to n (or rows, cols) values of `dtype`, FEN_F32 or FEN_F64, contiguous and
 * valid during the call; out is never v. They run on the thread that solves. hvp may be NULL; lipschitz: a bound, or inf
 * when unknown; convex: 0 or 1. A prox with step 0 is asked for *value = g(v) alone. They return 0 to go on, a negative
 * value to fail (FEN_E_CALLBACK, the value in err->detail), a positive one to cancel: a solve then ends as by fen_cancel,
 * any other call with FEN_E_CALLBACK and a positive detail, since there is no iterate to return. */
typedef int32_t (*fen_apply_fn)(void *user, int32_t dtype, const void *x, void *y);
typedef int32_t (*fen_gradient_fn)(void *user, int64_t n, int32_t dtype, const void *x, double *value,
                                   void *gradient_or_null);
typedef int32_t (*fen_hvp_fn)(void *user, int64_t n, int32_t dtype, const void *x, const void *v,
                              void *out);
typedef int32_t (*fen_prox_fn)(void *user, int64_t n, int32_t dtype, const void *v, double step,
                               void *out, double *value);
FEN_API int32_t fen_operator_callback(int64_t rows, int64_t cols, fen_apply_fn apply,
                                      fen_apply_fn adjoint, void *user, fen_term **out,
                                      fen_error *err);
FEN_API int32_t fen_smooth_callback(int64_t n, fen_gradient_fn gradient, fen_hvp_fn hvp,
                                    double lipschitz, int32_t convex, void *user, fen_term **out,
                                    fen_error *err);
FEN_API int32_t fen_prox_callback(int64_t n, fen_prox_fn prox, int32_t convex, void *user,
                                  fen_term **out, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 11. Composite problems:  minimise over x, (n),   f(x) + sum_i g_i(A_i x)
 * ------------------------------------------------------------------------------------------------ */

/* f may be NULL; g has `count` simple terms, A as many operators, each of which may be NULL (the identity), or is NULL
 * itself. n is needed where no term has a size, else 0 will do. dtype, FEN_F32 or FEN_F64, is that of x; data of terms
 * may be stored in either. A free intercept of f is the tail of x, on which no g_i acts. */
FEN_API int32_t fen_composite_create(int32_t dtype, int64_t n, const fen_term *f, int32_t count,
                                     const fen_term *const *g, const fen_term *const *A,
                                     fen_problem **out, fen_error *err);

/* Unknowns, -1 for what is no problem of this kind. */
FEN_API int64_t fen_composite_size(const fen_problem *problem);

FEN_API int32_t fen_minimize_options_init(fen_minimize_options *options, size_t size);
FEN_API int32_t fen_minimize_result_init(fen_minimize_result *result, size_t size);

/* method is a name: fen_term_name("minimize_method", i), or "auto". options may be NULL: defaults. Takes all the memory
 * that solving needs. FEN_E_UNSUPPORTED names what the method misses, and methods that would work. The solver knows
 * fen_solver_destroy, fen_solver_set_monitor and fen_cancel of section 6; calls for transport refuse it with
 * FEN_E_STATE. In fen_progress, passes counts gradients and eps is 0. */
FEN_API int32_t fen_minimize_create(const fen_problem *problem, const char *method,
                                    const fen_minimize_options *options, fen_solver **out,
                                    fen_error *err);

/* Start from x, (n), finite; NULL: from zero again. */
FEN_API int32_t fen_minimize_warm_start(fen_solver *solver, const fen_array *x, fen_error *err);

/* Solves from the warm start, or from zero; x, (n), the best iterate, and result may be NULL. A solver may solve again. */
FEN_API int32_t fen_minimize_solve(fen_solver *solver, const fen_array *x,
                                   fen_minimize_result *result, fen_error *err);

/* The last result and iterate again. FEN_E_STATE before the first solve, here and below. A solve refused for its
 * arguments is none; one that ended with FEN_E_CALLBACK is answered for as if it had been cancelled: the best iterate so
 * far, and certificate FEN_CERTIFICATE_NONE where nothing had been measured yet. */
FEN_API int32_t fen_minimize_result_get(const fen_solver *solver, fen_minimize_result *result,
                                        fen_error *err);
FEN_API int32_t fen_minimize_solution(const fen_solver *solver, const fen_array *x, fen_error *err);

/* The dual point of summand i: u, of the size that g_i sees, with u in the subdifferential of g_i(A_i x) at optimality.
 * FEN_E_UNSUPPORTED where the method has none. */
FEN_API int32_t fen_minimize_dual(const fen_solver *solver, int32_t summand, const fen_array *u,
                                  fen_error *err);

/* The last records, oldest first: records (k, 6) f64 with k <= *count: iteration, seconds, objective, residual, gap,
 * support. With records NULL *count is set to how many there are; the setting `trace` says how many are kept. */
FEN_API int32_t fen_minimize_trace(const fen_solver *solver, int64_t *count, const fen_array *records,
                                   fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 12. Paths and cross-validation over a factor t:  f(x) + t g(x), f a linear model, g one term: separable or group_l2;
 *     with a multinomial f l1, elastic_net, bounds or group_l2
 * ------------------------------------------------------------------------------------------------ */

/* The least t at which x = 0 (but for intercept and unpenalised coordinates) is optimal. */
FEN_API int32_t fen_lambda_max(const fen_problem *problem, double *t, fen_error *err);

/* k solutions, warm-started in the order given (decreasing is fastest): factors (k) f64, x (k, n) of the problem's dtype,
 * results NULL or k structs, results[0].struct_size bytes apart. The monitor sees iteration = solutions done; where it
 * cancels, or at the time limit, later rows of x stay as they were and their results say FEN_NOT_RUN. */
FEN_API int32_t fen_path(const fen_problem *problem, const fen_array *factors,
                         const fen_minimize_options *options, fen_monitor_fn monitor, void *user,
                         const fen_array *x, fen_minimize_result *results, fen_error *err);

/* Mean held-out loss per sample: folds (samples) i32 or i64, 0 <= fold < count; losses (count, k) f64 out. Folds run in
 * parallel on options.num_threads. The loss is f's own, weighted by sample weights. Where the monitor cancels, losses not computed
 * are NaN. */
FEN_API int32_t fen_cross_validate(const fen_problem *problem, const fen_array *factors,
                                   const fen_array *folds, const fen_minimize_options *options,
                                   fen_monitor_fn monitor, void *user, const fen_array *losses,
                                   fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 13. Unfolded iterations: a fixed number of steps with parameters of their own, and their derivatives
 *     x_{t+1} = prox of (thresholds_t g) with step steps_t at x_t - steps_t grad f(x_t).  Gregor and LeCun (2010).
 * ------------------------------------------------------------------------------------------------ */

/* steps (T) f64 > 0; thresholds (T) f64 >= 0 or NULL: ones; x0 (n) or NULL: zero; x (n) out; objectives (T) f64 or NULL:
 * f + g after each iteration. */
FEN_API int32_t fen_unfold(const fen_problem *problem, const fen_array *steps,
                           const fen_array *thresholds, const fen_array *x0, const fen_array *x,
                           const fen_array *objectives, fen_error *err);

/* Reverse mode: cotangent (n) of x -> steps_grad (T) f64, thresholds_grad (T) f64, x0_grad (n), each or NULL. Memory T n.
 * Needs the capabilities hvp of f and vjp of g; where prox jumps (hard thresholds) its derivative is that of the branch
 * taken. */
FEN_API int32_t fen_unfold_vjp(const fen_problem *problem, const fen_array *steps,
                               const fen_array *thresholds, const fen_array *x0,
                               const fen_array *cotangent, const fen_array *steps_grad,
                               const fen_array *thresholds_grad, const fen_array *x0_grad,
                               fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 14. Derivatives of solutions
 *     x*(theta) = argmin over x of f(x; theta) + g(x; theta): products with the Jacobian of x* and its transpose, at an x
 *     near x*, whoever found it. Nonsmooth g: on the active set (support, groups, face). Every answer says how wrong it can
 *     be: result.derivative_status, achieved residuals, a bound. Blondel et al. (2022); Salehi et al. (2024), thm 2.1.
 * ------------------------------------------------------------------------------------------------ */

/* A parameter, one of fen_term_name("solution_parameter", i), and a tangent or cotangent of its shape, of the problem's
 * dtype. This struct is frozen: it has no struct_size and never grows. */
typedef struct fen_solution_array {
  const char *parameter; /* "f.y", "g.l1", ... */
  const fen_array *array;
} fen_solution_array;

FEN_API int32_t fen_derivative_options_init(fen_derivative_options *options, size_t size);
FEN_API int32_t fen_derivative_result_init(fen_derivative_result *result, size_t size);

/* vjp: a cotangent of x, (n) -> cotangents of `count` parameters, by one linear system. jvp: tangents of parameters -> dx,
 * (n). x is a solution, (n); options and result may be NULL. One g at most, without operator. FEN_E_SINGULAR: the
 * Hessian on the active set is; FEN_E_UNCERTIFIED with require_certified: no bound is proved; FEN_E_UNSUPPORTED: f
 * without hvp, g without a derivative, or a parameter that the problem lacks. */
FEN_API int32_t fen_solution_vjp(const fen_problem *problem, const fen_array *x,
                                 const fen_array *cotangent, const fen_solution_array *outputs,
                                 int32_t count, const fen_derivative_options *options,
                                 fen_derivative_result *result, fen_error *err);
FEN_API int32_t fen_solution_jvp(const fen_problem *problem, const fen_array *x,
                                 const fen_solution_array *tangents, int32_t count,
                                 const fen_array *dx, const fen_derivative_options *options,
                                 fen_derivative_result *result, fen_error *err);

/* The same for any condition F(x, theta) = 0, x (n), theta (m), known by products with its Jacobians. The callback writes
 * out = J in for the J that `what` names, returns 0, negative to fail (FEN_E_CALLBACK), positive to cancel (the same, with
 * a positive detail). What it writes must be finite (FEN_E_NOT_FINITE). All vectors are f64 and contiguous in the callback. */
typedef enum fen_root_product {
  FEN_ROOT_DX = 0,         /* dF/dx: (n) -> (n) */
  FEN_ROOT_DX_T = 1,       /* its transpose; never asked for with FEN_ROOT_SYMMETRIC */
  FEN_ROOT_DTHETA = 2,     /* dF/dtheta: (m) -> (n); jvp */
  FEN_ROOT_DTHETA_T = 3,   /* its transpose: (n) -> (m); vjp */
  FEN_ROOT_PRECONDITION = 4, /* (n) -> (n): about the inverse of dF/dx, positive definite */
  FEN_ROOT_DIAGONAL = 5     /* -> (n): the diagonal of dF/dx (of T's Jacobian with FIXED_POINT); asked for once, in is ones */
} fen_root_product;

typedef enum fen_root_flags {
  FEN_ROOT_SYMMETRIC = 1,     /* dF/dx is symmetric */
  FEN_ROOT_FIXED_POINT = 2,   /* x = T(x, theta): the products are those of T, and F = x - T */
  FEN_ROOT_PRECONDITIONED = 4, /* the callback knows FEN_ROOT_PRECONDITION (linear_solver cg) */
  FEN_ROOT_HAS_DIAGONAL = 8   /* and FEN_ROOT_DIAGONAL: cg divides by it (Jacobi) where there is no other preconditioner */
} fen_root_flags;

typedef int32_t (*fen_root_fn)(void *user, int32_t what, const double *in, double *out);

/* cotangent (n) -> out (m), all f64. adjoint, (n) or NULL: its contents are the start of the linear system, and the
 * solution is left there for the next call. */
FEN_API int32_t fen_implicit_vjp(int64_t n, int64_t m, uint32_t flags, fen_root_fn products,
                                 void *user, const fen_array *cotangent, const fen_array *adjoint,
                                 const fen_array *out, const fen_derivative_options *options,
                                 fen_derivative_result *result, fen_error *err);
/* tangent (m) -> out (n). */
FEN_API int32_t fen_implicit_jvp(int64_t n, int64_t m, uint32_t flags, fen_root_fn products,
                                 void *user, const fen_array *tangent, const fen_array *out,
                                 const fen_derivative_options *options,
                                 fen_derivative_result *result, fen_error *err);

/* The same for a convex quadratic program with its multipliers:  min 1/2 x'P x + q'x   subject to  E x = e (nu),  G x <= h
 * (lam >= 0),  P x + q + E'nu + G'lam = 0. For any other f: P its Hessian at x and q = grad f(x) - P x, then q's cotangent is that
 * of grad f. One symmetric system on the active constraints, those whose multiplier outweighs their slack. It is solved
 * once more to step from the point given to the solution itself, so that an inexact one costs no accuracy. status: ambiguous
 * where multiplier and slack of a constraint both vanish (result.ambiguous of them), FEN_E_SINGULAR where active constraints are
 * dependent or P is singular along them. linear_solver: direct (two Cholesky factors), minres, gmres, lsmr. settings.mu: a
 * lower bound of the modulus of that system's eigenvalues; up to 256 unknowns it is computed. Amos and Kolter (2017). */
typedef struct fen_kkt_bundle {
  uint32_t struct_size;
  const fen_array *P, *q, *E, *e, *G, *h; /* (n, n), (n), (p, n), (p), (m, n), (m) */
  const fen_array *x, *nu, *lam;          /* (n), (p), (m) */
} fen_kkt_bundle;

/* at: the program and its solution; q and x are required, P (its symmetric part is read) is 0 where NULL, and E, e, nu and
 * G, h, lam come together or not at all. All arrays f32 or f64, alike. vjp: cotangents of x, nu, lam in `bundle` (NULL: 0) ->
 * P (symmetric), q, E, e, G, h there (NULL: not wanted). jvp: tangents of P, q, E, e, G, h -> x, nu, lam. */
FEN_API int32_t fen_kkt_vjp(const fen_kkt_bundle *at, const fen_kkt_bundle *bundle,
                            const fen_derivative_options *options, fen_derivative_result *result,
                            fen_error *err);
FEN_API int32_t fen_kkt_jvp(const fen_kkt_bundle *at, const fen_kkt_bundle *bundle,
                            const fen_derivative_options *options, fen_derivative_result *result,
                            fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 15. Tuning: the weights of a penalty, or of samples, from a criterion, by the derivative of the solution instead of a grid
 *     min over theta > 0 of 1/K sum_k C_k(x_k),   x_k = argmin over x of f_k(x; theta) + g(x; theta).
 *     Pedregosa (2016); Franceschi et al. (2017); Bertrand et al. (2022).
 * ------------------------------------------------------------------------------------------------ */

FEN_API int32_t fen_tune_options_init(fen_tune_options *options, size_t size);
FEN_API int32_t fen_tune_result_init(fen_tune_result *result, size_t size);

/* f and criteria are `folds` smooth terms each, all of one size n: one pair is a hold-out set, K pairs are K-fold
 * cross-validation. With options.risk other than holdout criteria is NULL, and C_k a formula over the data of f_k, then
 * least_squares: sure, gcv and leave_one_out in closed form with penalty squared_l2, sure_monte_carlo with any; or, with
 * cross_validation and folds = 1, one linear model is dealt out to options.cv folds: x is then (cv, n).
 *
 * penalty is a simple term by name ("l1", "positive_l1", "squared_l2", "elastic_net", "group_l2", "scaled", "box"), or the
 * smooth term "smoothed_tv", whose lam and eps are tuned: then f_k convex with Hessian products, each solve by Newton's method.
 * params are its parameters that stay fixed, tuned the `tuned_count` names of those that do not. "f.weights" in tuned is one value a sample,
 * between 0 and 1, that multiplies the sample's weight in every f_k: samples that harm the criterion are weighed down (data
 * cleaning). theta, (m) f64: the values, one after the other, > 0, the start on entry and the best found on return; numbers
 * take one, f.weights as many as there are samples, "weights" the rest. x, (folds, n) of `dtype`, or NULL: the solutions at the
 * best.
 *
 * One weight: the sign of the derivative is bracketed; several: projected L-BFGS over their logarithms, of f.weights over
 * log(theta / (1 - theta)); within options.low and high, which start and answer keep. The monitor sees iteration = evaluations
 * done, residual = the criterion, within solves too; where it cancels, or at the time limit, the best so far is returned, the
 * start where nothing was found. Each evaluation makes solvers: this call allocates as it goes. Errors as in sections 11 and 14;
 * FEN_E_UNSUPPORTED names what can be tuned. */
FEN_API int32_t fen_tune(int32_t dtype, int32_t folds, const fen_term *const *f,
                         const fen_term *const *criteria, const char *penalty,
                         const fen_param *params, int32_t count, const char *const *tuned,
                         int32_t tuned_count, const fen_array *theta, const fen_array *x,
                         const fen_tune_options *options, fen_monitor_fn monitor, void *user,
                         fen_tune_result *result, fen_error *err);

/* Kernel ridge: alpha = (K + lam I)^{-1} y, K (n, n) symmetric, y and alpha (n), all of one dtype; predictions are K(new, old)
 * alpha. With cotangent, of alpha (n), not NULL its pull-back: of y (n), of K (n, n), which is - y_cotangent alpha^T, and of lam,
 * (1) f64. alpha and the outputs may be NULL. FEN_E_SINGULAR where K + lam I is not positive definite. */
FEN_API int32_t fen_kernel_ridge(const fen_array *K, const fen_array *y, double lam,
                                 const fen_array *alpha, const fen_array *cotangent,
                                 const fen_array *y_cotangent, const fen_array *K_cotangent,
                                 const fen_array *lam_cotangent, fen_error *err);

/* Its hyperparameters from options.risk: sure, gcv, leave_one_out (then held_X and held_y are NULL), or holdout: the mean squared
 * error of predictions of held_y at held_X. kernel is "linear", "rbf", exp(- gamma || x - z ||^2), or "gram": X (n, d), held_X
 * (m, d), of "gram" (n, n) and (m, n), all of X's dtype; y (n), held_y (m). theta f64: lam, or lam and gamma of "rbf"; > 0, the
 * start on entry and the best found on return. alpha (n) or NULL: there. Monitor, options and result as in fen_tune. */
FEN_API int32_t fen_tune_kernel(const char *kernel, const fen_array *X, const fen_array *y,
                                const fen_array *held_X, const fen_array *held_y,
                                const fen_array *theta, const fen_array *alpha,
                                const fen_tune_options *options, fen_monitor_fn monitor,
                                void *user, fen_tune_result *result, fen_error *err);

/* ---------------------------------------------------------------------------------------------------
 * 16. Bilevel problems by oracles
 *     min over theta of F(theta) = f(x*(theta), theta),   x*(theta) = argmin over x of h(x, theta) + g(x, theta)
 *     where the caller computes h, f, products with H = d2h/dx2 (n, n) and J = d2h/(dx dtheta) (n, m), and the prox of g.
 *     Every hypergradient says how wrong it can be. Pedregosa (2016); Salehi et al. (2024); Kwon et al. (2023).
 * ------------------------------------------------------------------------------------------------ */

/* What changed since the last call of any oracle of the table: what was computed from the rest may be used again. */
typedef enum fen_bilevel_fresh { FEN_FRESH_X = 1, FEN_FRESH_THETA = 2 } fen_bilevel_fresh;

/* What the caller can prove of h and f, >= 0, mu finite and at most lipschitz. Prepared with the values for "unknown": mu 0,
 * the others inf. */
typedef struct fen_bilevel_constants {
  uint32_t struct_size;
  int32_t reserved;
  double mu;                /* modulus of strong convexity of h in x */
  double lipschitz;         /* of dh/dx in x */
  double hessian_lipschitz; /* of H in x */
  double cross_norm;        /* || J || */
  double cross_lipschitz;   /* of J in x */
  double upper_lipschitz;   /* of (df/dx, df/dtheta) in x */
} fen_bilevel_constants;

/* h or f at (x, theta), with gradients dx (n) and dtheta (m), each or NULL. */
typedef int32_t (*fen_level_fn)(void *user, const double *x, const double *theta, uint32_t fresh,
                                double *value, double *dx, double *dtheta);
/* out = a matrix times each of `count` vectors, rows of v. */
typedef int32_t (*fen_level_product_fn)(void *user, const double *x, const double *theta, uint32_t fresh,
                                        int64_t count, const double *v, double *out);
/* out = argmin over u of g(u, theta) + ||u - v||^2 / (2 step), value or NULL: g(out). */
typedef int32_t (*fen_level_prox_fn)(void *user, const double *v, const double *theta, double step,
                                     double *out, double *value);
/* (dprox/dv)^T c (n), symmetric, and (dprox/dtheta)^T c (m), each or NULL. */
typedef int32_t (*fen_level_prox_vjp_fn)(void *user, const double *v, const double *theta, double step,
                                         const double *c, double *dv, double *dtheta);
/* out = M^-1 r, M positive definite and near H. */
typedef int32_t (*fen_level_precondition_fn)(void *user, const double *x, const double *theta,
                                             uint32_t fresh, const double *r, double *out);
typedef int32_t (*fen_level_constants_fn)(void *user, const double *theta, fen_bilevel_constants *out);

/* The oracles, on the calling thread, with contiguous f64 vectors that are valid during the call. They return 0; a positive
 * value where (x, theta) is outside their domain: a shorter step is tried (as where their numbers are not finite); a negative
 * value to fail (FEN_E_CALLBACK, the value in err->detail). To cancel, use the monitor. Only `lower` and `upper` are required.
 * Missing products become central differences of gradients: result.finite_differences is 1 and nothing is certified.
 * Set struct_size = sizeof, zero the rest first: the table grows at its end, and one with an oracle that this library does not
 * know is FEN_E_STRUCT_SIZE. It is read during the call only. */
typedef struct fen_bilevel_oracles {
  uint32_t struct_size;
  int32_t reserved;
  void *user;
  int64_t n; /* of x */
  int64_t m; /* of theta */
  fen_level_fn lower;
  fen_level_fn upper;
  fen_level_product_fn lower_hvp;     /* H v: (count, n) -> (count, n) */
  fen_level_product_fn lower_cross_t; /* J^T v: (count, n) -> (count, m) */
  fen_level_product_fn lower_cross;   /* J v: (count, m) -> (count, n) */
  fen_level_prox_fn prox;             /* NULL: g = 0 */
  fen_level_prox_vjp_fn prox_vjp;
  fen_level_precondition_fn precondition;
  fen_level_constants_fn constants;
} fen_bilevel_oracles;

FEN_API int32_t fen_bilevel_options_init(fen_bilevel_options *options, size_t size);
FEN_API int32_t fen_bilevel_result_init(fen_bilevel_result *result, size_t size);

/* out = dF/dtheta (m) at theta (m), by options.hypergradient_mode. x, (n): the start of the lower solve, and its solution.
 * All f64. FEN_E_SINGULAR: H is singular or indefinite at x; FEN_E_UNCERTIFIED with require_certified; FEN_E_RANGE: an oracle
 * is not finite at the start. */
FEN_API int32_t fen_hypergradient(const fen_bilevel_oracles *oracles, const fen_array *theta,
                                  const fen_array *x, const fen_array *out,
                                  const fen_bilevel_options *options, fen_bilevel_result *result,
                                  fen_error *err);

/* method is one of fen_term_name("bilevel_method", i). theta (m) and x (n), f64: the start, and the best found: the lowest
 * value, certified before uncertified. low and high, (m) or NULL: bounds of theta. The monitor sees iteration, passes = calls
 * of lower, residual = F; where it cancels, or at the time limit, the best so far is returned. Errors as above. */
FEN_API int32_t fen_bilevel(const fen_bilevel_oracles *oracles, const char *method,
                            const fen_array *theta, const fen_array *x, const fen_array *low,
                            const fen_array *high, const fen_bilevel_options *options,
                            fen_monitor_fn monitor, void *user, fen_bilevel_result *result,
                            fen_error *err);

/* The same without callbacks, for hosts where they are awkward: a session is asked for the next request, the caller computes
 * what it names and answers. Answers and results are those of the functions above to the last bit. The solver has a thread of
 * its own, which sleeps while the caller computes; only one of the two runs at a time. A session belongs to one thread at a
 * time, and to the process that made it; different sessions are independent.
 *
 *     fen_bilevel_session_create(1 << FEN_BILEVEL_ORACLE_LOWER | 1 << FEN_BILEVEL_ORACLE_UPPER, n, m, "implicit", ...);
 *     while (fen_bilevel_session_next(session, answer, &request, &err) == FEN_OK && request.oracle != FEN_BILEVEL_ORACLE_DONE)
 *       answer = compute(&request);
 *     fen_bilevel_session_result(session, &theta, &x, NULL, &result, &err); */
typedef struct fen_bilevel_session fen_bilevel_session;

/* The arguments of an oracle. Pointers that are not its arguments, or not asked for, are NULL; the others are valid until the
 * next call on the session. */
typedef struct fen_bilevel_request {
  uint32_t struct_size;
  int32_t oracle; /* fen_bilevel_oracle: what is asked for; 0: the session has ended */
  uint32_t fresh; /* fen_bilevel_fresh */
  int32_t reserved;
  int64_t count;                    /* of rows of v and out, products only */
  double step;                      /* prox, prox_vjp */
  const double *x;                  /* (n) */
  const double *theta;              /* (m) */
  const double *v;                  /* (count, n) or (count, m); (n) for prox, prox_vjp, precondition */
  const double *c;                  /* (n) prox_vjp */
  double *value;                    /* lower, upper, prox */
  double *dx;                       /* (n) lower, upper; of prox_vjp the derivative by v */
  double *dtheta;                   /* (m) lower, upper, prox_vjp */
  double *out;                      /* (count, n) or (count, m); (n) for prox, precondition */
  fen_bilevel_constants *constants; /* prepared with "unknown" */
} fen_bilevel_request;

/* oracles: 1 << fen_bilevel_oracle for each that the caller answers; lower and upper are required. method NULL: one
 * hypergradient at theta. Inputs are copied. */
FEN_API int32_t fen_bilevel_session_create(uint32_t oracles, int64_t n, int64_t m, const char *method,
                                           const fen_array *theta, const fen_array *x,
                                           const fen_array *low, const fen_array *high,
                                           const fen_bilevel_options *options,
                                           fen_bilevel_session **out, fen_error *err);
/* answer: what the oracle would return (0, positive, negative); ignored at the first call. Fails as fen_bilevel does where the
 * solve fails; the session is then over. After the end: FEN_E_STATE. FEN_E_NOMEM at the first call: no thread. */
FEN_API int32_t fen_bilevel_session_next(fen_bilevel_session *session, int32_t answer,
                                         fen_bilevel_request *request, fen_error *err);
/* A method ends soon, with the best found so far. */
FEN_API int32_t fen_bilevel_session_cancel(fen_bilevel_session *session);
/* After the end. theta (m), x (n); gradient (m): of a hypergradient, FEN_E_STATE else; each or NULL. */
FEN_API int32_t fen_bilevel_session_result(const fen_bilevel_session *session, const fen_array *theta,
                                           const fen_array *x, const fen_array *gradient,
                                           fen_bilevel_result *result, fen_error *err);
/* In any state but during a call; a solve in the middle is ended and waited for. NULL is accepted. */
FEN_API void fen_bilevel_session_destroy(fen_bilevel_session *session);

#ifdef __cplusplus
}
#endif

#endif
