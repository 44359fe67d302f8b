/* numbers.h -- reads the inputs that examples/inputs.py wrote, and prints numbers so that languages can be compared to
 * the last bit. The first argument of every example is the folder for its output; the inputs stand beside it. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <fenchel/fenchel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program where a call failed, with the library's own words. */
static inline void ok(int32_t status, const fen_error* err) {
  if (status == FEN_OK) return;
  fprintf(stderr, "%s: %s\n", fen_status_name(status), err->message);
  exit(1);
}

/* An input's bytes and their number; the caller frees. */
static inline void* input(const char* output, const char* name, size_t* bytes) {
  char path[1024];
  snprintf(path, sizeof path, "%s/../data/%s.bin", output, name);
  FILE* file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  *bytes = (size_t)ftell(file);
  rewind(file);
  void* data = malloc(*bytes);
  if (data == NULL || fread(data, 1, *bytes, file) != *bytes) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  fclose(file);
  return data;
}

static inline fen_array matrix(int32_t dtype, int64_t rows, int64_t cols, void* data) {
  const int64_t shape[2] = {rows, cols};
  fen_array view;
  fen_array_init(&view, dtype, 2, shape, data);
  return view;
}

static inline void number(const char* name, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  printf("= %s %016llx %.9f\n", name, (unsigned long long)bits, value);
}

/* A number made of sums and logarithms of this program's own: six decimals are compared. */
static inline void decimal(const char* name, double value) { printf("= %s %.6f\n", name, value); }

static inline void count(const char* name, int64_t value) { printf("= %s %lld\n", name, (long long)value); }

/* CRC-32 of more bytes; begin and end with ~0. */
static inline uint32_t crc32_of(uint32_t crc, const void* data, size_t bytes) {
  const unsigned char* byte = data;
  for (size_t i = 0; i < bytes; ++i) {
    crc ^= byte[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1u) * 0xedb88320u;
  }
  return crc;
}

static inline void array(const char* name, const void* data, size_t bytes) {
  printf("= %s %08x\n", name, (unsigned)~crc32_of(~0u, data, bytes));
}

#endif
