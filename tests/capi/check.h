/* check.h -- the whole test framework: CHECK counts, TEST_MAIN reports. */
#ifndef FENCHEL_TEST_CHECK_H
#define FENCHEL_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fenchel/fenchel.h"

static int check_failures = 0;
static long check_count = 0;

#define CHECK(fact) check_that((fact) != 0, __FILE__, __LINE__, #fact)

/* A status that was expected; the error's text is printed when it was another one. */
#define CHECK_STATUS(expected, call, err) check_status((expected), (call), (err), __FILE__, __LINE__, #call)
#define CHECK_OK(call, err) CHECK_STATUS(FEN_OK, call, err)

static inline int check_that(int good, const char* file, int line, const char* text) {
  ++check_count;
  if (good) return 1;
  ++check_failures;
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
  return 0;
}

static inline int check_close(double a, double b, double tolerance, const char* file, int line, const char* text) {
  const double difference = a > b ? a - b : b - a;
  const int good = difference <= tolerance; /* false for NaN */
  if (!good) fprintf(stderr, "%s:%d: %.17g and %.17g differ by more than %g\n", file, line, a, b, tolerance);
  return check_that(good, file, line, text);
}
#define CHECK_CLOSE(a, b, tolerance) check_close((a), (b), (tolerance), __FILE__, __LINE__, #a " ~ " #b)

static inline int check_status(int32_t expected, int32_t found, const fen_error* err, const char* file, int line,
                               const char* text) {
  if (expected != found)
    fprintf(stderr, "%s:%d: status %s instead of %s: %s\n", file, line, fen_status_name(found),
            fen_status_name(expected), found != FEN_OK && err != NULL ? err->message : "");
  return check_that(expected == found, file, line, text);
}

static inline int check_report(const char* name) {
  printf("%s: %ld checks, %d failed\n", name, check_count, check_failures);
  return check_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
