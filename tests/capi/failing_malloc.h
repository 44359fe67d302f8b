/* failing_malloc.h -- malloc and friends of the whole process, counting, with one allocation (or all from one on)
 * failing. The program's own definitions take the place of libc's for every library it loads, libstdc++'s operator new
 * included. glibc only. Include in one file of a program. */
#ifndef FENCHEL_TEST_FAILING_MALLOC_H
#define FENCHEL_TEST_FAILING_MALLOC_H

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
extern void __libc_free(void*);

static atomic_long alloc_count;        /* since alloc_arm */
static atomic_long alloc_fail_at = -1; /* this one fails, counted from 0; -1: none */
static atomic_int alloc_fail_for_good; /* and all after it */
static atomic_long alloc_live;         /* blocks not freed */

static void alloc_arm(long fail_at, int for_good) {
  atomic_store(&alloc_count, 0);
  atomic_store(&alloc_fail_for_good, for_good);
  atomic_store(&alloc_fail_at, fail_at);
}

/* Ends the injection; returns how many allocations were asked for. */
static long alloc_disarm(void) {
  atomic_store(&alloc_fail_at, -1);
  return atomic_load(&alloc_count);
}

static int alloc_refuse(void) {
  const long number = atomic_fetch_add(&alloc_count, 1), at = atomic_load(&alloc_fail_at);
  const int refuse = at >= 0 && (number == at || (number > at && atomic_load(&alloc_fail_for_good)));
  if (refuse) errno = ENOMEM;
  return refuse;
}

static void* alloc_counted(void* block) {
  if (block != NULL) atomic_fetch_add(&alloc_live, 1);
  return block;
}

void* malloc(size_t size) { return alloc_refuse() ? NULL : alloc_counted(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return alloc_refuse() ? NULL : alloc_counted(__libc_calloc(count, size)); }
void* memalign(size_t alignment, size_t size) {
  return alloc_refuse() ? NULL : alloc_counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** out, size_t alignment, size_t size) {
  void* block = memalign(alignment, size);
  if (block == NULL) return ENOMEM;
  *out = block;
  return 0;
}
void* realloc(void* old, size_t size) {
  if (old == NULL) return malloc(size);
  if (size == 0) {
    atomic_fetch_sub(&alloc_live, 1);
    return __libc_realloc(old, 0);
  }
  return alloc_refuse() ? NULL : __libc_realloc(old, size);
}
void free(void* block) {
  if (block != NULL) atomic_fetch_sub(&alloc_live, 1);
  __libc_free(block);
}

#endif
