// A Go program that solves a problem through cgo. The callback goes through one exported function with a cgo.Handle in the
// user pointer, and all memory that C keeps is C's own: the cost matrix outlives the call that passes it.
package main

/*
#cgo pkg-config: fenchel
#include <fenchel/fenchel.h>
#include <stdlib.h>

extern int32_t monitorGo(void *user, fen_progress *progress);
static int32_t monitor(void *user, const fen_progress *progress) { return monitorGo(user, (fen_progress *)progress); }
static int32_t watch(fen_solver *solver, uintptr_t handle) { return fen_solver_set_monitor(solver, monitor, (void *)handle); }
*/
import "C"

import (
	"fmt"
	"os"
	"runtime/cgo"
	"unsafe"
)

//export monitorGo
func monitorGo(user unsafe.Pointer, progress *C.fen_progress) C.int32_t {
	return cgo.Handle(uintptr(user)).Value().(func(int64) C.int32_t)(int64(progress.iteration))
}

// array is a view of numbers copied to memory of C, which is never freed: the program is short.
func array(values []float64, shape ...C.int64_t) *C.fen_array {
	data := C.malloc(C.size_t(8 * len(values)))
	copy(unsafe.Slice((*float64)(data), len(values)), values)
	view := (*C.fen_array)(C.malloc(C.sizeof_fen_array))
	C.fen_array_init(view, C.FEN_F64, C.int32_t(len(shape)), &shape[0], data)
	return view
}

func main() {
	err := (*C.fen_error)(C.calloc(1, C.sizeof_fen_error))
	err.struct_size = C.sizeof_fen_error
	check := func(status C.int32_t) {
		if status != C.FEN_OK {
			fmt.Println("failed:", status, C.GoString(&err.message[0]))
			os.Exit(1)
		}
	}
	cost := array([]float64{0, 1, 1, 0}, 2, 2)
	a, b := array([]float64{0.5, 0.5}, 2), array([]float64{0.25, 0.75}, 2)
	var spec C.fen_transport_spec
	var options C.fen_sinkhorn_options
	var result C.fen_transport_result
	check(C.fen_transport_spec_init(&spec, C.sizeof_fen_transport_spec))
	check(C.fen_sinkhorn_options_init(&options, C.sizeof_fen_sinkhorn_options))
	check(C.fen_transport_result_init(&result, C.sizeof_fen_transport_result))
	spec.eps = 0.05
	options.monitor_interval = 0

	var geometry *C.fen_geometry
	var problem *C.fen_problem
	var solver *C.fen_solver
	method := C.CString("auto")
	check(C.fen_matrix_create(cost, &geometry, err))
	check(C.fen_transport_create(geometry, a, b, &spec, &problem, err))
	check(C.fen_sinkhorn_create(problem, method, &options, &solver, err))
	calls := 0
	handle := cgo.NewHandle(func(iteration int64) C.int32_t {
		calls++
		return 0
	})
	check(C.watch(solver, C.uintptr_t(handle)))
	check(C.fen_solver_solve(solver, &result, err))
	handle.Delete()
	if calls == 0 || result.termination != C.FEN_CONVERGED || result.cost < 0.2499 || result.cost > 0.2501 {
		fmt.Println("failed:", calls, "calls, termination", result.termination, "cost", result.cost)
		os.Exit(1)
	}
	C.fen_solver_destroy(solver)
	C.fen_problem_destroy(problem)
	C.fen_geometry_destroy(geometry)
	spec.eps = -1
	if status := C.fen_sinkhorn(a, b, cost, &spec, method, nil, nil, nil, nil, err); status != C.FEN_E_RANGE {
		fmt.Println("failed: eps = -1 gave", status)
		os.Exit(1)
	}
	fmt.Printf("cgo: fenchel %s, %s, %d calls, cost %.6f\n", C.GoString(C.fen_version()), C.GoString(C.fen_target()), calls, result.cost)
}
