/* fuzz_common.h -- bytes to numbers, and what must hold after every call whatever its arguments. */
#ifndef FENCHEL_FUZZ_COMMON_H
#define FENCHEL_FUZZ_COMMON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fenchel/fenchel.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

#define DEMAND(fact)                                                       \
  do {                                                                     \
    if (!(fact)) {                                                         \
      fprintf(stderr, "%s:%d: violated: %s\n", __FILE__, __LINE__, #fact); \
      abort();                                                             \
    }                                                                      \
  } while (0)

/* The input, read from the front; zeros when it is used up. */
typedef struct bytes {
  const uint8_t* at;
  size_t left;
} bytes;

static inline void take(bytes* in, void* to, size_t count) {
  const size_t got = count < in->left ? count : in->left;
  memset(to, 0, count);
  if (got > 0) memcpy(to, in->at, got);
  in->at += got;
  in->left -= got;
}

static inline unsigned take_byte(bytes* in) {
  uint8_t value;
  take(in, &value, 1);
  return value;
}

static inline unsigned take_below(bytes* in, unsigned limit) { return take_byte(in) % limit; }

/* Mostly a tame number in [0, 1], now and then any double at all. */
static inline double take_double(bytes* in) {
  const unsigned kind = take_byte(in);
  double value;
  if (kind < 240) return kind / 239.0;
  take(in, &value, sizeof value);
  return value;
}

static inline void take_text(bytes* in, char* to, size_t room) {
  const size_t length = take_below(in, (unsigned)room);
  take(in, to, length);
  to[length] = '\0';
}

static inline fen_error fresh_error(void) {
  fen_error err;
  memset(&err, 0x5a, sizeof err);
  err.struct_size = sizeof err;
  return err;
}

/* A status of the list; after a failure a message that ends and says something. */
static inline int32_t sane(int32_t status, const fen_error* err) {
  DEMAND(strcmp(fen_status_name(status), "unknown") != 0);
  DEMAND(status != FEN_E_INTERNAL && status != FEN_E_NOMEM);
  if (status != FEN_OK) {
    DEMAND(err->code == status);
    DEMAND(memchr(err->message, '\0', sizeof err->message) != NULL);
    DEMAND(strlen(err->message) > 5);
  }
  return status;
}

#endif
