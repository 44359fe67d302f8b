// kkt_case.hpp -- quadratic programs with a known solution, over the C interface: the conditions of a chosen active set
// are solved by elimination in here, so that a perturbed program has its answer without the library.
#pragma once
#include <functional>

#include "solution_case.hpp"

namespace law {

// A x = b by elimination with partial pivoting; A row-major (n, n).
inline Vector eliminate(Vector A, Vector b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(A[i * n + k]) > std::abs(A[pivot * n + k])) pivot = i;
    for (std::size_t j = 0; j < n; ++j) std::swap(A[k * n + j], A[pivot * n + j]);
    std::swap(b[k], b[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = A[i * n + k] / A[k * n + k];
      for (std::size_t j = k; j < n; ++j) A[i * n + j] -= factor * A[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= A[k * n + j] * b[j];
    b[k] /= A[k * n + k];
  }
  return b;
}

struct Program {
  std::size_t n = 0, p = 0, m = 0;
  std::map<std::string, Vector> data;  // P, q, E, e, G, h, x, nu, lam
  int32_t dtype = FEN_F64;

  std::vector<int64_t> shape(const std::string& name) const {
    const auto N = static_cast<int64_t>(n),
               rows = static_cast<int64_t>(name == "E" || name == "e" || name == "nu" ? p : m);
    if (name == "P") return {N, N};
    if (name == "q" || name == "x") return {N};
    return name == "E" || name == "G" ? std::vector<int64_t>{rows, N} : std::vector<int64_t>{rows};
  }
  std::size_t count(const std::string& name) const {
    std::size_t out = 1;
    for (const int64_t s : shape(name)) out *= static_cast<std::size_t>(s);
    return out;
  }
  // Solves for x, nu and lam with the constraints of G in `active` as equations.
  void solve(const std::vector<std::size_t>& active) {
    const std::size_t k = p + active.size(), all = n + k;
    Vector K(all * all, 0.0), b(all, 0.0);
    const auto row = [&](std::size_t i) {
      return i < p ? data["E"].data() + i * n : data["G"].data() + active[i - p] * n;
    };
    for (std::size_t i = 0; i < n; ++i) {
      b[i] = -data["q"][i];
      for (std::size_t j = 0; j < n && !data["P"].empty(); ++j)
        K[i * all + j] = 0.5 * (data["P"][i * n + j] + data["P"][j * n + i]);
    }
    for (std::size_t i = 0; i < k; ++i) {
      b[n + i] = i < p ? data["e"][i] : data["h"][active[i - p]];
      for (std::size_t j = 0; j < n; ++j) K[(n + i) * all + j] = K[j * all + n + i] = row(i)[j];
    }
    const Vector z = eliminate(K, b);
    data["x"].assign(z.begin(), z.begin() + static_cast<long>(n));
    data["nu"].assign(z.begin() + static_cast<long>(n), z.begin() + static_cast<long>(n + p));
    data["lam"].assign(m, 0.0);
    for (std::size_t i = 0; i < active.size(); ++i) data["lam"][active[i]] = z[n + p + i];
  }
  // n unknowns, p equations, m bounds of which the first `tight` hold with multipliers; h is moved to make it so.
  static Program seeded(std::size_t n, std::size_t p, std::size_t m, std::size_t tight, std::uint64_t seed) {
    Program out;
    out.n = n, out.p = p, out.m = m;
    const Vector F = noise(n * n, seed);
    Vector& P = out.data["P"];
    P.assign(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k < n; ++k) P[i * n + j] += F[k * n + i] * F[k * n + j];
        if (i == j) P[i * n + j] += 0.3;
      }
    out.data["E"] = noise(p * n, seed + 2);
    out.data["G"] = noise(m * n, seed + 3);
    out.data["x"] = noise(n, seed + 4);
    out.data["nu"] = noise(p, seed + 5);
    out.data["lam"].assign(m, 0.0);
    const Vector sizes = noise(m, seed + 6);
    for (std::size_t i = 0; i < tight; ++i) out.data["lam"][i] = 0.2 + std::abs(sizes[i]);
    Vector &q = out.data["q"], &e = out.data["e"], &h = out.data["h"];
    q.assign(n, 0.0), e.assign(p, 0.0), h.assign(m, 0.0);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) q[j] -= P[j * n + k] * out.data["x"][k];
      for (std::size_t i = 0; i < p; ++i) q[j] -= out.data["E"][i * n + j] * out.data["nu"][i];
      for (std::size_t i = 0; i < m; ++i) q[j] -= out.data["G"][i * n + j] * out.data["lam"][i];
      for (std::size_t i = 0; i < p; ++i) e[i] += out.data["E"][i * n + j] * out.data["x"][j];
      for (std::size_t i = 0; i < m; ++i) h[i] += out.data["G"][i * n + j] * out.data["x"][j];
    }
    for (std::size_t i = tight; i < m; ++i) h[i] += 0.2 + std::abs(sizes[i]);
    return out;
  }

  struct Answer {
    int32_t status = FEN_OK;
    std::string message;
    std::map<std::string, Vector> values;
    fen_derivative_result result{};
  };
  // given: cotangents (vjp) or tangents (jvp) by name; wanted: names.
  Answer product(bool reverse, const std::map<std::string, Vector>& given, const std::vector<std::string>& wanted,
                 const fen_derivative_options* options = nullptr) const {
    std::map<std::string, Array> at, arrays;
    for (const auto& [name, values] : data)
      if (!values.empty()) at.emplace(name, Array(dtype, shape(name), values));
    for (const auto& [name, values] : given) arrays.emplace(name, Array(dtype, shape(name), values));
    for (const std::string& name : wanted) arrays.emplace(name, Array(dtype, shape(name)));
    const auto bundle = [](const std::map<std::string, Array>& from) {
      const auto find = [&](const char* name) { return from.count(name) != 0 ? from.at(name).view() : nullptr; };
      return fen_kkt_bundle{sizeof(fen_kkt_bundle),
                            find("P"),
                            find("q"),
                            find("E"),
                            find("e"),
                            find("G"),
                            find("h"),
                            find("x"),
                            find("nu"),
                            find("lam")};
    };
    const fen_kkt_bundle point = bundle(at), moved = bundle(arrays);
    Answer answer;
    fen_derivative_result_init(&answer.result, sizeof answer.result);
    fen_error err = fresh_error();
    answer.status = (reverse ? fen_kkt_vjp : fen_kkt_jvp)(&point, &moved, options, &answer.result, &err);
    if (answer.status != FEN_OK) answer.message = err.message;
    for (const std::string& name : wanted) answer.values[name] = arrays.at(name).values();
    return answer;
  }
  Answer vjp(const std::map<std::string, Vector>& cotangents, const std::vector<std::string>& wanted,
             const fen_derivative_options* options = nullptr) const {
    return product(true, cotangents, wanted, options);
  }
  Answer jvp(const std::map<std::string, Vector>& tangents, const fen_derivative_options* options = nullptr) const {
    std::vector<std::string> wanted = {"x"};
    if (p > 0) wanted.push_back("nu");
    if (m > 0) wanted.push_back("lam");
    return product(false, tangents, wanted, options);
  }
};

inline fen_derivative_options derivative_settings() {
  fen_derivative_options options;
  fen_derivative_options_init(&options, sizeof options);
  return options;
}

}  // namespace law
