// fields.hpp -- the public settings structs as tables: name, type, default, range and place of every field. All that is
// done field by field (defaults, checks, by-string access, introspection) is written once, over these tables.
#pragma once
#include <array>

#include "twins.hpp"

namespace fenchel::capi {

struct Field : declared::Field {
  std::size_t end() const { return offset + (dtype == Dtype::i32 ? 4 : 8); }
  double get(const void* base) const;
  void set(void* base, double value) const;  // value is in range and, for integers, whole
};

struct Structure {
  const char* name;  // of the C struct
  std::size_t size;  // its sizeof
  std::span<const Field> fields;

  // The caller's size: a prefix that ends at a field (an older caller), or this size. Throws STRUCT_SIZE.
  void check_init_size(std::size_t size) const;
  // Reads a caller's struct of any known or larger size into *out, of sizeof size: missing fields get defaults, bytes
  // beyond the known ones and reserved fields must be 0. NULL gives defaults. Throws STRUCT_SIZE, RANGE.
  void load(const char* argument, const void* in, void* out) const;
  void defaults(void* out) const;
  // Throws RANGE naming field, value and range.
  void check(const Field& field, double value) const;
};

template <class C>
inline constexpr auto kFields = [] {
  std::array<Field, declared::kFieldCount<Twin<C>>> fields;
  std::size_t at = 0;
  Twin<C>::template each<C>([&](const declared::Field& field, auto, auto) { fields[at++] = {field}; });
  return fields;
}();

template <class C>
inline constexpr Structure kStructure{TwinOf<C>::kName, sizeof(C), kFields<C>};

// The settings structs, in declared order.
std::span<const Structure* const> structures();

// A copy for the core, defaults filled in and ranges checked.
template <class C>
Twin<C> load_settings(const C* options, const char* argument = "options") {
  C full;
  kStructure<C>.load(argument, options, &full);
  Twin<C> out;
  copy_fields(full, out);
  return out;
}

// Without a spec nothing says what to solve.
TransportSpec load_spec(const fen_transport_spec* spec);

}  // namespace fenchel::capi
