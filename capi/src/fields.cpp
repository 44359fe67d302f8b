#include "fields.hpp"

#include <cmath>
#include <cstring>
#include <iterator>

#include "guard.hpp"

namespace fenchel::capi {
namespace {

using declared::inf;  // as the .def files write it
constexpr std::int32_t F64 = FEN_F64, I64 = FEN_I64, I32 = FEN_I32;

constexpr Field kSpecFields[] = {
#define FENCHEL_SPEC(type, name, fallback, lower, upper, doc) \
  {#name, doc, type, offsetof(fen_transport_spec, name), fallback, lower, upper},
#include "solvers/transport/spec.def"
#undef FENCHEL_SPEC
};

constexpr Field kOptionFields[] = {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) \
  {#name, doc, type, offsetof(fen_sinkhorn_options, name), fallback, lower, upper},
#include "solvers/transport/settings.def"
#undef FENCHEL_SETTING
};

constexpr Field kMinimizeFields[] = {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) \
  {#name, doc, type, offsetof(fen_minimize_options, name), fallback, lower, upper},
#include "solvers/composite/minimize_settings.def"
#undef FENCHEL_SETTING
};

constexpr Field kDerivativeFields[] = {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) \
  {#name, doc, type, offsetof(fen_derivative_options, name), fallback, lower, upper},
#include "solvers/bilevel/derivative_settings.def"
#undef FENCHEL_SETTING
};

constexpr Field kTuneFields[] = {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) \
  {#name, doc, type, offsetof(fen_tune_options, name), fallback, lower, upper},
#include "solvers/bilevel/tune_settings.def"
#undef FENCHEL_SETTING
};

constexpr Field kBilevelFields[] = {
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) \
  {#name, doc, type, offsetof(fen_bilevel_options, name), fallback, lower, upper},
#include "solvers/bilevel/oracles/bilevel_settings.def"
#undef FENCHEL_SETTING
};

constexpr Structure kSpec{"fen_transport_spec", sizeof(fen_transport_spec), kSpecFields,
                          static_cast<int>(std::size(kSpecFields))};
constexpr Structure kOptions{"fen_sinkhorn_options", sizeof(fen_sinkhorn_options), kOptionFields,
                             static_cast<int>(std::size(kOptionFields))};

constexpr Structure kMinimize{"fen_minimize_options", sizeof(fen_minimize_options), kMinimizeFields,
                              static_cast<int>(std::size(kMinimizeFields))};

constexpr Structure kDerivative{"fen_derivative_options", sizeof(fen_derivative_options), kDerivativeFields,
                                static_cast<int>(std::size(kDerivativeFields))};

constexpr Structure kTune{"fen_tune_options", sizeof(fen_tune_options), kTuneFields,
                          static_cast<int>(std::size(kTuneFields))};

constexpr Structure kBilevel{"fen_bilevel_options", sizeof(fen_bilevel_options), kBilevelFields,
                             static_cast<int>(std::size(kBilevelFields))};

constexpr std::size_t kSaneSize = 4096;  // a larger struct_size is memory nobody initialised

std::string range_text(const Field& field) {
  const bool positive = field.lower > 0 && field.lower < 1e-300;
  std::string text = positive ? "> 0" : ">= " + to_text(field.lower);
  if (field.upper < inf) text += " and <= " + to_text(field.upper);
  return text;
}

}  // namespace

double Field::get(const void* base) const {
  const auto* at = static_cast<const char*>(base) + offset;
  if (dtype == FEN_I32) {
    std::int32_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  if (dtype == FEN_I64) {
    std::int64_t value;
    std::memcpy(&value, at, sizeof value);
    return static_cast<double>(value);
  }
  double value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void Field::set(void* base, double value) const {
  auto* at = static_cast<char*>(base) + offset;
  const auto put = [at](auto typed) { std::memcpy(at, &typed, sizeof typed); };
  if (dtype == FEN_I32)
    put(static_cast<std::int32_t>(value));
  else if (dtype == FEN_I64)
    put(static_cast<std::int64_t>(value));
  else
    put(value);
}

void Structure::check_init_size(std::size_t given) const {
  if (given == size) return;
  for (int i = 0; i < count; ++i) {
    if (fields[i].end() == given && given % 8 == 0) return;
  }
  fail(Status::STRUCT_SIZE, "size of % is %; this library knows %", name, static_cast<index>(given),
       static_cast<index>(size));
}

void Structure::defaults(void* out) const {
  std::memset(out, 0, size);
  const auto own = static_cast<std::uint32_t>(size);
  std::memcpy(out, &own, sizeof own);
  for (int i = 0; i < count; ++i) fields[i].set(out, fields[i].fallback);
}

void Structure::check(const Field& field, double value) const {
  const bool whole = field.dtype == FEN_F64 || value == std::floor(value);
  if (whole && value >= field.lower && value <= field.upper) return;  // false for NaN
  fail(Status::RANGE, "% is %; legal: %%", field.name, value, field.dtype == FEN_F64 ? "" : "an integer ",
       range_text(field));
}

void Structure::load(const char* argument, const void* in, void* out) const {
  defaults(out);
  if (in == nullptr) return;
  std::uint32_t given;
  std::memcpy(&given, in, sizeof given);
  if (given > kSaneSize)
    fail(Status::STRUCT_SIZE, "%.struct_size is %; legal: sizeof(%) = %", argument, static_cast<index>(given), name,
         static_cast<index>(size));
  if (given <= size) check_init_size(given);
  const auto* bytes = static_cast<const unsigned char*>(in);
  std::size_t covered = sizeof given;
  const auto must_be_zero = [&](std::size_t until) {
    for (; covered < until; ++covered) {
      if (bytes[covered] != 0)
        fail(Status::STRUCT_SIZE,
             "%: byte % is not zero: a field of a newer fenchel, or a struct that was not initialised", argument,
             static_cast<index>(covered));
    }
  };
  for (int i = 0; i < count && fields[i].end() <= given; ++i) {
    must_be_zero(fields[i].offset);
    const double value = fields[i].get(in);
    check(fields[i], value);
    std::memcpy(static_cast<char*>(out) + fields[i].offset, bytes + fields[i].offset,
                fields[i].end() - fields[i].offset);
    covered = fields[i].end();
  }
  must_be_zero(given);
}

const Structure& spec_structure() { return kSpec; }
const Structure& options_structure() { return kOptions; }
const Structure& minimize_structure() { return kMinimize; }
const Structure& derivative_structure() { return kDerivative; }
const Structure& tune_structure() { return kTune; }
const Structure& bilevel_structure() { return kBilevel; }

const Structure* find_structure(const char* name) {
  for (const Structure* s : {&kSpec, &kOptions, &kMinimize, &kDerivative, &kTune, &kBilevel}) {
    if (name != nullptr && std::strcmp(name, s->name) == 0) return s;
  }
  return nullptr;
}

TransportSpec load_spec(const fen_transport_spec* spec) {
  require(spec, "spec");
  fen_transport_spec full;
  kSpec.load("spec", spec, &full);
  TransportSpec out;
#define FENCHEL_SPEC(type, name, fallback, lower, upper, doc) out.name = full.name;
#include "solvers/transport/spec.def"
#undef FENCHEL_SPEC
  return out;
}

SinkhornSettings load_settings(const fen_sinkhorn_options* options) {
  fen_sinkhorn_options full;
  kOptions.load("options", options, &full);
  SinkhornSettings out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = full.name;
#include "solvers/transport/settings.def"
#undef FENCHEL_SETTING
  return out;
}

MinimizeSettings load_settings(const fen_minimize_options* options) {
  fen_minimize_options full;
  kMinimize.load("options", options, &full);
  MinimizeSettings out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = full.name;
#include "solvers/composite/minimize_settings.def"
#undef FENCHEL_SETTING
  return out;
}

DerivativeSettings load_settings(const fen_derivative_options* options) {
  fen_derivative_options full;
  kDerivative.load("options", options, &full);
  DerivativeSettings out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = full.name;
#include "solvers/bilevel/derivative_settings.def"
#undef FENCHEL_SETTING
  return out;
}

TuneSettings load_settings(const fen_tune_options* options) {
  fen_tune_options full;
  kTune.load("options", options, &full);
  TuneSettings out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = full.name;
#include "solvers/bilevel/tune_settings.def"
#undef FENCHEL_SETTING
  return out;
}

BilevelSettings load_settings(const fen_bilevel_options* options) {
  fen_bilevel_options full;
  kBilevel.load("options", options, &full);
  BilevelSettings out;
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) out.name = full.name;
#include "solvers/bilevel/oracles/bilevel_settings.def"
#undef FENCHEL_SETTING
  return out;
}

}  // namespace fenchel::capi
