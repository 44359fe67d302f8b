// prox_examples.hpp -- legal parameters for the laws, by the names of terms. A term that is not here and requires no
// parameter is tested with its defaults; one that requires some must be here.
#pragma once
#include "prox_case.hpp"

namespace fenchel {

namespace examples {

inline std::vector<double> penalty_weights() { return {1, 0.25, 0, kInf, 3, 0.5}; }
inline std::vector<double> sample_weights() { return {1, 0.25, 0, 2, 3, 0.5}; }

// Penalties and losses with `lam` and `weights`.
inline void separable_terms(std::vector<ProxCase>& all) {
  for (const char* name : {"l1", "squared_l2", "positive_l1", "l0", "jump_relu", "lq", "mcp", "scad", "log_sum"})
    all.push_back(ProxCase(name).real("lam", 0.7).array("weights", penalty_weights()));
  for (const char* name : {"huber", "pinball", "hinge", "squared_hinge", "eps_insensitive", "logistic", "neg_log", "kl",
                           "entropy", "cubic"})
    all.push_back(ProxCase(name).real("lam", 0.7).array("weights", sample_weights()));
  all.push_back(ProxCase("elastic_net").real("l1", 0.3).real("l2", 2).array("weights", penalty_weights()));
  all.push_back(ProxCase("elastic_net").real("l1", 0).real("l2", 2));
  all.push_back(ProxCase("elastic_net").real("l1", 2).real("l2", 0));
  all.push_back(ProxCase("box").real("lower", -0.3).real("upper", 0.5));
  all.push_back(ProxCase("box").real("lower", -0.3).real("upper", 0.3));
  all.push_back(ProxCase("box").real("upper", 0));
  all.push_back(
      ProxCase("box").array("lowers", {-1, 0, -kInf, 0.1, -kInf, 2}).array("uppers", {1, kInf, 0, 0.1, kInf, 3}));
  all.push_back(ProxCase("kl").array("counts", {0, 1, 7.5, 2, 0, 1e-3}).array("weights", sample_weights()));
  all.push_back(ProxCase("lq").real("q", 2.0 / 3.0));
  for (const double gamma : {0.5, 1.5}) all.push_back(ProxCase("mcp").real("gamma", gamma).real("lam", 0.4));
  for (const double gamma : {1.2, 2.5}) all.push_back(ProxCase("scad").real("gamma", gamma).real("lam", 0.4));
  for (const double eps : {0.05, 3.0}) all.push_back(ProxCase("log_sum").real("eps", eps));
  for (const double tau : {0.0, 0.9}) all.push_back(ProxCase("pinball").real("tau", tau));
  all.push_back(ProxCase("eps_insensitive").real("eps", 0));
}

// Terms that see the whole vector.
inline void vector_terms(std::vector<ProxCase>& all) {
  for (const char* name : {"abs_top_k", "top_k", "sum_k_largest", "soft_top_k"})
    for (const double k : {1, 3}) all.push_back(ProxCase(name).real("k", k));
  for (const char* name : {"l1_ball", "simplex", "capped_simplex"}) all.push_back(ProxCase(name).real("radius", 2.5));
  all.push_back(ProxCase("soft_top_k").real("k", 2).real("temperature", 0.1));
  all.push_back(ProxCase("capped_simplex").real("radius", 1.2).real("cap", 0.4));
  for (const char* name : {"linf", "max"}) all.push_back(ProxCase(name).real("lam", 0.7));
  all.push_back(ProxCase("sorted_l1").array("weights", {3, 2, 2, 1, 0.5, 0}).real("lam", 0.6));
  all.push_back(ProxCase("group_l2").real("size", 3));
  all.push_back(
      ProxCase("group_l2").indices("group", {1, 0, -1, 1, 2, 2}).array("weights", {1, 0.5, 2}).real("l1", 0.3));
  all.push_back(ProxCase("group_l2").indices("group", {0, 0, 1, 1, 1, 2}).array("weights", {0, kInf, 1}));
  all.push_back(ProxCase("group_l2").real("size", 2).real("positive", 1).real("lam", 0.6));
  all.push_back(ProxCase("n_m_sparsity").real("n", 1).real("m", 3));
  all.push_back(ProxCase("tv1d").real("lam", 0.3));
  all.push_back(ProxCase("tv1d").array("weights", {0.5, 0, 2, 1, 0.1}));
  for (const auto& [rows, cols] : {std::pair{2, 3}, std::pair{3, 2}, std::pair{1, 6}}) {
    all.push_back(ProxCase("nuclear").real("rows", rows).real("cols", cols).real("lam", 0.7));
    all.push_back(ProxCase("spectral_ball").real("rows", rows).real("cols", cols).real("radius", 0.6));
    all.push_back(ProxCase("rank_r").real("rows", rows).real("cols", cols).real("rank", 1));
  }
  all.push_back(ProxCase("stiefel").real("rows", 3).real("cols", 2));
  all.push_back(ProxCase("stiefel").real("rows", 6).real("cols", 1));
  // A root with a leaf and a node that has two leaves, and a tree of one node; a coordinate at none.
  all.push_back(ProxCase("tree_groups")
                    .indices("parent", {-1, 0, 0, 2, 2, -1})
                    .indices("node", {0, 1, 3, 4, 4, 5, -1, 2})
                    .array("weights", {0.5, 1, 0.25, 0.7, 0, 2})
                    .real("lam", 0.6));
  all.push_back(ProxCase("overlapping_groups")
                    .indices("starts", {0, 3, 6, 8})
                    .indices("members", {0, 1, 2, 2, 3, 4, 4, 0})
                    .array("weights", {1, 0.5, 2})
                    .real("size", 6)
                    .real("lam", 0.4)
                    .real("tol", 1e-15));
  all.push_back(ProxCase("psd").real("size", 3));
  for (const double lam : {1.0, 0.02}) all.push_back(ProxCase("log_det").real("size", 3).real("lam", lam));
  for (const double isotropic : {0, 1})
    all.push_back(ProxCase("tv2d").real("rows", 2).real("cols", 3).real("isotropic", isotropic).real("tol", 1e-14));
}

inline void sets_and_cones(std::vector<ProxCase>& all) {
  const std::vector<double> a = {1, -2, 0, 0.5, 3, 0.1};
  all.push_back(ProxCase("linear").array("c", a));
  all.push_back(ProxCase("halfspace").array("a", a));
  all.push_back(ProxCase("halfspace").array("a", a).real("upper", -1.5));
  all.push_back(ProxCase("hyperslab").array("a", a).real("lower", -0.2).real("upper", 1));
  all.push_back(ProxCase("hyperplane").array("a", a));
  all.push_back(ProxCase("hyperplane").array("a", a).real("level", 2));
  // The third row is the sum of the others.
  all.push_back(ProxCase("affine")
                    .matrix("matrix", 3, 6, {1, -2, 0, 0.5, 3, 0.1, 0, 1, 1, 1, 0, -1, 1, -1, 1, 1.5, 3, -0.9})
                    .array("b", {1, -2, -1}));
  for (const index n : {1, 2, 5}) {
    all.push_back(ProxCase("second_order_cone").in(n));
    all.push_back(ProxCase("rotated_cone").in(n));
  }
  all.push_back(ProxCase("l2_ball").real("radius", 1.5).array("center", a));
}

inline void calculus(std::vector<ProxCase>& all) {
  const std::vector<double> shift = {1, -2, 0, 0.5, 3, 0.1};
  const auto l1 = ProxCase("l1").real("lam", 0.7).array("weights", {1, 0.25, 2, kInf, 3, 0.5});
  const auto box = ProxCase("box").real("lower", -0.3).real("upper", 0.7);
  const auto group = ProxCase("group_l2").real("size", 3);
  for (const ProxCase& g : {l1, box, ProxCase("huber"), ProxCase("mcp"), ProxCase("entropy"), ProxCase("simplex"),
                            group, ProxCase("elastic_net"), ProxCase("l2")}) {
    all.push_back(ProxCase("scaled").real("factor", 2.5).term("term", g));
    all.push_back(ProxCase("translated").array("shift", shift).term("term", g));
    for (const double factor : {-0.4, 3.0}) all.push_back(ProxCase("dilated").real("factor", factor).term("term", g));
    all.push_back(ProxCase("tilted").array("tilt", shift).term("term", g));
    all.push_back(ProxCase("regularized").real("rho", 0.5).term("term", g));
    all.push_back(ProxCase("regularized").real("rho", 0.5).array("center", shift).term("term", g));
  }
  // Convex again once it is regularized enough.
  all.push_back(ProxCase("regularized").real("rho", 2).term("term", ProxCase("mcp").real("gamma", 1)));
  for (const char* name : {"l1",
                           "elastic_net",
                           "squared_l2",
                           "positive_l1",
                           "zero",
                           "nonneg",
                           "huber",
                           "pinball",
                           "hinge",
                           "squared_hinge",
                           "eps_insensitive",
                           "logistic",
                           "neg_log",
                           "kl",
                           "entropy",
                           "cubic",
                           "l2",
                           "l2_ball",
                           "l1_ball",
                           "linf",
                           "simplex",
                           "max",
                           "second_order_cone",
                           "rotated_cone",
                           "exponential_cone"})
    all.push_back(ProxCase("conjugate").term("term", ProxCase(name)));
  for (const ProxCase& g : {l1, box, group}) all.push_back(ProxCase("conjugate").term("term", g));
  all.push_back(ProxCase("separable_sum")
                    .term("term", l1)
                    .term("term", ProxCase("second_order_cone"))
                    .term("term", ProxCase("box").array("lowers", {0, -1}))
                    .indices("sizes", {6, 3, 2}));
  all.push_back(ProxCase("separable_sum").term("term", l1).term("term", ProxCase("huber")).indices("sizes", {6, 3}));
  // Soft boxes, and groups, of blocks are one.
  all.push_back(ProxCase("separable_sum")
                    .term("term", ProxCase("zero"))
                    .term("term", l1)
                    .term("term", box)
                    .term("term", ProxCase("positive_l1").real("lam", 0.2))
                    .indices("sizes", {2, 6, 3, 2}));
  all.push_back(ProxCase("separable_sum")
                    .term("term", ProxCase("elastic_net").real("l1", 0.3).real("l2", 2))
                    .term("term", ProxCase("elastic_net").real("l1", 0.6).real("l2", 4))
                    .indices("sizes", {2, 3}));
  all.push_back(
      ProxCase("separable_sum").term("term", ProxCase("squared_l2")).term("term", l1).indices("sizes", {2, 6}));
  all.push_back(ProxCase("separable_sum")
                    .term("term", ProxCase("group_l2").real("size", 2).array("weights", {1, 0.5}).real("lam", 0.7))
                    .term("term", ProxCase("group_l2").indices("group", {1, 0, -1, 1}).real("lam", 0.2))
                    .indices("sizes", {4, 4}));
  all.push_back(ProxCase("rowwise").term("term", ProxCase("l1").real("lam", 0.4)).real("rows", 3).real("cols", 2));
  all.push_back(ProxCase("rowwise").term("term", ProxCase("simplex")).real("rows", 3).real("cols", 4));
  all.push_back(ProxCase("rowwise").term("term", l1).real("rows", 2));
  // Rows of length 2 at right angles, which the term finds out by multiplying; the diagonal operator says so.
  const auto rows = ProxCase("dense", operator_terms()).matrix("matrix", 2, 4, {1, 1, 1, 1, 1, -1, 1, -1});
  for (const char* name : {"l1", "simplex", "huber", "l2_ball", "mcp"})
    all.push_back(ProxCase("precomposed").term("term", ProxCase(name)).term("A", rows));
  const auto turn = ProxCase("diagonal", operator_terms()).array("d", {2, -2, 2});
  all.push_back(ProxCase("precomposed").term("term", ProxCase("entropy")).term("A", turn));
}

}  // namespace examples

inline bool works_by_default(const char* name) {
  try {
    ProxCase(name).make();
    return true;
  } catch (const Error&) {  // one of several parameters is needed
    return false;
  }
}

// Every case the laws run on, in the order of the catalogue.
inline std::vector<ProxCase> prox_examples() {
  std::vector<ProxCase> table;
  examples::separable_terms(table);
  examples::vector_terms(table);
  examples::sets_and_cones(table);
  examples::calculus(table);
  std::vector<ProxCase> all;
  for (const TermInfo* info : prox_terms()) {
    bool needs = false;
    for (const ParamInfo& param : info->params) needs = needs || param.required;
    const std::size_t before = all.size();
    for (const ProxCase& example : table)
      if (std::strcmp(example.name(), info->name) == 0) all.push_back(example);
    if (!needs && (all.size() == before || works_by_default(info->name))) all.emplace_back(info->name);
    if (all.size() == before)
      fail(Status::STATE, "the term % requires a parameter: give it an example in prox_examples.hpp", info->name);
  }
  return all;
}

}  // namespace fenchel
