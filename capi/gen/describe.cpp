// describe.cpp -- writes as JSON what the .def files declare. Structs and choices come from their lists in capi/src; a
// new line there, or in a .def file, needs nothing here.
#include "describe.hpp"

#include <vector>

#include "describe_json.hpp"
#include "solvers/bilevel/oracles/bilevel_session.hpp"
#include "solvers/bilevel/tune_declared.hpp"
#include "solvers/composite/minimize_declared.hpp"
#include "solvers/transport/declared.hpp"

namespace fenchel::capi {
namespace {

const char* type_name(Dtype type) { return type == Dtype::f64 ? "f64" : type == Dtype::i64 ? "i64" : "i32"; }

struct Value {
  std::string name;
  std::int64_t code;
  const char* doc;
  const char* text = nullptr;  // how people write it, where that is not the name
};

// An enum of codes: C enumerators are prefix + name. An i32 field named like the list holds one of its codes.
void list(Json& json, const char* key, const char* doc, const std::string& prefix, const std::vector<Value>& values) {
  json.open(key, '{');
  json.add("c", std::string("fen_") + key);
  json.add("doc", doc);
  json.open("values", '[');
  for (const Value& v : values) {
    std::vector<std::string> row = {member("name", v.name), member("c", prefix + v.name), member("code", v.code)};
    if (v.text != nullptr) row.push_back(member("text", v.text));
    row.push_back(member("doc", v.doc));
    json.row(row);
  }
  json.close(']');
  json.close('}');
}

// A closed choice among settings: names are lower case in people's mouths, upper case in C.
void choice(Json& json, const char* key, const char* doc, std::span<const declared::Choice> choices) {
  const auto upper = [](std::string word) {
    for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return word;
  };
  std::vector<Value> values;
  for (const declared::Choice& c : choices) values.push_back({upper(c.name), c.code, c.doc, c.name});
  list(json, key, doc, "FEN_" + upper(key) + "_", values);
}

void write_fields(Json& json, const std::vector<declared::Field>& fields) {
  json.open("fields", '[');
  for (const declared::Field& f : fields) {
    std::vector<std::string> row = {member("name", f.name), member("type", type_name(f.dtype))};
    if (f.ranged) {
      row.push_back(member_raw("default", number(f.fallback, f.dtype)));
      row.push_back(member_raw("lower", number(f.lower, f.dtype)));
      row.push_back(member_raw("upper", number(f.upper, f.dtype)));
    }
    row.push_back(member("doc", f.doc));
    json.row(row);
  }
  json.close(']');
}

// A public struct: uint32 struct_size, int32 reserved, then the fields in .def order, with an explicit int32
// wherever the compiler would put padding.
void write_layout(Json& json, const std::vector<declared::Field>& fields) {
  json.open("layout", '[');
  std::int64_t offset = 0;
  int reserved = 0;
  const auto place = [&](const std::string& name, const char* type, std::int64_t size) {
    json.row({member("name", name), member("type", type), member("offset", offset)});
    offset += size;
  };
  const auto pad = [&] {
    std::string name = "reserved";
    if (reserved > 0) name += to_text(reserved);
    place(name, "i32", 4);
    ++reserved;
  };
  place("struct_size", "u32", 4);
  pad();
  for (const declared::Field& f : fields) {
    const std::int64_t size = f.dtype == Dtype::i32 ? 4 : 8;
    if (offset % size != 0) pad();
    place(f.name, type_name(f.dtype), size);
  }
  if (offset % 8 != 0) pad();
  json.close(']');
  json.add("size", offset);
}

template <class Cpp>
void structure(Json& json, const char* c_struct, const char* cpp, const char* kind, const char* doc) {
  std::vector<declared::Field> fields;
  Cpp::template each<Cpp>([&](const declared::Field& field, auto, auto) { fields.push_back(field); });
  json.open(nullptr, '{');
  json.add("c", c_struct);
  json.add("cpp", cpp);
  json.add("kind", kind);
  json.add("doc", doc);
  write_fields(json, fields);
  write_layout(json, fields);
  json.close('}');
}

void statuses(Json& json) {
  json.open("statuses", '[');
#define FENCHEL_STATUS(name, code, python, java, message)                                           \
  json.row({member("name", #name), member("c", std::string(code == 0 ? "FEN_" : "FEN_E_") + #name), \
            member("code", code), member("python", python), member("java", java), member("message", message)});
#include "base/status.def"
#undef FENCHEL_STATUS
  json.close(']');
}

void enums(Json& json) {
  json.open("enums", '{');
#define FENCHEL_TERMINATION(name, code, doc) {#name, code, doc},
  list(json, "termination", "How a solve ended. Every value leaves the best iterate so far in the result.", "FEN_",
       {
#include "solve/termination.def"
       });
#undef FENCHEL_TERMINATION
#define FENCHEL_CERTIFICATE(name, code, doc) {#name, code, doc},
  list(json, "certificate", "What a result proves.", "FEN_CERTIFICATE_",
       {
#include "solve/certificate.def"
       });
#undef FENCHEL_CERTIFICATE
#define FENCHEL_REG_TYPE(name, code, text, doc) {#name, code, doc, text},
  list(json, "reg_type", "Which regulariser a transport problem has.", "FEN_REG_",
       {
#include "solvers/transport/reg_types.def"
       });
#undef FENCHEL_REG_TYPE
#define FENCHEL_ENUM_OF(key, cpp_enum, doc) choice(json, #key, doc, declared_choices(cpp_enum{}));
#include "declared_choices.def"
#undef FENCHEL_ENUM_OF
  json.close('}');
}

void structs(Json& json) {
  json.open("structs", '[');
#define FENCHEL_SETTINGS(c_struct, cpp_struct, doc) \
  structure<cpp_struct>(json, #c_struct, #cpp_struct, "settings", doc);
#define FENCHEL_RESULTS(c_struct, cpp_struct, doc) structure<cpp_struct>(json, #c_struct, #cpp_struct, "result", doc);
#define FENCHEL_SEEN(c_struct, cpp_struct, doc) structure<cpp_struct>(json, #c_struct, #cpp_struct, "progress", doc);
#include "declared_structs.def"
#undef FENCHEL_SETTINGS
#undef FENCHEL_RESULTS
#undef FENCHEL_SEEN
  json.close(']');
}

}  // namespace

std::string describe() {
  Json json;
  json.open(nullptr, '{');
  json.add("about", "Everything fenchel declares once. Written by capi/gen/describe.cpp; do not edit.");
  json.add("version", FENCHEL_VERSION);
  statuses(json);
  enums(json);
  structs(json);
  describe_terms(json);
  json.close('}');
  return json.text();
}

}  // namespace fenchel::capi
