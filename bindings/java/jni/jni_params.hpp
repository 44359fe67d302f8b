// jni_params.hpp -- io.fenchel.TermParams as fen_param[] for the time of one call.
#pragma once
#include <jni.h>

#include <memory>
#include <new>

#include "fenchel/fenchel.h"
#include "jni_arrays.hpp"

namespace fenchel_jni {

// From an Object[4]: String[] names, double[] numbers, ArrayView[] arrays (null: none), long[] terms (0: none).
class Params {
 public:
  Params() = default;
  Params(const Params&) = delete;
  Params& operator=(const Params&) = delete;

  // False: a Java exception is pending.
  bool open(JNIEnv* env, jobjectArray parts);
  const fen_param* get() const { return items_.get(); }

 private:
  jsize count_ = 0;
  std::unique_ptr<fen_param[]> items_;
  std::unique_ptr<std::unique_ptr<char[]>[]> names_;
  std::unique_ptr<Array[]> arrays_;
};

// A list of names, from a String[].
class Names {
 public:
  Names() = default;
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // False: a Java exception is pending.
  bool open(JNIEnv* env, jobjectArray names);
  const char** get() const { return items_.get(); }

 private:
  std::unique_ptr<const char*[]> items_;
  std::unique_ptr<std::unique_ptr<char[]>[]> names_;
};

// The arrays of parameters of fen_solution_vjp and fen_solution_jvp, from an Object[2]: String[] names, ArrayView[]
// arrays.
class SolutionArrays {
 public:
  SolutionArrays() = default;
  SolutionArrays(const SolutionArrays&) = delete;
  SolutionArrays& operator=(const SolutionArrays&) = delete;

  // False: a Java exception is pending.
  bool open(JNIEnv* env, jobjectArray parts);
  void write_back(JNIEnv* env);
  const fen_solution_array* get() const { return items_.get(); }

 private:
  jsize count_ = 0;
  std::unique_ptr<fen_solution_array[]> items_;
  std::unique_ptr<std::unique_ptr<char[]>[]> names_;
  std::unique_ptr<Array[]> arrays_;
};

}  // namespace fenchel_jni
