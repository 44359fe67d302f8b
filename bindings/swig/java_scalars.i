// java_scalars.i -- integers, handles, out-numbers and flags of the raw Java layer.

// By name and not by SWIG's stdint.i, whose int64_t is long long: pointers to it do not compile on LP64 machines.
%apply int { int32_t };
%apply long long { int64_t };

// A handle is a long; 0 is NULL, which the C side refuses with FEN_E_NULL_ARGUMENT.
%define FENCHEL_JAVA_HANDLE(NAME)
%typemap(jni) NAME *, const NAME * "jlong"
%typemap(jtype) NAME *, const NAME * "long"
%typemap(jstype) NAME *, const NAME * "long"
%typemap(javain) NAME *, const NAME * "$javainput"
%typemap(in) NAME *, const NAME * %{ $1 = reinterpret_cast<NAME *>($input); %}
%typemap(jni) NAME **out "jlongArray"
%typemap(jtype) NAME **out "long[]"
%typemap(jstype) NAME **out "long[]"
%typemap(javain) NAME **out "$javainput"
%typemap(in) NAME **out (NAME *handle = nullptr) %{ $1 = &handle; %}
%typemap(argout) NAME **out %{
  if (result >= 0) {
    const jlong address = reinterpret_cast<jlong>(handle$argnum);
    jenv->SetLongArrayRegion($input, 0, 1, &address);
  }
%}
%enddef
FENCHEL_JAVA_HANDLE(fen_geometry)
FENCHEL_JAVA_HANDLE(fen_problem)
FENCHEL_JAVA_HANDLE(fen_solver)
FENCHEL_JAVA_HANDLE(fen_term)
FENCHEL_JAVA_HANDLE(fen_bilevel_session)

// One number in and out: an array of length 1.
%define FENCHEL_JAVA_INOUT(CTYPE, JTYPE, JNI, JARRAY, NAME, PARAM)
%typemap(jni) CTYPE *PARAM "JARRAY"
%typemap(jtype) CTYPE *PARAM "JTYPE[]"
%typemap(jstype) CTYPE *PARAM "JTYPE[]"
%typemap(javain) CTYPE *PARAM "$javainput"
%typemap(in) CTYPE *PARAM (JNI number = 0) %{
  if ($input != nullptr) {
    jenv->Get##NAME##ArrayRegion($input, 0, 1, &number);
    if (jenv->ExceptionCheck()) return $null;
    $1 = reinterpret_cast<CTYPE *>(&number);
  }
%}
%typemap(argout) CTYPE *PARAM %{
  if ($input != nullptr && result >= 0) jenv->Set##NAME##ArrayRegion($input, 0, 1, &number$argnum);
%}
%enddef
FENCHEL_JAVA_INOUT(int64_t, long, jlong, jlongArray, Long, bytes)
FENCHEL_JAVA_INOUT(int64_t, long, jlong, jlongArray, Long, nnz)
FENCHEL_JAVA_INOUT(int64_t, long, jlong, jlongArray, Long, count)
FENCHEL_JAVA_INOUT(double, double, jdouble, jdoubleArray, Double, norm)
FENCHEL_JAVA_INOUT(double, double, jdouble, jdoubleArray, Double, constant)
FENCHEL_JAVA_INOUT(double, double, jdouble, jdoubleArray, Double, t)

// As many numbers as the array has room for: one, or one a row (fen_prox_apply); null is NULL.
%typemap(jni) double *value "jdoubleArray"
%typemap(jtype) double *value "double[]"
%typemap(jstype) double *value "double[]"
%typemap(javain) double *value "$javainput"
%typemap(in) double *value (fenchel_jni::Scratch<jdouble> local) %{
  if ($input != nullptr) {
    if (!local.allocate(jenv, jenv->GetArrayLength($input))) return $null;
    $1 = local.data();
  }
%}
%typemap(argout) double *value %{
  if ($input != nullptr && result >= 0) {
    jenv->SetDoubleArrayRegion($input, 0, local$argnum.size(), local$argnum.data());
  }
%}

// SWIG would make a BigInteger of it; a seed is 64 bits whatever their sign.
%typemap(jni) uint64_t seed "jlong"
%typemap(jtype) uint64_t seed "long"
%typemap(jstype) uint64_t seed "long"
%typemap(javain) uint64_t seed "$javainput"
%typemap(in) uint64_t seed %{ $1 = static_cast<uint64_t>($input); %}

%typemap(jni) uint32_t flags, uint32_t oracles "jint"
%typemap(jtype) uint32_t flags, uint32_t oracles "int"
%typemap(jstype) uint32_t flags, uint32_t oracles "int"
%typemap(javain) uint32_t flags, uint32_t oracles "$javainput"
%typemap(in) uint32_t flags, uint32_t oracles %{ $1 = static_cast<uint32_t>($input); %}
