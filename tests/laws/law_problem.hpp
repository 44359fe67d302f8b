// law_problem.hpp -- owned arrays, seeded instances and a solver over the C interface, for tests that state laws.
//
// An instance keeps its numbers in double and is rounded to its dtype where it meets the library, so that f32 and f64
// solve the same problem and a finite difference perturbs plain vectors.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fenchel/fenchel.h"

namespace law {

using Vector = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Failure : std::runtime_error {
  Failure(int32_t code, const std::string& text) : std::runtime_error(text), status(code) {}
  int32_t status;
};

inline fen_error fresh_error() {
  fen_error err{};
  err.struct_size = sizeof err;
  return err;
}

inline void check(int32_t status, const fen_error& err) {
  if (status != FEN_OK) throw Failure(status, std::string(fen_status_name(status)) + ": " + err.message);
}

// An owned C-contiguous array of f32 or f64; absent when default made.
class Array {
 public:
  Array() = default;
  Array(int32_t dtype, std::vector<int64_t> shape) : dtype_(dtype), shape_(std::move(shape)), size_(1) {
    for (const int64_t s : shape_) size_ *= s;
    bytes_.resize(static_cast<std::size_t>(size_) * (dtype == FEN_F32 ? 4 : 8));
    fen_array_init(&view_, dtype, static_cast<int32_t>(shape_.size()), shape_.data(), bytes_.data());
  }
  Array(int32_t dtype, std::vector<int64_t> shape, const Vector& values) : Array(dtype, std::move(shape)) {
    for (std::size_t i = 0; i < values.size(); ++i) set(i, values[i]);
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  Array(Array&&) = default;
  Array& operator=(Array&&) = default;

  const fen_array* view() const { return size_ == 0 ? nullptr : &view_; }
  double operator[](std::size_t i) const {
    return dtype_ == FEN_F32 ? static_cast<double>(as<float>()[i]) : as<double>()[i];
  }
  void set(std::size_t i, double value) {
    if (dtype_ == FEN_F32)
      as<float>()[i] = static_cast<float>(value);
    else
      as<double>()[i] = value;
  }
  Vector values() const {
    Vector out(static_cast<std::size_t>(size_));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = (*this)[i];
    return out;
  }
  const std::vector<unsigned char>& bytes() const { return bytes_; }

 private:
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_.data());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes_.data());
  }
  int32_t dtype_ = FEN_F64;
  std::vector<int64_t> shape_;
  int64_t size_ = 0;
  std::vector<unsigned char> bytes_;
  fen_array view_{};
};

// splitmix64, uniform in [0, 1): the same numbers on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  double uniform() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }
  Vector vector(int64_t size, double lower = 0, double upper = 1) {
    Vector out(static_cast<std::size_t>(size));
    for (double& value : out) value = lower + (upper - lower) * uniform();
    return out;
  }

 private:
  uint64_t state_;
};

inline double sum(const Vector& x) {
  double total = 0;
  for (const double value : x) total += value;
  return total;
}
inline double dot(const Vector& x, const Vector& y) {
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += x[i] * y[i];
  return total;
}
inline double norm(const Vector& x) { return std::sqrt(dot(x, x)); }
inline Vector plus(const Vector& x, double t, const Vector& y) {
  Vector out = x;
  for (std::size_t i = 0; i < y.size(); ++i) out[i] += t * y[i];
  return out;
}
inline double max_difference(const Vector& x, const Vector& y) {
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::fmax(worst, std::fabs(x[i] - y[i]));
  return worst;
}

inline fen_transport_spec spec_of(double eps, double rho_a = kInfinity, double rho_b = kInfinity,
                                  int32_t reg_type = 0) {
  fen_transport_spec spec;
  fen_transport_spec_init(&spec, sizeof spec);
  spec.eps = eps;
  spec.rho_a = rho_a;
  spec.rho_b = rho_b;
  spec.reg_type = reg_type;
  return spec;
}

inline fen_sinkhorn_options options_of(double tol = 0, int32_t num_threads = 1) {
  fen_sinkhorn_options options;
  fen_sinkhorn_options_init(&options, sizeof options);
  options.tol = tol;
  options.num_threads = num_threads;
  return options;
}

enum class Kind { matrix, cloud, grid };

// A problem as plain numbers. cost_matrix (n, m) for a matrix; x (n, d), y (m, d) for a cloud; shape for a grid.
struct Instance {
  Kind kind = Kind::matrix;
  int32_t dtype = FEN_F64;
  std::string cost = "sqeuclidean";
  int64_t n = 0, m = 0, d = 0;
  Vector a, b, cost_matrix, x, y;
  std::vector<int64_t> shape;
  fen_transport_spec spec = spec_of(0.1);

  std::string name() const {
    const char* kinds[] = {"matrix", "cloud", "grid"};
    char text[160];
    std::snprintf(text, sizeof text, "%s %s %s n=%d m=%d eps=%g rho=(%g, %g) reg_type=%d",
                  kinds[static_cast<int>(kind)], cost.c_str(), dtype == FEN_F32 ? "f32" : "f64", static_cast<int>(n),
                  static_cast<int>(m), spec.eps, spec.rho_a, spec.rho_b, spec.reg_type);
    return text;
  }
  bool balanced() const { return spec.rho_a == kInfinity && spec.rho_b == kInfinity; }
};

// Weights in [0.2, 1.2] scaled to the mass; every `zero_every`-th is exactly 0.
inline Vector weights(Random& random, int64_t n, double mass = 1, int64_t zero_every = 0) {
  Vector w = random.vector(n, 0.2, 1.2);
  for (std::size_t i = 0; zero_every > 0 && i < w.size(); ++i)
    if (static_cast<int64_t>(i) % zero_every == zero_every - 1) w[i] = 0;
  const double scale = mass / sum(w);
  for (double& value : w) value *= scale;
  return w;
}

inline Instance matrix_instance(int64_t n, int64_t m, uint64_t seed) {
  Random random(seed);
  Instance p;
  p.kind = Kind::matrix;
  p.cost = std::string("-");
  p.n = n;
  p.m = m;
  p.cost_matrix = random.vector(n * m);
  p.a = weights(random, n);
  p.b = weights(random, m);
  return p;
}

// Points in the box [0.5, 1.5]^d, away from the origin, where cosine is not smooth.
inline Instance cloud_instance(const std::string& cost, int64_t n, int64_t m, int64_t d, uint64_t seed) {
  Random random(seed);
  Instance p;
  p.kind = Kind::cloud;
  p.cost = cost;
  p.n = n;
  p.m = m;
  p.d = d;
  p.x = random.vector(n * d, 0.5, 1.5);
  p.y = random.vector(m * d, 0.5, 1.5);
  p.a = weights(random, n);
  p.b = weights(random, m);
  return p;
}

inline Instance grid_instance(const std::string& cost, std::vector<int64_t> shape, uint64_t seed) {
  Random random(seed);
  Instance p;
  p.kind = Kind::grid;
  p.cost = cost;
  p.shape = std::move(shape);
  p.n = 1;
  for (const int64_t s : p.shape) p.n *= s;
  p.m = p.n;
  p.a = weights(random, p.n);
  p.b = weights(random, p.n);
  return p;
}

// An instance built, with a solver of one method; answers as vectors of double.
class Solver {
 public:
  explicit Solver(const Instance& p, const std::string& method = "auto",
                  const fen_sinkhorn_options& options = options_of())
      : Solver(p, method, options, inputs_of(p)) {}

  // The inputs' dtype-rounded arrays, so that a test can see whether they were touched.
  struct Inputs {
    Array cost_matrix, x, y, a, b;
  };
  static Inputs inputs_of(const Instance& p) {
    Inputs in;
    if (p.kind == Kind::matrix) in.cost_matrix = Array(p.dtype, {p.n, p.m}, p.cost_matrix);
    if (p.kind == Kind::cloud) {
      in.x = Array(p.dtype, {p.n, p.d}, p.x);
      in.y = Array(p.dtype, {p.m, p.d}, p.y);
    }
    in.a = Array(p.dtype, {p.n}, p.a);
    in.b = Array(p.dtype, {p.m}, p.b);
    return in;
  }
  Solver(const Instance& p, const std::string& method, const fen_sinkhorn_options& options, Inputs in)
      : p_(p), in_(std::move(in)) {
    fen_error err = fresh_error();
    fen_geometry* geometry = nullptr;
    if (p.kind == Kind::matrix)
      check(fen_matrix_create(in_.cost_matrix.view(), &geometry, &err), err);
    else if (p.kind == Kind::cloud)
      check(fen_point_cloud_create(in_.x.view(), in_.y.view(), p.cost.c_str(), &geometry, &err), err);
    else
      check(fen_grid_create(static_cast<int32_t>(p.shape.size()), p.shape.data(), nullptr, p.cost.c_str(), p.dtype,
                            &geometry, &err),
            err);
    const std::unique_ptr<fen_geometry, void (*)(fen_geometry*)> geometry_owner(geometry, fen_geometry_destroy);
    fen_problem* problem = nullptr;
    check(fen_transport_create(geometry, in_.a.view(), in_.b.view(), &p.spec, &problem, &err), err);
    const std::unique_ptr<fen_problem, void (*)(fen_problem*)> problem_owner(problem, fen_problem_destroy);
    fen_solver* solver = nullptr;
    check(fen_sinkhorn_create(problem, method.c_str(), &options, &solver, &err), err);
    solver_.reset(solver);
  }

  const Instance& instance() const { return p_; }
  const Inputs& inputs() const { return in_; }
  fen_solver* handle() const { return solver_.get(); }

  fen_transport_result solve() {
    fen_error err = fresh_error();
    fen_transport_result result;
    fen_transport_result_init(&result, sizeof result);
    check(fen_solver_solve(solver_.get(), &result, &err), err);
    return result;
  }
  void warm_start(const Vector& phi, const Vector& psi) {
    fen_error err = fresh_error();
    const Array f(p_.dtype, {p_.n}, phi), g(p_.dtype, {p_.m}, psi);
    check(fen_solver_warm_start(solver_.get(), f.view(), g.view(), &err), err);
  }
  Vector phi() const { return potentials(true); }
  Vector psi() const { return potentials(false); }
  Vector plan() const {
    const Array out(p_.dtype, {p_.n, p_.m});
    return answer(out, [&](fen_error* err) { return fen_transport_plan(handle(), out.view(), err); });
  }
  // Product with k columns; v is (m, k), or (n, k) where flags transpose.
  Vector apply(uint32_t flags, int64_t k, const Vector& v) const {
    const bool transpose = (flags & FEN_APPLY_TRANSPOSE) != 0;
    const Array in(p_.dtype, {transpose ? p_.n : p_.m, k}, v), out(p_.dtype, {transpose ? p_.m : p_.n, k});
    return answer(out,
                  [&](fen_error* err) { return fen_transport_apply(handle(), flags, in.view(), out.view(), err); });
  }
  Vector gradient(const std::string& what) const {
    const Array out = what == "a"      ? Array(p_.dtype, {p_.n})
                      : what == "b"    ? Array(p_.dtype, {p_.m})
                      : what == "cost" ? Array(p_.dtype, {p_.n, p_.m})
                      : what == "x"    ? Array(p_.dtype, {p_.n, p_.d})
                                       : Array(p_.dtype, {p_.m, p_.d});
    return answer(out, [&](fen_error* err) { return fen_transport_gradient(handle(), what.c_str(), out.view(), err); });
  }

 private:
  template <class Call>
  static Vector answer(const Array& out, Call&& call) {
    fen_error err = fresh_error();
    check(call(&err), err);
    return out.values();
  }
  Vector potentials(bool rows) const {
    const Array out(p_.dtype, {rows ? p_.n : p_.m});
    return answer(out, [&](fen_error* err) {
      return fen_transport_potentials(handle(), rows ? out.view() : nullptr, rows ? nullptr : out.view(), err);
    });
  }
  Instance p_;
  Inputs in_;
  std::unique_ptr<fen_solver, void (*)(fen_solver*)> solver_{nullptr, fen_solver_destroy};
};

// Row sums (rows = true) or column sums of an (n, m) plan.
inline Vector marginal(const Vector& plan, int64_t n, int64_t m, bool rows) {
  Vector out(static_cast<std::size_t>(rows ? n : m), 0.0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < m; ++j)
      out[static_cast<std::size_t>(rows ? i : j)] += plan[static_cast<std::size_t>(i * m + j)];
  return out;
}

inline double l1_distance(const Vector& x, const Vector& y) {
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) total += std::fabs(x[i] - y[i]);
  return total;
}

// The names of a catalogue.
inline std::vector<std::string> names_of(const char* kind) {
  std::vector<std::string> names;
  for (int32_t i = 0; i < fen_term_count(kind); ++i) names.push_back(fen_term_name(kind, i));
  return names;
}

}  // namespace law
