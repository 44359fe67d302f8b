// term_maker.hpp -- terms by name, from typed arrays: TermMaker("csc", operator_terms()).array("values", v).make().
//
// The maker owns what borrowed parameters point to: it must outlive the term.
#pragma once
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "base/buffer.hpp"
#include "operators/operator.hpp"

namespace fenchel {

template <class T>
inline constexpr Dtype kStoredAs = kDtypeOf<T>;
template <>
inline constexpr Dtype kStoredAs<std::int32_t> = Dtype::i32;
template <>
inline constexpr Dtype kStoredAs<std::int64_t> = Dtype::i64;

class TermMaker {
 public:
  TermMaker(const char* name, std::span<const TermInfo* const> terms) {
    for (const TermInfo* info : terms)
      if (std::strcmp(info->name, name) == 0) info_ = info;
    if (info_ == nullptr) fail(Status::NAME, "no term is called %", name);
  }
  TermMaker& real(const char* name, double value) {
    values_.push_back({name, value, {}, nullptr});
    return *this;
  }
  TermMaker& term(const char* name, TermPtr inner) {
    values_.push_back({name, 0, {}, std::move(inner)});
    return *this;
  }
  // shape {}: one-dimensional; else row-major.
  template <class T>
  TermMaker& array(const char* name, const std::vector<T>& data, std::vector<index> shape = {}) {
    if (shape.empty()) shape = {static_cast<index>(data.size())};
    ArrayView view;
    view.dtype = kStoredAs<T>;
    view.ndim = static_cast<int>(shape.size());
    index stride = static_cast<index>(sizeof(T));
    for (int d = view.ndim - 1; d >= 0; --d) {
      view.shape[d] = shape[static_cast<std::size_t>(d)];
      view.strides[d] = stride;
      stride *= view.shape[d];
    }
    auto& copy = memory_.emplace_back(data.size() * sizeof(T));
    if (!data.empty()) std::memcpy(copy.data(), data.data(), data.size() * sizeof(T));
    view.data = copy.data();
    return array_view(name, view);
  }
  TermMaker& array_view(const char* name, const ArrayView& view) {
    values_.push_back({name, 0, view, nullptr});
    return *this;
  }
  template <class Kind>
  std::shared_ptr<const Kind> make() const {
    return std::static_pointer_cast<const Kind>(info_->make(Params(info_->params, values_)));
  }

 private:
  const TermInfo* info_ = nullptr;
  std::vector<Params::Value> values_;
  std::deque<std::vector<std::byte>> memory_;
};

// Deterministic values in (-1, 1).
template <class T = double>
std::vector<T> test_noise(index count, unsigned seed) {
  std::vector<T> values(static_cast<std::size_t>(count));
  unsigned state = seed * 2654435761U + 1U;
  for (T& v : values) {
    state = state * 1664525U + 1013904223U;
    v = static_cast<T>(static_cast<double>(state >> 8) / double(1U << 23) - 1.0);
  }
  return values;
}

template <class F>
Status status_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.status();
  }
  return Status::OK;
}
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace fenchel
