// java_calls.i -- errors and progress callbacks of the raw Java layer.

// A failure throws.
%typemap(in, numinputs = 0) fen_error *err (fen_error local) %{
  local.struct_size = sizeof local;
  local.code = 0;
  local.detail = 0;
  local.message[0] = '\0';
  $1 = &local;
%}
%typemap(argout) fen_error *err %{
  if (result < 0) fenchel_jni::throw_error(jenv, result, local$argnum);
%}

// A batch succeeds with failed items: how many, and the exception that the first one would have thrown.
%typemap(jni) (int64_t *failed, fen_error *err) "jobject"
%typemap(jtype) (int64_t *failed, fen_error *err) "BatchOutcome"
%typemap(jstype) (int64_t *failed, fen_error *err) "BatchOutcome"
%typemap(javain) (int64_t *failed, fen_error *err) "$javainput"
%typemap(in) (int64_t *failed, fen_error *err) (int64_t failed, fen_error local) %{
  failed = 0;
  local = {};
  local.struct_size = sizeof local;
  $1 = &failed;
  $2 = &local;
%}
%typemap(argout) (int64_t *failed, fen_error *err) %{
  if (result < 0) {
    fenchel_jni::throw_error(jenv, result, local$argnum);
  } else if (failed$argnum > 0 && !jenv->ExceptionCheck()) {
    jenv->SetLongField($input, fenchel_jni::java().outcome_failed, failed$argnum);
    const jthrowable first = fenchel_jni::make_exception(jenv, local$argnum);
    if (first != nullptr) jenv->SetObjectField($input, fenchel_jni::java().outcome_first, first);
  }
%}

%typemap(jni) (fen_monitor_fn monitor, void *user) "jobject"
%typemap(jtype) (fen_monitor_fn monitor, void *user) "Monitor"
%typemap(jstype) (fen_monitor_fn monitor, void *user) "Monitor"
%typemap(javain) (fen_monitor_fn monitor, void *user) "$javainput"
%typemap(in) (fen_monitor_fn monitor, void *user) %{
  fenchel_jni::Monitor local$argnum($input);
  $1 = fenchel_jni::Monitor::call;
  $2 = &local$argnum;
%}
// Last of all: nothing may be written to Java while an exception is pending.
%typemap(freearg) (fen_monitor_fn monitor, void *user) %{ local$argnum.rethrow(jenv); %}
