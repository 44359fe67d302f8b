// settings_api.cpp -- fenchel.h section 3: settings by struct and by string.
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "choices.hpp"
#include "fields.hpp"
#include "guard.hpp"
#include "results.hpp"
#include "suggest.hpp"

using namespace fenchel;
using namespace fenchel::capi;

namespace {

int32_t init(const Structure& structure, void* out, size_t size) {
  return guarded(nullptr, [&] {
    require(out, "settings");
    structure.check_init_size(size);
    alignas(8) char full[512];
    static_assert(sizeof(fen_sinkhorn_options) <= sizeof full && sizeof(fen_transport_spec) <= sizeof full &&
                  sizeof(fen_minimize_options) <= sizeof full);
    structure.defaults(full);
    const auto given = static_cast<std::uint32_t>(size);
    std::memcpy(full, &given, sizeof given);
    std::memcpy(out, full, size);
  });
}

const Structure& need_structure(const char* name) {
  if (const Structure* found = find_structure(name)) return *found;
  find_name("structure", name, {spec_structure().name, options_structure().name, minimize_structure().name});  // throws
  return spec_structure();
}

const Field& need_field(const Structure& structure, const char* name) {
  std::vector<std::string> names;
  for (int i = 0; i < structure.count; ++i) names.emplace_back(structure.fields[i].name);
  return structure.fields[find_name("name", name, names)];
}

// The caller's struct must be old or new enough to hold the field.
void check_holds(const Structure& structure, const Field& field, const void* settings) {
  require(settings, "settings");
  std::uint32_t size;
  std::memcpy(&size, settings, sizeof size);
  if (size < field.end())
    fail(Status::STRUCT_SIZE, "settings.struct_size is %, without room for %; sizeof(%) is %", std::int64_t{size},
         field.name, structure.name, static_cast<std::int64_t>(structure.size));
}

double parse(const Field& field, const char* text) {
  require(text, "text");
  const std::span<const Choice> choices = choices_of(field.name);
  for (const Choice& choice : choices)
    if (std::strcmp(text, choice.name) == 0) return choice.code;
  const char* end = text + strnlen(text, 64);
  double value = 0;
  const auto [stop, error] = std::from_chars(text, end, value);  // no locale
  if (error == std::errc() && stop == end && *end == '\0') return value;
  if (!choices.empty()) {
    std::vector<std::string> names;
    for (const Choice& choice : choices) names.emplace_back(choice.name);
    find_name(field.name, text, names);  // throws
  }
  fail(Status::RANGE, "% is '%'; legal: a decimal number", field.name, std::string(text, end));
}

}  // namespace

int32_t fen_transport_spec_init(fen_transport_spec* spec, size_t size) { return init(spec_structure(), spec, size); }

int32_t fen_sinkhorn_options_init(fen_sinkhorn_options* options, size_t size) {
  return init(options_structure(), options, size);
}

int32_t fen_derivative_options_init(fen_derivative_options* options, size_t size) {
  return init(derivative_structure(), options, size);
}

int32_t fen_derivative_result_init(fen_derivative_result* result, size_t size) {
  return guarded(nullptr, [&] {
    require(result, "result");
    init_result(result, size);
  });
}

int32_t fen_tune_options_init(fen_tune_options* options, size_t size) { return init(tune_structure(), options, size); }

int32_t fen_tune_result_init(fen_tune_result* result, size_t size) {
  return guarded(nullptr, [&] {
    require(result, "result");
    init_result(result, size);
  });
}

int32_t fen_bilevel_options_init(fen_bilevel_options* options, size_t size) {
  return init(bilevel_structure(), options, size);
}

int32_t fen_bilevel_result_init(fen_bilevel_result* result, size_t size) {
  return guarded(nullptr, [&] {
    require(result, "result");
    init_result(result, size);
  });
}

int32_t fen_minimize_options_init(fen_minimize_options* options, size_t size) {
  return init(minimize_structure(), options, size);
}

int32_t fen_minimize_result_init(fen_minimize_result* result, size_t size) {
  return guarded(nullptr, [&] {
    require(result, "result");
    init_result(result, size);
  });
}

int32_t fen_transport_result_init(fen_transport_result* result, size_t size) {
  return guarded(nullptr, [&] {
    require(result, "result");
    init_result(result, size);
  });
}

int32_t fen_setting_count(const char* structure) {
  const Structure* found = find_structure(structure);
  return found == nullptr ? -1 : found->count;
}

int32_t fen_setting_at(const char* structure, int32_t index, fen_setting_info* info) {
  return guarded(nullptr, [&] {
    const Structure& found = need_structure(structure);
    require(info, "info");
    if (info->struct_size < sizeof(fen_setting_info)) fail(Status::STRUCT_SIZE, "info.struct_size is too small");
    if (index < 0 || index >= found.count) fail(Status::RANGE, "index is %", index);
    const Field& field = found.fields[index];
    *info = {info->struct_size, field.dtype, field.name, field.doc, field.fallback, field.lower, field.upper};
  });
}

int32_t fen_setting_set(const char* structure, void* settings, const char* name, const char* text, fen_error* err) {
  return guarded(err, [&] {
    const Structure& found = need_structure(structure);
    const Field& field = need_field(found, name);
    check_holds(found, field, settings);
    const double value = parse(field, text);
    found.check(field, value);
    field.set(settings, value);
  });
}

int32_t fen_setting_get(const char* structure, const void* settings, const char* name, double* value, fen_error* err) {
  return guarded(err, [&] {
    const Structure& found = need_structure(structure);
    const Field& field = need_field(found, name);
    check_holds(found, field, settings);
    require(value, "value");
    *value = field.get(settings);
  });
}
