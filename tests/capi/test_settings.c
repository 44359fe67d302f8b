/* test_settings.c -- settings by struct and by string, and how structs of older and newer callers are read. */
#include <locale.h>

#include "fenchel/fenchel.h"
#include "fixtures.h"

static const char* kOptions = "fen_sinkhorn_options";
static const char* kSpec = "fen_transport_spec";

static void defaults(void) {
  fen_sinkhorn_options options;
  memset(&options, 0xff, sizeof options);
  CHECK(fen_sinkhorn_options_init(&options, sizeof options) == FEN_OK);
  CHECK(options.struct_size == sizeof options && options.reserved == 0 && options.reserved1 == 0);
  CHECK(options.max_iter == 10000 && options.num_threads == 1 && options.tol == 0);
  fen_transport_spec spec;
  CHECK(fen_transport_spec_init(&spec, sizeof spec) == FEN_OK);
  CHECK(spec.eps == 0 && isinf(spec.rho_a) && isinf(spec.rho_b) && spec.reg_type == FEN_REG_KL);
  fen_transport_result result;
  CHECK(fen_transport_result_init(&result, sizeof result) == FEN_OK);
  CHECK(result.struct_size == sizeof result && result.termination == FEN_NOT_RUN);
}

static void init_refuses(void) {
  fen_sinkhorn_options options;
  memset(&options, 0x5a, sizeof options);
  CHECK(fen_sinkhorn_options_init(NULL, sizeof options) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_sinkhorn_options_init(&options, sizeof options + 8) == FEN_E_STRUCT_SIZE);
  CHECK(fen_sinkhorn_options_init(&options, 0) == FEN_E_STRUCT_SIZE);
  CHECK(fen_sinkhorn_options_init(&options, 13) == FEN_E_STRUCT_SIZE);
  CHECK(fen_transport_spec_init(NULL, 0) == FEN_E_NULL_ARGUMENT);
  CHECK(fen_transport_result_init(NULL, 0) == FEN_E_NULL_ARGUMENT);
  fen_transport_result result;
  CHECK(fen_transport_result_init(&result, 3) == FEN_E_STRUCT_SIZE);
  const unsigned char* bytes = (const unsigned char*)&options;
  for (size_t i = 0; i < sizeof options; ++i) CHECK(bytes[i] == 0x5a);
}

static void introspection(const char* structure) {
  const int32_t count = fen_setting_count(structure);
  CHECK(count > 0);
  for (int32_t i = 0; i < count; ++i) {
    fen_setting_info info = {.struct_size = sizeof info};
    CHECK(fen_setting_at(structure, i, &info) == FEN_OK);
    CHECK(info.name != NULL && info.doc != NULL && strlen(info.doc) > 10);
    CHECK(info.dtype == FEN_F64 || info.dtype == FEN_I64 || info.dtype == FEN_I32);
    CHECK(info.lower <= info.upper);
    CHECK(info.default_value <= info.upper);
    if (strcmp(info.name, "eps") != 0) CHECK(info.default_value >= info.lower);
  }
  fen_setting_info info = {.struct_size = sizeof info};
  CHECK(fen_setting_at(structure, count, &info) == FEN_E_RANGE);
  CHECK(fen_setting_at(structure, -1, &info) == FEN_E_RANGE);
  CHECK(fen_setting_at(structure, 0, NULL) == FEN_E_NULL_ARGUMENT);
  info.struct_size = 4;
  CHECK(fen_setting_at(structure, 0, &info) == FEN_E_STRUCT_SIZE);
  CHECK(info.name == NULL);
}

/* Every field can be set to its bounds by name, and read back. */
static void round_trip(void) {
  fen_sinkhorn_options options = default_options();
  fen_error err = no_error();
  for (int32_t i = 0; i < fen_setting_count(kOptions); ++i) {
    fen_setting_info info = {.struct_size = sizeof info};
    fen_setting_at(kOptions, i, &info);
    const double values[2] = {info.lower, info.upper};
    for (int k = 0; k < 2; ++k) {
      char text[64];
      double back = -1;
      snprintf(text, sizeof text, "%.17g", values[k]);
      CHECK_OK(fen_setting_set(kOptions, &options, info.name, text, &err), &err);
      CHECK_OK(fen_setting_get(kOptions, &options, info.name, &back, &err), &err);
      CHECK(back == values[k]);
    }
  }
  CHECK_OK(fen_setting_set(kOptions, &options, "max_iter", "1e4", &err), &err);
  CHECK(options.max_iter == 10000);
}

static void names_for_codes(void) {
  fen_transport_spec spec = spec_of(1);
  fen_error err = no_error();
  CHECK_OK(fen_setting_set(kSpec, &spec, "reg_type", "entropy", &err), &err);
  CHECK(spec.reg_type == FEN_REG_ENTROPY);
  CHECK_OK(fen_setting_set(kSpec, &spec, "reg_type", "0", &err), &err);
  CHECK(spec.reg_type == FEN_REG_KL);
  CHECK_OK(fen_setting_set(kSpec, &spec, "rho_a", "inf", &err), &err);
  CHECK(isinf(spec.rho_a));
  CHECK_STATUS(FEN_E_NAME, fen_setting_set(kSpec, &spec, "reg_type", "entropi", &err), &err);
  CHECK(strstr(err.message, "'entropy'") != NULL && strstr(err.message, "'entropi'") != NULL);
}

static void refused(const char* structure, void* settings, const char* name, const char* text, int32_t status,
                    const char* says) {
  fen_error err = no_error();
  CHECK_STATUS(status, fen_setting_set(structure, settings, name, text, &err), &err);
  CHECK(err.code == status);
  if (!CHECK(strstr(err.message, says) != NULL)) fprintf(stderr, "  '%s' lacks '%s'\n", err.message, says);
}

static void misspelt(void) {
  fen_sinkhorn_options options = default_options();
  const fen_sinkhorn_options before = options;
  refused(kOptions, &options, "max_itr", "5", FEN_E_NAME, "did you mean 'max_iter'");
  refused(kOptions, &options, "num_thread", "5", FEN_E_NAME, "'num_threads'");
  refused(kOptions, &options, "anneal", "5", FEN_E_NAME, "'anneal_start', 'anneal_factor'");
  refused(kOptions, &options, "xyzzy", "5", FEN_E_NAME, "known: 'tol'");
  refused("fen_sinkhorn_option", &options, "tol", "5", FEN_E_NAME, "'fen_sinkhorn_options'");
  refused(NULL, &options, "tol", "5", FEN_E_NULL_ARGUMENT, "structure is NULL");
  refused(kOptions, NULL, "tol", "5", FEN_E_NULL_ARGUMENT, "settings is NULL");
  refused(kOptions, &options, NULL, "5", FEN_E_NULL_ARGUMENT, "name is NULL");
  refused(kOptions, &options, "tol", NULL, FEN_E_NULL_ARGUMENT, "text is NULL");
  refused(kOptions, &options, "tol", "", FEN_E_RANGE, "tol is ''");
  refused(kOptions, &options, "tol", "1e-3x", FEN_E_RANGE, "tol is '1e-3x'");
  refused(kOptions, &options, "tol", " 1", FEN_E_RANGE, "decimal number");
  refused(kOptions, &options, "tol", "2", FEN_E_RANGE, "tol is 2; legal: >= 0 and <= 1");
  refused(kOptions, &options, "tol", "nan", FEN_E_RANGE, "tol is nan");
  refused(kOptions, &options, "max_iter", "0", FEN_E_RANGE, "max_iter is 0; legal: an integer >= 1");
  refused(kOptions, &options, "max_iter", "2.5", FEN_E_RANGE, "max_iter is 2.5");
  refused(kOptions, &options, "num_threads", "-1", FEN_E_RANGE, "num_threads is -1");
  CHECK(memcmp(&options, &before, sizeof options) == 0);
  fen_error err = no_error();
  CHECK_STATUS(FEN_E_NULL_ARGUMENT, fen_setting_get(kOptions, &options, "tol", NULL, &err), &err);
  CHECK(fen_setting_count("nothing") == -1 && fen_setting_count(NULL) == -1);
  options.struct_size = 16;
  refused(kOptions, &options, "max_iter", "5", FEN_E_STRUCT_SIZE, "max_iter");
}

/* A solve with options and spec of `size` bytes out of a larger block. */
static int32_t solve_sized(void* spec, void* options, fen_error* err) {
  double cost[4] = {0, 1, 1, 0};
  const fen_array c = view2(FEN_F64, 2, 2, cost);
  return fen_sinkhorn(NULL, NULL, &c, spec, "sinkhorn", options, NULL, NULL, NULL, err);
}

static void other_callers(void) {
  fen_error err = no_error();
  struct {
    fen_sinkhorn_options known;
    unsigned char tail[16];
  } newer;
  memset(&newer, 0, sizeof newer);
  newer.known = default_options();
  newer.known.struct_size = sizeof newer;
  fen_transport_spec spec = spec_of(1);
  CHECK_OK(solve_sized(&spec, &newer, &err), &err);
  newer.tail[9] = 1; /* a field of the future that is not at its default */
  CHECK_STATUS(FEN_E_STRUCT_SIZE, solve_sized(&spec, &newer, &err), &err);
  CHECK(strstr(err.message, "not zero") != NULL);

  fen_sinkhorn_options older = default_options();
  older.struct_size = offsetof(fen_sinkhorn_options, time_limit);
  memset(&older.time_limit, 0xff, sizeof older - offsetof(fen_sinkhorn_options, time_limit)); /* never read */
  CHECK_OK(solve_sized(&spec, &older, &err), &err);

  fen_sinkhorn_options odd = default_options();
  const uint32_t sizes[] = {0, 4, 11, 100, 5000, 0xffffffffu};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    odd.struct_size = sizes[i];
    CHECK_STATUS(FEN_E_STRUCT_SIZE, solve_sized(&spec, &odd, &err), &err);
    CHECK(strstr(err.message, "options") != NULL);
  }
  odd = default_options();
  odd.reserved2 = 7;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, solve_sized(&spec, &odd, &err), &err);
  spec.struct_size = 0;
  CHECK_STATUS(FEN_E_STRUCT_SIZE, solve_sized(&spec, NULL, &err), &err);
}

/* Results of shorter and longer callers: nothing past struct_size is touched, unknown fields become 0. */
static void result_sizes(void) {
  double cost[4] = {0, 1, 1, 0};
  const fen_array c = view2(FEN_F64, 2, 2, cost);
  const fen_transport_spec spec = spec_of(1);
  struct {
    fen_transport_result known;
    unsigned char tail[16];
  } block;
  fen_error err = no_error();
  memset(&block, 0x77, sizeof block);
  block.known.struct_size = offsetof(fen_transport_result, sweeps);
  CHECK_OK(fen_sinkhorn(NULL, NULL, &c, &spec, "sinkhorn", NULL, NULL, NULL, &block.known, &err), &err);
  CHECK(block.known.termination == FEN_CONVERGED && block.known.iterations > 0);
  CHECK(block.known.sweeps == 0x7777777777777777);
  memset(&block, 0x77, sizeof block);
  block.known.struct_size = sizeof block;
  CHECK_OK(fen_sinkhorn(NULL, NULL, &c, &spec, "sinkhorn", NULL, NULL, NULL, &block.known, &err), &err);
  CHECK(block.tail[0] == 0 && block.tail[15] == 0 && block.known.struct_size == sizeof block);
  memset(&block, 0x77, sizeof block);
  CHECK_STATUS(FEN_E_STRUCT_SIZE, fen_sinkhorn(NULL, NULL, &c, &spec, "sinkhorn", NULL, NULL, NULL, &block.known, &err),
               &err);
  CHECK(block.known.termination == 0x77777777);
}

/* fen_error of any size, and none. */
static void error_sizes(void) {
  struct {
    fen_error known;
    char tail[8];
  } block;
  for (uint32_t size = 0; size <= sizeof block; ++size) {
    memset(&block, 0x55, sizeof block);
    block.known.struct_size = size;
    CHECK(fen_matrix_create(NULL, NULL, &block.known) == FEN_E_NULL_ARGUMENT);
    const unsigned char* bytes = (const unsigned char*)&block;
    for (size_t i = size < 4 ? 4 : size; i < sizeof block; ++i) CHECK(bytes[i] == 0x55);
    if (size >= 8) CHECK(block.known.code == FEN_E_NULL_ARGUMENT);
    if (size > 13) CHECK(strlen(block.known.message) < size - 12 && block.known.message[0] == 'c');
  }
  CHECK(fen_matrix_create(NULL, NULL, NULL) == FEN_E_NULL_ARGUMENT);
}

static void locale_independent(void) {
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) setlocale(LC_ALL, "C.UTF-8"); /* whichever the machine has */
  fen_sinkhorn_options options = default_options();
  fen_error err = no_error();
  CHECK_OK(fen_setting_set(kOptions, &options, "keep", "0.25", &err), &err);
  CHECK(options.keep == 0.25);
  refused(kOptions, &options, "keep", "0,25", FEN_E_RANGE, "keep is '0,25'");
  refused(kOptions, &options, "keep", "1.5", FEN_E_RANGE, "keep is 1.5");
}

int main(void) {
  defaults();
  init_refuses();
  introspection(kOptions);
  introspection(kSpec);
  round_trip();
  names_for_codes();
  misspelt();
  other_callers();
  result_sizes();
  error_sizes();
  locale_independent();
  return check_report("settings");
}
