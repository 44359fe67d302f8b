// java_derivatives.i -- derivatives of solutions in the raw Java layer: arrays of parameters, products with Jacobians.

// An Object[2]: String[] names, ArrayView[] arrays; the work is done in bindings/java/jni/jni_params.cpp.
%typemap(jni) const fen_solution_array * "jobjectArray"
%typemap(jtype) const fen_solution_array * "Object[]"
%typemap(jstype) const fen_solution_array * "Object[]"
%typemap(javain) const fen_solution_array * "$javainput"
%typemap(in) const fen_solution_array * (fenchel_jni::SolutionArrays local) %{
  if (!local.open(jenv, $input)) return $null;
  $1 = const_cast<fen_solution_array *>(local.get());
%}
%typemap(argout) const fen_solution_array * %{
  if (result >= 0) local$argnum.write_back(jenv);
%}

// The functions of an ImplicitDerivative; n and m are the first arguments.
%typemap(jni) (fen_root_fn products, void *user) "jobject"
%typemap(jtype) (fen_root_fn products, void *user) "ImplicitDerivative"
%typemap(jstype) (fen_root_fn products, void *user) "ImplicitDerivative"
%typemap(javain) (fen_root_fn products, void *user) "$javainput"
%typemap(in) (fen_root_fn products, void *user) %{
  fenchel_jni::Root local$argnum($input, arg1, arg2);
  $1 = fenchel_jni::Root::call;
  $2 = &local$argnum;
%}

// The nine arrays of a quadratic program: P, q, E, e, G, h, x, nu, lam.
%typemap(jni) const fen_kkt_bundle * "jobjectArray"
%typemap(jtype) const fen_kkt_bundle * "ArrayView[]"
%typemap(jstype) const fen_kkt_bundle * "ArrayView[]"
%typemap(javain) const fen_kkt_bundle * "$javainput"
%typemap(in) const fen_kkt_bundle * (fenchel_jni::KktBundle local) %{
  if (!local.open(jenv, $input)) return $null;
  $1 = const_cast<fen_kkt_bundle *>(local.get());
%}
%typemap(argout) const fen_kkt_bundle * %{
  if (result >= 0) local$argnum.write_back(jenv);
%}

// The functions of a BilevelProblem, called through a table on the C stack.
%typemap(jni) const fen_bilevel_oracles *oracles "jobject"
%typemap(jtype) const fen_bilevel_oracles *oracles "OracleTable"
%typemap(jstype) const fen_bilevel_oracles *oracles "OracleTable"
%typemap(javain) const fen_bilevel_oracles *oracles "$javainput"
%typemap(in) const fen_bilevel_oracles *oracles %{
  fenchel_jni::Oracles local$argnum(jenv, $input);
  if (!local$argnum.ready()) return $null;
  $1 = const_cast<fen_bilevel_oracles *>(local$argnum.table());
%}

// A request of a session comes out as a long[]: numbers, then addresses, in the order of BilevelSession.
%typemap(jni) fen_bilevel_request *request "jlongArray"
%typemap(jtype) fen_bilevel_request *request "long[]"
%typemap(jstype) fen_bilevel_request *request "long[]"
%typemap(javain) fen_bilevel_request *request "$javainput"
%typemap(in) fen_bilevel_request *request (fen_bilevel_request local) %{
  local = {};
  local.struct_size = sizeof local;
  $1 = &local;
%}
%typemap(argout) fen_bilevel_request *request %{
  if (result >= 0) fenchel_jni::store_request(jenv, local$argnum, $input);
%}
