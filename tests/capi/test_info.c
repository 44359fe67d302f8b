/* test_info.c -- version, names and catalogues: sections 1 of the header. */
#include "fenchel/fenchel.h"
#include "fixtures.h"

static void versions(void) {
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", FEN_VERSION_MAJOR, FEN_VERSION_MINOR, FEN_VERSION_PATCH);
  CHECK(strcmp(fen_version(), text) == 0);
  CHECK(fen_abi_version() == FEN_ABI_VERSION);
  const char* target = fen_target();
  CHECK(strcmp(target, "baseline") == 0 || strcmp(target, "avx2") == 0 || strcmp(target, "avx512") == 0 ||
        strcmp(target, "neon") == 0);
}

static void codes(void) {
  CHECK(strcmp(fen_status_name(FEN_OK), "OK") == 0);
  CHECK(strcmp(fen_status_name(FEN_E_NULL_ARGUMENT), "NULL_ARGUMENT") == 0);
  CHECK(strcmp(fen_status_name(FEN_E_SINGULAR), "SINGULAR") == 0);
  CHECK(strcmp(fen_status_name(12345), "unknown") == 0);
  CHECK(strcmp(fen_status_message(FEN_E_NOMEM), "memory could not be allocated") == 0);
  CHECK(strcmp(fen_status_message(-12345), "unknown") == 0);
  CHECK(strcmp(fen_termination_name(FEN_CONVERGED), "CONVERGED") == 0);
  CHECK(strcmp(fen_termination_name(-1), "unknown") == 0);
  CHECK(strcmp(fen_certificate_name(FEN_CERTIFICATE_GAP), "GAP") == 0);
  CHECK(strcmp(fen_certificate_name(99), "unknown") == 0);
}

static void catalogue(const char* kind, const char* member) {
  const int32_t count = fen_term_count(kind);
  int found = 0;
  CHECK(count > 0);
  for (int32_t i = 0; i < count; ++i) {
    CHECK(fen_term_name(kind, i) != NULL && fen_term_name(kind, i)[0] != '\0');
    CHECK(fen_term_doc(kind, i) != NULL && fen_term_doc(kind, i)[0] != '\0');
    found += strcmp(fen_term_name(kind, i), member) == 0;
  }
  CHECK(found == 1);
  CHECK(fen_term_name(kind, count) == NULL);
  CHECK(fen_term_doc(kind, -1) == NULL);
}

static void unknown_kinds(void) {
  CHECK(fen_term_count("cots") == -1);
  CHECK(fen_term_count(NULL) == -1);
  CHECK(fen_term_name(NULL, 0) == NULL);
  CHECK(fen_term_doc("nothing", 0) == NULL);
}

/* Brackets and quotes of the description balance, and it names what the header names. */
static void description(void) {
  const char* json = fen_describe();
  int depth = 0, quoted = 0;
  for (const char* c = json; *c != '\0'; ++c) {
    if (quoted && *c == '\\')
      ++c;
    else if (*c == '"')
      quoted = !quoted;
    else if (!quoted)
      depth += (*c == '{' || *c == '[') - (*c == '}' || *c == ']');
    CHECK(depth >= 0);
    if (check_failures != 0) return;
  }
  CHECK(depth == 0 && !quoted && strlen(json) > 1000);
  CHECK(strstr(json, "\"FEN_E_NULL_ARGUMENT\"") != NULL);
  CHECK(strstr(json, "\"fen_sinkhorn_options\"") != NULL);
  CHECK(strstr(json, "\"sqeuclidean\"") != NULL);
}

int main(void) {
  versions();
  codes();
  catalogue("cost", "sqeuclidean");
  catalogue("transport_method", "auto");
  unknown_kinds();
  description();
  return check_report("info");
}
