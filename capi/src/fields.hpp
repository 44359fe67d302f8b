// fields.hpp -- the public settings structs as tables: name, type, default, range and place of every field. All that is
// done field by field (defaults, checks, by-string access, introspection) is written once, over these tables.
#pragma once
#include <cstddef>

#include "fenchel/fenchel.h"
#include "solvers/bilevel/derivative_declared.hpp"
#include "solvers/bilevel/oracles/bilevel_declared.hpp"
#include "solvers/bilevel/tune_declared.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/transport/declared.hpp"

namespace fenchel::capi {

struct Field {
  const char* name;
  const char* doc;
  std::int32_t dtype;  // FEN_F64, FEN_I64 or FEN_I32
  std::size_t offset;
  double fallback, lower, upper;

  std::size_t end() const { return offset + (dtype == FEN_I32 ? 4 : 8); }
  double get(const void* base) const;
  void set(void* base, double value) const;  // value is in range and, for integers, whole
};

struct Structure {
  const char* name;  // of the C struct
  std::size_t size;  // its sizeof
  const Field* fields;
  int count;

  // The caller's size: a prefix that ends at a field (an older caller), or this size. Throws STRUCT_SIZE.
  void check_init_size(std::size_t size) const;
  // Reads a caller's struct of any known or larger size into *out, of sizeof size: missing fields get defaults, bytes
  // beyond the known ones and reserved fields must be 0. NULL gives defaults. Throws STRUCT_SIZE, RANGE.
  void load(const char* argument, const void* in, void* out) const;
  void defaults(void* out) const;
  // Throws RANGE naming field, value and range.
  void check(const Field& field, double value) const;
};

const Structure& spec_structure();
const Structure& options_structure();
const Structure& minimize_structure();
const Structure& derivative_structure();
const Structure& tune_structure();
const Structure& bilevel_structure();
// NULL when the name is unknown.
const Structure* find_structure(const char* name);

// Copies for the core, defaults filled in and ranges checked.
TransportSpec load_spec(const fen_transport_spec* spec);
SinkhornSettings load_settings(const fen_sinkhorn_options* options);
MinimizeSettings load_settings(const fen_minimize_options* options);
DerivativeSettings load_settings(const fen_derivative_options* options);
TuneSettings load_settings(const fen_tune_options* options);
BilevelSettings load_settings(const fen_bilevel_options* options);

}  // namespace fenchel::capi
