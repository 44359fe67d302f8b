// java_structs.i -- spec, options, result and setting info of the raw Java layer: double[] in declared order.

%define FENCHEL_JAVA_STRUCT(CTYPE, PARAM)
%typemap(jni) const CTYPE *PARAM, (CTYPE *PARAM, size_t size) "jdoubleArray"
%typemap(jtype) const CTYPE *PARAM, (CTYPE *PARAM, size_t size) "double[]"
%typemap(jstype) const CTYPE *PARAM, (CTYPE *PARAM, size_t size) "double[]"
%typemap(javain) const CTYPE *PARAM, (CTYPE *PARAM, size_t size) "$javainput"
%typemap(in) const CTYPE *PARAM (CTYPE local) %{
  if ($input != nullptr) {
    double values[fenchel_jni::kSize<CTYPE>];
    jenv->GetDoubleArrayRegion($input, 0, fenchel_jni::kSize<CTYPE>, values);
    if (jenv->ExceptionCheck()) return $null;
    fenchel_jni::load(values, local);
    $1 = &local;
  }
%}
// fen_x_init: the defaults, as the C side knows them.
%typemap(in) (CTYPE *PARAM, size_t size) (CTYPE local) %{
  $1 = &local;
  $2 = sizeof local;
%}
%typemap(argout) (CTYPE *PARAM, size_t size) %{
  if (result >= 0) {
    double values[fenchel_jni::kSize<CTYPE>];
    fenchel_jni::store(local$argnum, values);
    jenv->SetDoubleArrayRegion($input, 0, fenchel_jni::kSize<CTYPE>, values);
  }
%}
%enddef
FENCHEL_JAVA_STRUCT(fen_transport_spec, spec)
FENCHEL_JAVA_STRUCT(fen_sinkhorn_options, options)
FENCHEL_JAVA_STRUCT(fen_minimize_options, options)
FENCHEL_JAVA_STRUCT(fen_derivative_options, options)
FENCHEL_JAVA_STRUCT(fen_tune_options, options)
FENCHEL_JAVA_STRUCT(fen_bilevel_options, options)

// Results come out: one struct, or as many as the double[] has room for. null asks for none.
%define FENCHEL_JAVA_RESULT(CTYPE)
%typemap(jni) CTYPE *, (CTYPE *result, size_t size) "jdoubleArray"
%typemap(jtype) CTYPE *, (CTYPE *result, size_t size) "double[]"
%typemap(jstype) CTYPE *, (CTYPE *result, size_t size) "double[]"
%typemap(javain) CTYPE *, (CTYPE *result, size_t size) "$javainput"
%typemap(in) CTYPE *result (CTYPE local) %{
  local = {};
  local.struct_size = sizeof local;
  if ($input != nullptr) $1 = &local;
%}
%typemap(in) (CTYPE *result, size_t size) (CTYPE local) %{
  local = {};
  $1 = &local;
  $2 = sizeof local;
%}
%typemap(argout) CTYPE *result, (CTYPE *result, size_t size) %{
  if ($input != nullptr && result >= 0) {
    double values[fenchel_jni::kSize<CTYPE>];
    fenchel_jni::store(local$argnum, values);
    jenv->SetDoubleArrayRegion($input, 0, fenchel_jni::kSize<CTYPE>, values);
  }
%}
%typemap(in) CTYPE *results (fenchel_jni::Scratch<CTYPE> local) %{
  if ($input != nullptr) {
    if (!local.allocate(jenv, jenv->GetArrayLength($input) / fenchel_jni::kSize<CTYPE>)) return $null;
    for (jsize i = 0; i < local.size(); ++i) local.data()[i].struct_size = sizeof(CTYPE);
    $1 = local.data();
  }
%}
%typemap(argout) CTYPE *results %{
  if ($input != nullptr && result >= 0) {
    double values[fenchel_jni::kSize<CTYPE>];
    for (jsize i = 0; i < local$argnum.size(); ++i) {
      fenchel_jni::store(local$argnum.data()[i], values);
      jenv->SetDoubleArrayRegion($input, i * fenchel_jni::kSize<CTYPE>, fenchel_jni::kSize<CTYPE>, values);
    }
  }
%}
%enddef
FENCHEL_JAVA_RESULT(fen_transport_result)
FENCHEL_JAVA_RESULT(fen_minimize_result)
FENCHEL_JAVA_RESULT(fen_derivative_result)
FENCHEL_JAVA_RESULT(fen_tune_result)
FENCHEL_JAVA_RESULT(fen_bilevel_result)

// fen_setting_info: String[2] {name, doc} would need a second array for the numbers, so it is an Object[3]:
// name, doc, double[] {dtype, default, lower, upper}.
%typemap(jni) fen_setting_info *info "jobjectArray"
%typemap(jtype) fen_setting_info *info "Object[]"
%typemap(jstype) fen_setting_info *info "Object[]"
%typemap(javain) fen_setting_info *info "$javainput"
%typemap(in) fen_setting_info *info (fen_setting_info local) %{
  local = {};
  local.struct_size = sizeof local;
  $1 = &local;
%}
%typemap(argout) fen_setting_info *info %{
  if (result >= 0) {
    const double values[4] = {static_cast<double>(local$argnum.dtype), local$argnum.default_value, local$argnum.lower,
                              local$argnum.upper};
    const jdoubleArray numbers = jenv->NewDoubleArray(4);
    if (numbers != nullptr) {
      jenv->SetDoubleArrayRegion(numbers, 0, 4, values);
      jenv->SetObjectArrayElement($input, 2, numbers);
    }
    if (!jenv->ExceptionCheck()) jenv->SetObjectArrayElement($input, 0, jenv->NewStringUTF(local$argnum.name));
    if (!jenv->ExceptionCheck()) jenv->SetObjectArrayElement($input, 1, jenv->NewStringUTF(local$argnum.doc));
  }
%}

// fen_setting_set and fen_setting_get: the parameter before, structure, says which struct the double[] is.
%typemap(jni) void *settings, const void *settings "jdoubleArray"
%typemap(jtype) void *settings, const void *settings "double[]"
%typemap(jstype) void *settings, const void *settings "double[]"
%typemap(javain) void *settings, const void *settings "$javainput"
%typemap(in) void *settings (fenchel_jni::Settings local), const void *settings (fenchel_jni::Settings local) %{
  if (!local.open(jenv, arg1, $input)) return $null;
  $1 = local.get();
%}
%typemap(argout) void *settings %{
  if (result >= 0) local$argnum.write_back(jenv, $input);
%}
%typemap(argout) const void *settings ""
