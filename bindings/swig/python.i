/* python.i -- the module fenchel._raw: every function of fenchel.h under its own name, flat, no proxy classes.
 *
 *   fen_array       any PEP 3118 buffer, strided, borrowed until the call returns; None is NULL
 *   handles         capsules that destroy themselves; a capsule keeps alive what its handle borrows
 *   structs         bytes in C layout, in and out (fenchel/_declared.py packs and unpacks them)
 *   int32_t status  None, or an exception of the class that status.def names, with .code and .detail
 *   fen_x **out     the returned value; several outputs make a tuple
 *   monitors        a callable(bytes of fen_progress) -> None | int, or None
 *
 * Built with: swig -python -noproxy -threads -DSWIGWORDSIZE64. The macro makes int64_t long, as it is
 * here (never define it for Java). The GIL is released in every call that may take long. */
%module(package="fenchel", threads="1") _raw

%begin %{
#define SWIG_PYTHON_SILENT_MEMLEAK
%}
%{
#include <string.h>

#include "fenchel/fenchel.h"
%}

%include <stdint.i>
%include "python_errors.i"
%include "python_arrays.i"
%include "python_structs.i"
%include "python_monitors.i"
%include "python_handles.i"
%include "python_scalars.i"

/* Structs travel as bytes. fen_array_init prepares a C struct, which no Python caller has. */
%rename("$ignore", %$isclass) "";
%ignore fen_array_init;

/* Cheap: releasing the GIL would cost more than the call. */
%nothread fen_version;
%nothread fen_abi_version;
%nothread fen_target;
%nothread fen_status_name;
%nothread fen_status_message;
%nothread fen_termination_name;
%nothread fen_certificate_name;
%nothread fen_term_count;
%nothread fen_term_name;
%nothread fen_term_doc;
%nothread fen_describe;
%nothread fen_transport_spec_init;
%nothread fen_sinkhorn_options_init;
%nothread fen_transport_result_init;
%nothread fen_setting_count;
%nothread fen_setting_at;
%nothread fen_setting_set;
%nothread fen_setting_get;
%nothread fen_geometry_rows;
%nothread fen_geometry_cols;
%nothread fen_geometry_dtype;
%nothread fen_cancel;
%nothread fen_solver_result;
%nothread fen_sinkhorn_workspace;
%nothread fen_minimize_options_init;
%nothread fen_minimize_result_init;
%nothread fen_minimize_result_get;
%nothread fen_derivative_options_init;
%nothread fen_derivative_result_init;
%nothread fen_tune_options_init;
%nothread fen_tune_result_init;
%nothread fen_bilevel_options_init;
%nothread fen_bilevel_result_init;
%nothread fen_term_parameter_count;
%nothread fen_term_parameter;
%nothread fen_term_kind;
%nothread fen_term_rows;
%nothread fen_term_cols;
%nothread fen_term_capabilities;
%nothread fen_composite_size;

/* Before the header: an %ignore counts from where it stands. */
%include "python_replaced.i"
%include "python_solve.i"
%include "python_terms.i"
%include "python_functions.i"
%include "python_composite.i"
%include "python_derivatives.i"
%include "python_programs.i"
%include "python_bilevel.i"
%include "python_session.i"
%include "fenchel.i"
