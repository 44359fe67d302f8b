/* pictures.h -- grey pictures (PGM) put together of images, and curves (SVG): what the stories draw, without a library.
 */
#ifndef PICTURES_H
#define PICTURES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct picture {
  int64_t rows, cols;
  unsigned char* grey;
} picture;

static inline picture white(int64_t rows, int64_t cols) {
  picture p = {rows, cols, malloc((size_t)(rows * cols))};
  if (p.grey == NULL) exit(1);
  memset(p.grey, 255, (size_t)(rows * cols));
  return p;
}

/* Puts an image of numbers in [0, 1], its rows `stride` apart, at (row, col), each pixel a square of `scale`. */
static inline void put(picture* p, int64_t row, int64_t col, const double* image, int64_t rows, int64_t cols,
                       int64_t stride, int64_t scale) {
  for (int64_t i = 0; i < rows * scale; ++i)
    for (int64_t j = 0; j < cols * scale; ++j) {
      const double v = image[i / scale * stride + j / scale];
      p->grey[(row + i) * p->cols + col + j] = (unsigned char)(255 * (v < 0 ? 0 : v > 1 ? 1 : v) + 0.5);
    }
}

static inline FILE* create(const char* output, const char* name) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", output, name);
  FILE* file = fopen(path, "wb");
  if (file == NULL) {
    fprintf(stderr, "cannot write %s\n", path);
    exit(1);
  }
  return file;
}

/* Writes the picture and frees it. */
static inline void save(picture* p, const char* output, const char* name) {
  FILE* file = create(output, name);
  fprintf(file, "P5\n%lld %lld\n255\n", (long long)p->cols, (long long)p->rows);
  fwrite(p->grey, 1, (size_t)(p->rows * p->cols), file);
  fclose(file);
  free(p->grey);
}

/* A curve of n values, `stride` apart, in a box of 600 x 240 whose upper edge lies at `top`; low and high are its
 * range. */
static inline void curve(FILE* svg, double top, const double* values, int64_t n, int64_t stride, double low,
                         double high, const char* colour) {
  fprintf(svg, "<polyline fill='none' stroke='%s' points='", colour);
  for (int64_t k = 0; k < n; ++k)
    fprintf(svg, "%.1f,%.1f ", 20 + 600.0 * (double)k / (double)(n - 1),
            top + 240 * (high - values[k * stride]) / (high - low));
  fprintf(svg, "'/>\n");
}

#endif
