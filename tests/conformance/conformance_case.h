/* conformance_case.h -- what the C runner's files share: a case, its numbers, arrays of them, answers printed bit for
 * bit. */
#ifndef FENCHEL_CONFORMANCE_CASE_H
#define FENCHEL_CONFORMANCE_CASE_H

#include <fenchel/fenchel.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

typedef struct Case {
  char text[LINE]; /* key=value pairs, separated by blanks */
  const char* name;
  int32_t dtype;
  int64_t n, m, d, count, sized;
  uint64_t state; /* of the generator */
} Case;

/* ---- case file ------------------------------------------------------------------------------------ */

static inline char* value_of(const Case* c, const char* key) {
  static char values[8][LINE]; /* a few live at once */
  static int next = 0;
  char* out = values[next++ % 8];
  const size_t length = strlen(key);
  for (const char* p = c->text; p != NULL; p = strchr(p, ' ')) {
    p += *p == ' ';
    if (strncmp(p, key, length) == 0 && p[length] == '=') {
      const char* value = p + length + 1;
      const size_t size = strcspn(value, " \n");
      memcpy(out, value, size);
      out[size] = '\0';
      return out;
    }
  }
  fprintf(stderr, "no key %s in: %s\n", key, c->text);
  exit(2);
}

static inline int64_t integer_of(const Case* c, const char* key) { return strtoll(value_of(c, key), NULL, 10); }

static inline double double_of(const Case* c, const char* key) { /* 16 hexadecimal digits */
  const uint64_t bits = strtoull(value_of(c, key), NULL, 16);
  double out;
  memcpy(&out, &bits, sizeof out);
  return out;
}

static inline int asks(const Case* c, const char* what) {
  char list[LINE + 3], word[64];
  snprintf(list, sizeof list, ",%s,", value_of(c, "ask"));
  snprintf(word, sizeof word, ",%s,", what);
  return strstr(list, word) != NULL;
}

/* ---- numbers -------------------------------------------------------------------------------------- */

static inline double uniform(Case* c) {
  c->state = c->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(c->state >> 11) / 9007199254740992.0;
}

static inline double* doubles(int64_t count) {
  double* out = calloc((size_t)count + 1, sizeof *out);
  if (out == NULL) exit(3);
  return out;
}

static inline double* uniforms(Case* c, int64_t count) {
  double* out = doubles(count);
  for (int64_t k = 0; k < count; ++k) out[k] = uniform(c);
  return out;
}

static inline void weights_into(Case* c, const char* kind, double mass, double* out, int64_t count) {
  double sum = 0;
  for (int64_t k = 0; k < count; ++k) {
    const double u = uniform(c);
    if (strcmp(kind, "zeros") == 0) {
      out[k] = k > 0 && u < 0.25 ? 0.0 : u;
    } else if (strcmp(kind, "decades") == 0) {
      out[k] = 1.0 + uniform(c);
      for (int halvings = (int)(u * 41); halvings > 0; --halvings) out[k] *= 0.5;
    } else {
      out[k] = 0.1 + u;
    }
    sum += out[k];
  }
  for (int64_t k = 0; k < count; ++k) out[k] = out[k] / sum * mass;
}

/* A view of the values in the case's dtype; the memory is never freed: the program is short. */
static inline fen_array view(const Case* c, const double* values, int32_t ndim, int64_t s0, int64_t s1, int64_t s2) {
  const int64_t shape[3] = {s0, s1, s2};
  int64_t count = 1;
  for (int32_t k = 0; k < ndim; ++k) count *= shape[k];
  fen_array out;
  void* data = calloc((size_t)count + 1, 8);
  if (data == NULL) exit(3);
  for (int64_t k = 0; values != NULL && k < count; ++k) {
    if (c->dtype == FEN_F32) {
      ((float*)data)[k] = (float)values[k];
    } else {
      ((double*)data)[k] = values[k];
    }
  }
  fen_array_init(&out, c->dtype, ndim, shape, data);
  return out;
}

static inline fen_array integers(int64_t count) {
  fen_array out;
  void* data = calloc((size_t)count + 1, 8);
  if (data == NULL) exit(3);
  fen_array_init(&out, FEN_I64, 1, &count, data);
  return out;
}

/* ---- printing ------------------------------------------------------------------------------------- */

static inline void print_bits(const void* data, int32_t dtype, int64_t first, int64_t count) {
  for (int64_t k = first; k < first + count; ++k) {
    if (dtype == FEN_F32) {
      uint32_t bits;
      memcpy(&bits, (const char*)data + 4 * k, 4);
      printf(" %08" PRIx32, bits);
    } else {
      uint64_t bits;
      memcpy(&bits, (const char*)data + 8 * k, 8);
      if (dtype == FEN_F64) {
        printf(" %016" PRIx64, bits);
      } else {
        printf(" %" PRId64, (int64_t)bits);
      }
    }
  }
  printf("\n");
}

static inline void print_array(const Case* c, const char* field, const fen_array* array) {
  int64_t count = 1;
  for (int32_t k = 0; k < array->ndim; ++k) count *= array->shape[k];
  printf("%s %s", c->name, field);
  print_bits(array->data, array->dtype, 0, count);
}

/* True if the call failed; then the case ends here. */
static inline int failed(const Case* c, int32_t status) {
  if (status != FEN_OK) printf("%s status %" PRId32 "\n", c->name, status);
  return status != FEN_OK;
}

/* composite_cases.c */
void run_composite(Case* c);

/* bilevel_cases.c */
void run_bilevel(Case* c);

#endif
