/* test_host.c -- a guest that leaves no trace: floating-point state, locale, signal handlers, environment, directory,
 * descriptors, threads, and nothing on stdout or stderr; also after failures, and across fork. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fenchel/fenchel.h"
#include "fixtures.h"
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

enum { N = 30, SIGNALS = 32 };

extern char** environ;

static int entries(const char* folder) {
  int count = 0;
  DIR* directory = opendir(folder);
  while (directory != NULL && readdir(directory) != NULL) ++count;
  if (directory != NULL) closedir(directory);
  return count;
}

typedef struct host {
  unsigned mxcsr;
  int rounding, descriptors, threads, variables;
  char locale[256], directory[1024];
  struct sigaction actions[SIGNALS];
  sigset_t mask;
} host;

static host look(void) {
  static host h;
  memset(&h, 0, sizeof h);
#if defined(__SSE__)
  h.mxcsr = _mm_getcsr() & ~0x3fu; /* without the sticky exception flags, which any arithmetic sets */
#endif
  h.rounding = fegetround();
  h.descriptors = entries("/proc/self/fd");
  h.threads = entries("/proc/self/task");
  while (environ[h.variables] != NULL) ++h.variables;
  snprintf(h.locale, sizeof h.locale, "%s", setlocale(LC_ALL, NULL));
  if (getcwd(h.directory, sizeof h.directory) == NULL) h.directory[0] = '?';
  for (int s = 1; s < SIGNALS; ++s) sigaction(s, NULL, &h.actions[s]);
  sigprocmask(SIG_SETMASK, NULL, &h.mask);
  return h;
}

static void same(const host* a, const host* b) {
  CHECK(a->mxcsr == b->mxcsr && a->rounding == b->rounding);
  CHECK(a->descriptors == b->descriptors);
  CHECK(a->threads == b->threads);
  CHECK(a->variables == b->variables);
  CHECK(strcmp(a->locale, b->locale) == 0 && strcmp(a->directory, b->directory) == 0);
  for (int s = 1; s < SIGNALS; ++s) {
    CHECK(a->actions[s].sa_handler == b->actions[s].sa_handler && a->actions[s].sa_flags == b->actions[s].sa_flags);
    CHECK(sigismember(&a->mask, s) == sigismember(&b->mask, s));
  }
}

static void on_signal(int number) { (void)number; }

static int32_t nod(void* user, const fen_progress* progress) {
  (void)progress;
  ++*(int*)user;
  return 0;
}

/* A solve of every kind that leaves something to clean up: threads, callbacks, failures, derivatives. */
static void use_everything(void) {
  double cost[N * N], phi[N], psi[N];
  fill_cost(cost, N, N, 4);
  fen_error err = no_error();
  fen_sinkhorn_options options = default_options();
  options.num_threads = 2;
  options.monitor_interval = 0;
  const fen_array f = view1(FEN_F64, N, phi), g = view1(FEN_F64, N, psi);
  for (int32_t i = 0; i < fen_term_count("transport_method"); ++i) {
    int calls = 0;
    fen_solver* solver = matrix_solver(cost, N, N, 0.01, fen_term_name("transport_method", i), &options);
    CHECK(fen_solver_set_monitor(solver, nod, &calls) == FEN_OK);
    CHECK_OK(fen_solver_solve(solver, NULL, &err), &err);
    CHECK(calls > 0);
    CHECK_OK(fen_transport_potentials(solver, &f, &g, &err), &err);
    const fen_transport_bundle bundle = {.struct_size = sizeof bundle, .a = &g, .phi = &f};
    CHECK_OK(fen_transport_vjp(solver, 0, &bundle, &err), &err);
    fen_solver_destroy(solver);
  }
  cost[0] = NAN;
  const fen_array bad = view2(FEN_F64, N, N, cost);
  const fen_transport_spec spec = spec_of(0.1);
  CHECK(fen_sinkhorn(NULL, NULL, &bad, &spec, "auto", NULL, NULL, NULL, NULL, &err) == FEN_E_NOT_FINITE);
  (void)fen_describe();
}

/* Runs it with stdout and stderr redirected to a file, which must stay empty. */
static void silent(void) {
  fflush(stdout);
  fflush(stderr);
  FILE* file = tmpfile();
  const int out = dup(1), errors = dup(2);
  const int failures = check_failures;
  dup2(fileno(file), 1);
  dup2(fileno(file), 2);
  use_everything();
  fflush(stdout);
  fflush(stderr);
  dup2(out, 1);
  dup2(errors, 2);
  close(out);
  close(errors);
  const long length = lseek(fileno(file), 0, SEEK_END);
  CHECK(length == 0 || check_failures > failures);
  fclose(file);
}

/* The work of a forked child is that of its parent. */
static void fork_between_calls(void) {
  use_everything();
  const pid_t child = fork();
  if (child == 0) {
    use_everything();
    _exit(check_failures == 0 ? 0 : 1);
  }
  int status = -1;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
  setlocale(LC_ALL, "C.UTF-8");
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  const host before = look();
  silent();
  const host after = look();
  same(&before, &after);
  fesetround(FE_UPWARD); /* and with a state of the host's own */
  const host odd = look();
  double phi[2], cost[4] = {0, 1, 1, 0};
  const fen_array c = view2(FEN_F64, 2, 2, cost), f = view1(FEN_F64, 2, phi);
  const fen_transport_spec spec = spec_of(1);
  CHECK(fen_sinkhorn(NULL, NULL, &c, &spec, "sinkhorn", NULL, &f, NULL, NULL, NULL) == FEN_OK);
  const host still = look();
  same(&odd, &still);
  fesetround(FE_TONEAREST);
  fork_between_calls();
  return check_report("host");
}
