// describe.cpp -- reads every .def file by the preprocessor and writes it as JSON.
//
// A new list of core becomes one more `list` or `fields` call here; a new line in a list needs nothing.
#include "describe.hpp"

#include <limits>

#include "describe_json.hpp"

namespace fenchel::capi {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();  // the word that the .def files use

const char* type_name(Type type) { return type == F64 ? "f64" : type == I64 ? "i64" : "i32"; }

struct Value {
  const char* name;
  std::int64_t code;
  const char* doc;
  const char* text = nullptr;  // how people write it, where that is not the name
};

// An enum of codes: C enumerators are prefix + name. An i32 field named like the list holds one of its codes.
void list(Json& json, const char* key, const char* c_enum, const char* prefix, const std::vector<Value>& values) {
  json.open(key, '{');
  json.add("c", c_enum);
  json.open("values", '[');
  for (const Value& v : values) {
    std::vector<std::string> row = {member("name", v.name), member("c", std::string(prefix) + v.name),
                                    member("code", v.code)};
    if (v.text != nullptr) row.push_back(member("text", v.text));
    row.push_back(member("doc", v.doc));
    json.row(row);
  }
  json.close(']');
  json.close('}');
}

struct Field {
  Type type;
  const char* name;
  const char* doc;
  bool ranged;  // has default and range: a setting
  double fallback, lower, upper;
};

// A closed choice among settings: names are lower case in people's mouths, upper case in C.
struct Choice {
  const char* name;
  std::int64_t code;
  const char* doc;
};

void choice(Json& json, const char* key, const std::vector<Choice>& choices) {
  const auto upper = [](std::string word) {
    for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return word;
  };
  std::vector<std::string> names;
  for (const Choice& c : choices) names.push_back(upper(c.name));
  std::vector<Value> values;
  for (std::size_t i = 0; i < choices.size(); ++i)
    values.push_back({names[i].c_str(), choices[i].code, choices[i].doc, choices[i].name});
  list(json, key, (std::string("fen_") + key).c_str(), ("FEN_" + upper(key) + "_").c_str(), values);
}

// A public struct: uint32 struct_size, int32 reserved, then the fields in .def order, with an explicit int32
// wherever the compiler would put padding.
void fields(Json& json, const char* c_struct, const char* cpp, const char* kind, const char* doc,
            const std::vector<Field>& list) {
  json.open(nullptr, '{');
  json.add("c", c_struct);
  json.add("cpp", cpp);
  json.add("kind", kind);
  json.add("doc", doc);
  json.open("fields", '[');
  for (const Field& f : list) {
    std::vector<std::string> row = {member("name", f.name), member("type", type_name(f.type))};
    if (f.ranged) {
      row.push_back(member_raw("default", number(f.fallback, f.type)));
      row.push_back(member_raw("lower", number(f.lower, f.type)));
      row.push_back(member_raw("upper", number(f.upper, f.type)));
    }
    row.push_back(member("doc", f.doc));
    json.row(row);
  }
  json.close(']');

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
  for (const Field& f : list) {
    const std::int64_t size = f.type == I32 ? 4 : 8;
    if (offset % size != 0) pad();
    place(f.name, type_name(f.type), size);
  }
  if (offset % 8 != 0) pad();
  json.close(']');
  json.add("size", offset);
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
  list(json, "termination", "fen_termination", "FEN_",
       {
#include "solve/termination.def"
       });
#undef FENCHEL_TERMINATION
#define FENCHEL_CERTIFICATE(name, code, doc) {#name, code, doc},
  list(json, "certificate", "fen_certificate", "FEN_CERTIFICATE_",
       {
#include "solve/certificate.def"
       });
#undef FENCHEL_CERTIFICATE
#define FENCHEL_REG_TYPE(name, code, text, doc) {#name, code, doc, text},
  list(json, "reg_type", "fen_reg_type", "FEN_REG_",
       {
#include "solvers/transport/reg_types.def"
       });
#undef FENCHEL_REG_TYPE
#define FENCHEL_CHOICE(name, code, doc) {#name, code, doc},
  choice(json, "step_rule",
         {
#include "solvers/composite/step_rule.def"
         });
  choice(json, "momentum",
         {
#include "solvers/composite/momentum.def"
         });
  choice(json, "partition",
         {
#include "solvers/composite/partition.def"
         });
  choice(json, "selection",
         {
#include "solvers/composite/selection.def"
         });
  choice(json, "block_update",
         {
#include "solvers/composite/block_update.def"
         });
  choice(json, "linear_solver",
         {
#include "linsolve/linear_solver.def"
         });
  choice(json, "derivative_status",
         {
#include "solvers/bilevel/derivative_status.def"
         });
  choice(json, "mu_source",
         {
#include "solvers/bilevel/mu_source.def"
         });
  choice(json, "optimality_map",
         {
#include "solvers/bilevel/optimality_map.def"
         });
  choice(json, "hypergradient_mode",
         {
#include "solvers/bilevel/oracles/hypergradient_mode.def"
         });
  choice(json, "lower_method",
         {
#include "solvers/bilevel/oracles/lower_method.def"
         });
  choice(json, "bilevel_oracle",
         {
#include "solvers/bilevel/oracles/bilevel_oracle.def"
         });
  choice(json, "risk",
         {
#include "solvers/bilevel/risk.def"
         });
#undef FENCHEL_CHOICE
  json.close('}');
}

void structs(Json& json) {
  json.open("structs", '[');
#define FENCHEL_SPEC(type, name, fallback, lower, upper, doc) {type, #name, doc, true, fallback, lower, upper},
  fields(json, "fen_transport_spec", "TransportSpec", "settings",
         "What is minimised, besides geometry and weights. Set eps; the rest has defaults.",
         {
#include "solvers/transport/spec.def"
         });
#undef FENCHEL_SPEC
#define FENCHEL_SETTING(type, name, fallback, lower, upper, doc) {type, #name, doc, true, fallback, lower, upper},
  fields(json, "fen_sinkhorn_options", "SinkhornSettings", "settings",
         "How a transport problem is solved. Every field has a default.",
         {
#include "solvers/transport/settings.def"
         });
  fields(json, "fen_minimize_options", "MinimizeSettings", "settings",
         "How a composite problem is solved. Every field has a default.",
         {
#include "solvers/composite/minimize_settings.def"
         });
  fields(json, "fen_derivative_options", "DerivativeSettings", "settings",
         "How the derivative of a solution is computed. Every field has a default.",
         {
#include "solvers/bilevel/derivative_settings.def"
         });
  fields(json, "fen_tune_options", "TuneSettings", "settings",
         "How the weights of a penalty are tuned. Every field has a default.",
         {
#include "solvers/bilevel/tune_settings.def"
         });
  fields(json, "fen_bilevel_options", "BilevelSettings", "settings",
         "How a bilevel problem is solved. Every field has a default.",
         {
#include "solvers/bilevel/oracles/bilevel_settings.def"
         });
#undef FENCHEL_SETTING
#define FENCHEL_RESULT(type, name, doc) {type, #name, doc, false, 0, 0, 0},
  fields(json, "fen_transport_result", "TransportResult", "result", "What a transport solve returns.",
         {
#include "solvers/transport/result.def"
         });
  fields(json, "fen_minimize_result", "MinimizeResult", "result", "What solving a composite problem returns.",
         {
#include "solvers/composite/minimize_result.def"
         });
  fields(json, "fen_derivative_result", "DerivativeResult", "result",
         "How far the derivative of a solution can be trusted.",
         {
#include "solvers/bilevel/derivative_result.def"
         });
  fields(json, "fen_tune_result", "TuneResult", "result", "What tuning returns.",
         {
#include "solvers/bilevel/tune_result.def"
         });
  fields(json, "fen_bilevel_result", "BilevelResult", "result", "What a bilevel solve returns.",
         {
#include "solvers/bilevel/oracles/bilevel_result.def"
         });
#undef FENCHEL_RESULT
#define FENCHEL_PROGRESS(type, name, doc) {type, #name, doc, false, 0, 0, 0},
  fields(json, "fen_progress", "Progress", "progress", "What a monitor sees.",
         {
#include "solve/progress.def"
         });
#undef FENCHEL_PROGRESS
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
