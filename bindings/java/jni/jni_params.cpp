// jni_params.cpp -- see jni_params.hpp; the parts are made by TermParams.java.
#include "jni_params.hpp"

namespace fenchel_jni {

namespace {

// The name at k, null where Java has null; false: a Java exception is pending.
bool read_name(JNIEnv* env, jobjectArray names, jsize k, std::unique_ptr<char[]>& out) {
  const auto name = static_cast<jstring>(env->GetObjectArrayElement(names, k));
  if (name == nullptr) return !env->ExceptionCheck();  // the C side refuses a NULL name
  const jsize bytes = env->GetStringUTFLength(name);
  out.reset(new (std::nothrow) char[static_cast<std::size_t>(bytes) + 1]());
  if (out == nullptr) {
    throw_out_of_memory(env, "the name of a parameter");
    return false;
  }
  env->GetStringUTFRegion(name, 0, env->GetStringLength(name), out.get());
  env->DeleteLocalRef(name);
  return !env->ExceptionCheck();
}

}  // namespace

bool Params::open(JNIEnv* env, jobjectArray parts) {
  if (parts == nullptr) return true;
  const auto names = static_cast<jobjectArray>(env->GetObjectArrayElement(parts, 0));
  const auto numbers = static_cast<jdoubleArray>(env->GetObjectArrayElement(parts, 1));
  const auto views = static_cast<jobjectArray>(env->GetObjectArrayElement(parts, 2));
  const auto terms = static_cast<jlongArray>(env->GetObjectArrayElement(parts, 3));
  if (env->ExceptionCheck()) return false;
  count_ = env->GetArrayLength(names);
  const auto room = static_cast<std::size_t>(count_) + 1;
  items_.reset(new (std::nothrow) fen_param[room]());
  names_.reset(new (std::nothrow) std::unique_ptr<char[]>[room]);
  arrays_.reset(new (std::nothrow) Array[room]);
  if (items_ == nullptr || names_ == nullptr || arrays_ == nullptr) {
    throw_out_of_memory(env, "the parameters of a term");
    return false;
  }
  // Every array keeps a local reference to its view until the call ends.
  if (env->EnsureLocalCapacity(count_ + 8) != 0) return false;
  for (jsize k = 0; k < count_; ++k) {
    jlong term = 0;
    env->GetLongArrayRegion(terms, k, 1, &term);
    env->GetDoubleArrayRegion(numbers, k, 1, &items_[k].value);
    if (env->ExceptionCheck() || !read_name(env, names, k, names_[k])) return false;
    items_[k].name = names_[k].get();
    items_[k].term = reinterpret_cast<const fen_term*>(term);
    const jobject view = env->GetObjectArrayElement(views, k);
    if (env->ExceptionCheck() || !arrays_[k].open(env, view)) return false;
    items_[k].array = arrays_[k].get();
  }
  return true;
}

bool Names::open(JNIEnv* env, jobjectArray names) {
  if (names == nullptr) return true;
  const jsize count = env->GetArrayLength(names);
  const auto room = static_cast<std::size_t>(count) + 1;
  items_.reset(new (std::nothrow) const char*[room]());
  names_.reset(new (std::nothrow) std::unique_ptr<char[]>[room]);
  if (items_ == nullptr || names_ == nullptr) {
    throw_out_of_memory(env, "a list of names");
    return false;
  }
  for (jsize k = 0; k < count; ++k) {
    if (!read_name(env, names, k, names_[k])) return false;
    items_[k] = names_[k].get();
  }
  return true;
}

bool SolutionArrays::open(JNIEnv* env, jobjectArray parts) {
  if (parts == nullptr) return true;
  const auto names = static_cast<jobjectArray>(env->GetObjectArrayElement(parts, 0));
  const auto views = static_cast<jobjectArray>(env->GetObjectArrayElement(parts, 1));
  if (env->ExceptionCheck()) return false;
  count_ = env->GetArrayLength(names);
  const auto room = static_cast<std::size_t>(count_) + 1;
  items_.reset(new (std::nothrow) fen_solution_array[room]());
  names_.reset(new (std::nothrow) std::unique_ptr<char[]>[room]);
  arrays_.reset(new (std::nothrow) Array[room]);
  if (items_ == nullptr || names_ == nullptr || arrays_ == nullptr) {
    throw_out_of_memory(env, "the parameters of a solution");
    return false;
  }
  if (env->EnsureLocalCapacity(count_ + 8) != 0) return false;
  for (jsize k = 0; k < count_; ++k) {
    if (!read_name(env, names, k, names_[k])) return false;
    const jobject view = env->GetObjectArrayElement(views, k);
    if (env->ExceptionCheck() || !arrays_[k].open(env, view)) return false;
    items_[k] = {names_[k].get(), arrays_[k].get()};
  }
  return true;
}

void SolutionArrays::write_back(JNIEnv* env) {
  for (jsize k = 0; k < count_; ++k) arrays_[k].write_back(env);
}

}  // namespace fenchel_jni
