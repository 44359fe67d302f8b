// java_terms.i -- terms of composite problems in the raw Java layer: parameters, lists of terms, texts.

// From io.fenchel.TermParams; the work is done in bindings/java/jni/jni_params.cpp.
%typemap(jni) const fen_param *params "jobjectArray"
%typemap(jtype) const fen_param *params "Object[]"
%typemap(jstype) const fen_param *params "Object[]"
%typemap(javain) const fen_param *params "$javainput"
%typemap(in) const fen_param *params (fenchel_jni::Params local) %{
  if (!local.open(jenv, $input)) return $null;
  $1 = const_cast<fen_param *>(local.get());
%}

// The names of the parameters that fen_tune tunes.
%typemap(jni) const char *const *tuned "jobjectArray"
%typemap(jtype) const char *const *tuned "String[]"
%typemap(jstype) const char *const *tuned "String[]"
%typemap(javain) const char *const *tuned "$javainput"
%typemap(in) const char *const *tuned (fenchel_jni::Names local) %{
  if (!local.open(jenv, $input)) return $null;
  $1 = const_cast<char **>(local.get());
%}
%typemap(freearg) const char *const *tuned ""

// Handles of terms, 0 is NULL; null is a NULL list.
%typemap(jni) const fen_term *const * "jlongArray"
%typemap(jtype) const fen_term *const * "long[]"
%typemap(jstype) const fen_term *const * "long[]"
%typemap(javain) const fen_term *const * "$javainput"
%typemap(in) const fen_term *const * (fenchel_jni::Scratch<jlong> local) %{
  if ($input != nullptr) {
    if (!local.allocate(jenv, jenv->GetArrayLength($input))) return $null;
    jenv->GetLongArrayRegion($input, 0, local.size(), local.data());
    $1 = reinterpret_cast<fen_term **>(local.data());
  }
%}

// A text comes out into a String[1].
%typemap(jni) (char *text, int64_t size) "jobjectArray"
%typemap(jtype) (char *text, int64_t size) "String[]"
%typemap(jstype) (char *text, int64_t size) "String[]"
%typemap(javain) (char *text, int64_t size) "$javainput"
%typemap(in) (char *text, int64_t size) (char local[1024]) %{
  local[0] = '\0';
  $1 = local;
  $2 = sizeof local;
%}
%typemap(argout) (char *text, int64_t size) %{
  if (result >= 0) jenv->SetObjectArrayElement($input, 0, jenv->NewStringUTF(local$argnum));
%}
%typemap(freearg) (char *text, int64_t size) ""

// fen_param_info as an Object[3]: name, doc, double[] {kind, flags, default, lower, upper}.
%typemap(jni) fen_param_info *info "jobjectArray"
%typemap(jtype) fen_param_info *info "Object[]"
%typemap(jstype) fen_param_info *info "Object[]"
%typemap(javain) fen_param_info *info "$javainput"
%typemap(in) fen_param_info *info (fen_param_info local) %{
  local = {};
  local.struct_size = sizeof local;
  $1 = &local;
%}
%typemap(argout) fen_param_info *info %{
  if (result >= 0) {
    const double values[5] = {static_cast<double>(local$argnum.kind), static_cast<double>(local$argnum.flags),
                              local$argnum.default_value, local$argnum.lower, local$argnum.upper};
    const jdoubleArray numbers = jenv->NewDoubleArray(5);
    if (numbers != nullptr) {
      jenv->SetDoubleArrayRegion(numbers, 0, 5, values);
      jenv->SetObjectArrayElement($input, 2, numbers);
    }
    if (!jenv->ExceptionCheck()) jenv->SetObjectArrayElement($input, 0, jenv->NewStringUTF(local$argnum.name));
    if (!jenv->ExceptionCheck()) jenv->SetObjectArrayElement($input, 1, jenv->NewStringUTF(local$argnum.doc));
  }
%}
