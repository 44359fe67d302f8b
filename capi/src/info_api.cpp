// info_api.cpp -- fenchel.h section 1: version, target, names, catalogues. Nothing here can fail.
#include "base/error.hpp"
#include "describe_text.hpp"
#include "fenchel/fenchel.h"
#include "kernels/kernels.hpp"
#include "names.hpp"

using namespace fenchel;

namespace {

constexpr const char* kUnknown = "unknown";

#define FENCHEL_TEXT_(x) #x
#define FENCHEL_TEXT(x) FENCHEL_TEXT_(x)
constexpr const char* kVersion =
    FENCHEL_TEXT(FEN_VERSION_MAJOR) "." FENCHEL_TEXT(FEN_VERSION_MINOR) "." FENCHEL_TEXT(FEN_VERSION_PATCH);

}  // namespace

const char* fen_version(void) { return kVersion; }
int32_t fen_abi_version(void) { return FEN_ABI_VERSION; }
const char* fen_target(void) { return kernels::table<double>().target; }
const char* fen_describe(void) { return capi::kDeclaredJson; }

const char* fen_status_name(int32_t status) {
  switch (status) {
#define FENCHEL_STATUS(name, code, python, java, message) \
  case code:                                              \
    return #name;
#include "base/status.def"
#undef FENCHEL_STATUS
    default:
      return kUnknown;
  }
}

const char* fen_status_message(int32_t status) {
  switch (status) {
#define FENCHEL_STATUS(name, code, python, java, message) \
  case code:                                              \
    return message;
#include "base/status.def"
#undef FENCHEL_STATUS
    default:
      return kUnknown;
  }
}

const char* fen_termination_name(int32_t termination) {
  switch (termination) {
#define FENCHEL_TERMINATION(name, code, doc) \
  case code:                                 \
    return #name;
#include "solve/termination.def"
#undef FENCHEL_TERMINATION
    default:
      return kUnknown;
  }
}

const char* fen_certificate_name(int32_t certificate) {
  switch (certificate) {
#define FENCHEL_CERTIFICATE(name, code, doc) \
  case code:                                 \
    return #name;
#include "solve/certificate.def"
#undef FENCHEL_CERTIFICATE
    default:
      return kUnknown;
  }
}

int32_t fen_term_count(const char* kind) { return capi::term_count(kind); }
const char* fen_term_name(const char* kind, int32_t index) { return capi::term_at(kind, index).name; }
const char* fen_term_doc(const char* kind, int32_t index) { return capi::term_at(kind, index).doc; }
