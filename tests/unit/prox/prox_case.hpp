// prox_case.hpp -- terms by name with parameters, for tests: make("mcp").real("gamma", 2).array("weights", {1, 0}).
#pragma once
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "operators/operator.hpp"
#include "prox/prox.hpp"

namespace fenchel {

// Copies what it is given; the term that it makes may borrow, so that it must not outlive the case.
class ProxCase {
 public:
  explicit ProxCase(const char* name, std::span<const TermInfo* const> terms = prox_terms()) {
    for (const TermInfo* info : terms)
      if (std::strcmp(info->name, name) == 0) info_ = info;
    if (info_ == nullptr) fail(Status::NAME, "no term is called %", name);
    label_ = name;
  }
  ProxCase& real(const char* name, double value) {
    values_.push_back({name, value, {}, nullptr});
    label_ += std::string(" ") + name + "=" + to_text(value);
    return *this;
  }
  ProxCase& array(const char* name, std::vector<double> data) {
    const index n = static_cast<index>(data.size());
    return matrix(name, n, 0, std::move(data));
  }
  // Row-major; cols = 0: one-dimensional.
  ProxCase& matrix(const char* name, index rows, index cols, std::vector<double> data) {
    reals_->push_back(std::move(data));
    ArrayView view = shaped(rows, cols);
    view.data = reals_->back().data();
    return add(name, view);
  }
  ProxCase& indices(const char* name, std::vector<index> data, index rows = 0, index cols = 0) {
    wholes_->push_back(std::move(data));
    ArrayView view = shaped(rows == 0 ? static_cast<index>(wholes_->back().size()) : rows, cols);
    view.dtype = Dtype::i64;
    view.data = wholes_->back().data();
    return add(name, view);
  }
  ProxCase& term(const char* name, const ProxCase& inner) {
    values_.push_back({name, 0, {}, inner.make_term()});
    inners_.push_back(std::make_shared<ProxCase>(inner));
    label_ += std::string(" ") + name + "=(" + inner.label_ + ")";
    return *this;
  }
  // The dimension to test it in, where the term is not bound to one.
  ProxCase& in(index n) {
    n_ = n;
    return *this;
  }

  // Relative, of objective and projection; for terms that are computed by iteration.
  ProxCase& to(double accuracy) {
    accuracy_ = accuracy;
    return *this;
  }

  TermPtr make_term() const { return info_->make(Params(info_->params, values_)); }
  std::shared_ptr<const Prox> make() const { return std::static_pointer_cast<const Prox>(make_term()); }
  const std::string& label() const { return label_; }
  const char* name() const { return info_->name; }
  double accuracy() const { return accuracy_; }
  index dimension(const Prox& prox) const { return prox.size() != kAnySize ? prox.size() : n_; }

 private:
  ArrayView shaped(index rows, index cols) const {
    ArrayView view;
    view.ndim = cols == 0 ? 1 : 2;
    view.shape[0] = rows;
    view.shape[1] = cols;
    view.strides[0] = (cols == 0 ? 1 : cols) * 8;
    view.strides[1] = 8;
    return view;
  }
  ProxCase& add(const char* name, const ArrayView& view) {
    values_.push_back({name, 0, view, nullptr});
    label_ += std::string(" ") + name;
    return *this;
  }
  const TermInfo* info_ = nullptr;
  std::string label_;
  std::vector<Params::Value> values_;
  index n_ = 6;
  double accuracy_ = 1e-12;
  // Shared with copies: views into it stay where they are.
  std::shared_ptr<std::deque<std::vector<double>>> reals_ = std::make_shared<std::deque<std::vector<double>>>();
  std::shared_ptr<std::deque<std::vector<index>>> wholes_ = std::make_shared<std::deque<std::vector<index>>>();
  std::vector<std::shared_ptr<ProxCase>> inners_;
};

}  // namespace fenchel
