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

template <class C>
int32_t init_settings(C* out, size_t size) {
  return guarded(nullptr, [&] {
    require(out, "settings");
    kStructure<C>.check_init_size(size);
    C full;
    kStructure<C>.defaults(&full);
    full.struct_size = static_cast<std::uint32_t>(size);
    std::memcpy(out, &full, size);
  });
}

const Structure* find_structure(const char* name) {
  for (const Structure* s : structures())
    if (name != nullptr && std::strcmp(name, s->name) == 0) return s;
  return nullptr;
}

const Structure& need_structure(const char* name) {
  if (const Structure* found = find_structure(name)) return *found;
  std::vector<std::string> names;
  for (const Structure* s : structures()) names.emplace_back(s->name);
  return *structures()[find_name("structure", name, names)];  // throws
}

const Field& need_field(const Structure& structure, const char* name) {
  std::vector<std::string> names;
  for (const Field& field : structure.fields) names.emplace_back(field.name);
  return structure.fields[static_cast<size_t>(find_name("name", name, names))];
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
  const std::span<const declared::Choice> choices = choices_of(field.name);
  for (const declared::Choice& choice : choices)
    if (std::strcmp(text, choice.name) == 0) return choice.code;
  const char* end = text + strnlen(text, 64);
  double value = 0;
  const auto [stop, error] = std::from_chars(text, end, value);  // no locale
  if (error == std::errc() && stop == end && *end == '\0') return value;
  if (!choices.empty()) {
    std::vector<std::string> names;
    for (const declared::Choice& choice : choices) names.emplace_back(choice.name);
    find_name(field.name, text, names);  // throws
  }
  fail(Status::RANGE, "% is '%'; legal: a decimal number", field.name, std::string(text, end));
}

}  // namespace

// fen_transport_spec_init, fen_transport_result_init and their like.
#define FENCHEL_SETTINGS(c_struct, cpp_struct, doc) \
  int32_t c_struct##_init(c_struct* out, size_t size) { return init_settings(out, size); }
#define FENCHEL_RESULTS(c_struct, cpp_struct, doc)         \
  int32_t c_struct##_init(c_struct* result, size_t size) { \
    return guarded(nullptr, [&] {                          \
      require(result, "result");                           \
      init_result(result, size);                           \
    });                                                    \
  }
#define FENCHEL_SEEN(c_struct, cpp_struct, doc)
#include "declared_structs.def"
#undef FENCHEL_SETTINGS
#undef FENCHEL_RESULTS
#undef FENCHEL_SEEN

int32_t fen_setting_count(const char* structure) {
  const Structure* found = find_structure(structure);
  return found == nullptr ? -1 : static_cast<int32_t>(found->fields.size());
}

int32_t fen_setting_at(const char* structure, int32_t index, fen_setting_info* info) {
  return guarded(nullptr, [&] {
    const Structure& found = need_structure(structure);
    require(info, "info");
    if (info->struct_size < sizeof(fen_setting_info)) fail(Status::STRUCT_SIZE, "info.struct_size is too small");
    if (index < 0 || index >= std::ssize(found.fields)) fail(Status::RANGE, "index is %", index);
    const Field& field = found.fields[static_cast<size_t>(index)];
    *info = {info->struct_size, static_cast<int32_t>(field.dtype), field.name, field.doc, field.fallback, field.lower,
             field.upper};
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
