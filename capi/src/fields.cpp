#include "fields.hpp"

#include <cmath>
#include <cstring>

#include "guard.hpp"

namespace fenchel::capi {
namespace {

constexpr std::size_t kSaneSize = 4096;  // a larger struct_size is memory nobody initialised

std::string range_text(const Field& field) {
  const bool positive = field.lower > 0 && field.lower < 1e-300;
  std::string text = positive ? "> 0" : ">= " + to_text(field.lower);
  if (field.upper < kInf) text += " and <= " + to_text(field.upper);
  return text;
}

}  // namespace

double Field::get(const void* base) const {
  const auto* at = static_cast<const char*>(base) + offset;
  if (dtype == Dtype::i32) {
    std::int32_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  if (dtype == Dtype::i64) {
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
  if (dtype == Dtype::i32)
    put(static_cast<std::int32_t>(value));
  else if (dtype == Dtype::i64)
    put(static_cast<std::int64_t>(value));
  else
    put(value);
}

void Structure::check_init_size(std::size_t given) const {
  if (given == size) return;
  for (const Field& field : fields)
    if (field.end() == given && given % 8 == 0) return;
  fail(Status::STRUCT_SIZE, "size of % is %; this library knows %", name, static_cast<index>(given),
       static_cast<index>(size));
}

void Structure::defaults(void* out) const {
  std::memset(out, 0, size);
  const auto own = static_cast<std::uint32_t>(size);
  std::memcpy(out, &own, sizeof own);
  for (const Field& field : fields) field.set(out, field.fallback);
}

void Structure::check(const Field& field, double value) const {
  const bool whole = field.dtype == Dtype::f64 || value == std::floor(value);
  if (whole && value >= field.lower && value <= field.upper) return;  // false for NaN
  fail(Status::RANGE, "% is %; legal: %%", field.name, value, field.dtype == Dtype::f64 ? "" : "an integer ",
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
  for (const Field& field : fields) {
    if (field.end() > given) break;
    must_be_zero(field.offset);
    check(field, field.get(in));
    std::memcpy(static_cast<char*>(out) + field.offset, bytes + field.offset, field.end() - field.offset);
    covered = field.end();
  }
  must_be_zero(given);
}

std::span<const Structure* const> structures() {
  static constexpr const Structure* kAll[] = {
#define FENCHEL_SETTINGS(c_struct, cpp_struct, doc) &kStructure<c_struct>,
#define FENCHEL_RESULTS(c_struct, cpp_struct, doc)
#define FENCHEL_SEEN(c_struct, cpp_struct, doc)
#include "declared_structs.def"
#undef FENCHEL_SETTINGS
#undef FENCHEL_RESULTS
#undef FENCHEL_SEEN
  };
  return kAll;
}

TransportSpec load_spec(const fen_transport_spec* spec) {
  require(spec, "spec");
  return load_settings(spec, "spec");
}

}  // namespace fenchel::capi
