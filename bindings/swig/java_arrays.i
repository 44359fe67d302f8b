// java_arrays.i -- fen_array from io.fenchel.ArrayView; the work is done in bindings/java/jni/jni_arrays.cpp.

%typemap(jni) const fen_array * "jobject"
%typemap(jtype) const fen_array * "ArrayView"
%typemap(jstype) const fen_array * "ArrayView"
%typemap(javain) const fen_array * "$javainput"
%typemap(in) const fen_array * (fenchel_jni::Array local) %{
  if (!local.open(jenv, $input)) return $null;
  $1 = local.get();
%}
%typemap(argout) const fen_array * %{
  if (result >= 0) local$argnum.write_back(jenv);
%}

// The eight arrays of vjp and jvp: a, b, cost, x, y, phi, psi, plan.
%typemap(jni) const fen_transport_bundle *bundle "jobjectArray"
%typemap(jtype) const fen_transport_bundle *bundle "ArrayView[]"
%typemap(jstype) const fen_transport_bundle *bundle "ArrayView[]"
%typemap(javain) const fen_transport_bundle *bundle "$javainput"
%typemap(in) const fen_transport_bundle *bundle (fenchel_jni::Bundle local) %{
  if (!local.open(jenv, $input)) return $null;
  $1 = const_cast<fen_transport_bundle *>(local.get());
%}
%typemap(argout) const fen_transport_bundle *bundle %{
  if (result >= 0) local$argnum.write_back(jenv);
%}

// The shape and spacing of a grid; null spacing is NULL.
%define FENCHEL_JAVA_SMALL(CTYPE, JTYPE, JNI, JARRAY, NAME, PARAM)
%typemap(jni) const CTYPE *PARAM "JARRAY"
%typemap(jtype) const CTYPE *PARAM "JTYPE[]"
%typemap(jstype) const CTYPE *PARAM "JTYPE[]"
%typemap(javain) const CTYPE *PARAM "$javainput"
%typemap(in) const CTYPE *PARAM (fenchel_jni::Scratch<JNI> local) %{
  if ($input != nullptr) {
    if (!local.allocate(jenv, jenv->GetArrayLength($input))) return $null;
    jenv->Get##NAME##ArrayRegion($input, 0, local.size(), local.data());
    $1 = reinterpret_cast<CTYPE *>(local.data());
  }
%}
%enddef
FENCHEL_JAVA_SMALL(int64_t, long, jlong, jlongArray, Long, shape)
FENCHEL_JAVA_SMALL(double, double, jdouble, jdoubleArray, Double, spacing)

// The codes of a batch come out into an int[], or null.
%typemap(jni) int32_t *statuses "jintArray"
%typemap(jtype) int32_t *statuses "int[]"
%typemap(jstype) int32_t *statuses "int[]"
%typemap(javain) int32_t *statuses "$javainput"
%typemap(in) int32_t *statuses (fenchel_jni::Scratch<jint> local) %{
  if ($input != nullptr) {
    if (!local.allocate(jenv, jenv->GetArrayLength($input))) return $null;
    $1 = reinterpret_cast<int32_t *>(local.data());
  }
%}
%typemap(argout) int32_t *statuses %{
  if ($input != nullptr && result >= 0) {
    jenv->SetIntArrayRegion($input, 0, local$argnum.size(), local$argnum.data());
  }
%}
