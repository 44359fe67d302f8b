//! What an oracle costs beyond its body: gradient steps on a lower level of n unknowns, with closures and with bare functions of
//! the same bodies; time over the number of calls, the least of several.
use fenchel::*;
use std::ffi::c_void;
use std::time::Instant;

const STEPS: i64 = 20_000;

fn options() -> BilevelOptions {
    let lower_method = LowerMethod::Gradient;
    BilevelOptions { lower_method, lower_step: 1e-3, lower_max_iter: STEPS, ..Default::default() }
}

fn body(x: &[f64], dx: Option<&mut [f64]>) -> f64 {
    if let Some(dx) = dx {
        dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = x - 1.0);
    }
    1.0
}

unsafe extern "C" fn level(
    user: *mut c_void,
    x: *const f64,
    _: *const f64,
    _: u32,
    value: *mut f64,
    dx: *mut f64,
    dtheta: *mut f64,
) -> i32 {
    unsafe {
        let n = *user.cast::<usize>();
        let dx = if dx.is_null() { None } else { Some(std::slice::from_raw_parts_mut(dx, n)) };
        let number = body(std::slice::from_raw_parts(x, n), dx);
        if !value.is_null() {
            *value = number;
        }
        if !dtheta.is_null() {
            *dtheta = 0.0;
        }
    }
    0
}

unsafe extern "C" fn product(
    user: *mut c_void,
    _: *const f64,
    _: *const f64,
    _: u32,
    count: i64,
    v: *const f64,
    out: *mut f64,
) -> i32 {
    unsafe { std::ptr::copy_nonoverlapping(v, out, count as usize * *user.cast::<usize>()) };
    0
}

unsafe extern "C" fn nothing(
    _: *mut c_void,
    _: *const f64,
    _: *const f64,
    _: u32,
    count: i64,
    _: *const f64,
    out: *mut f64,
) -> i32 {
    unsafe { std::slice::from_raw_parts_mut(out, count as usize) }.iter_mut().for_each(|out| *out = 0.0);
    0
}

/// Nanoseconds a call of bare functions, and of closures: the least of several runs in turns.
fn cost(n: usize) -> (f64, f64) {
    let mut problem = BilevelProblem::new(n, 1)
        .lower(|at, slopes| {
            slopes.dtheta.iter_mut().for_each(|dtheta| dtheta[0] = 0.0);
            Ok(body(at.x, slopes.dx.as_deref_mut()))
        })
        .upper(|at, slopes| {
            slopes.dtheta.iter_mut().for_each(|dtheta| dtheta[0] = 0.0);
            Ok(body(at.x, slopes.dx.as_deref_mut()))
        })
        .lower_hvp(|_, _, v, out| {
            out.copy_from_slice(v);
            Ok(())
        })
        .lower_cross_t(|_, _, _, out| {
            out.iter_mut().for_each(|out| *out = 0.0);
            Ok(())
        });
    let (mut bare, mut closures) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..7 {
        let begun = Instant::now();
        let calls = run_bare(n);
        bare = bare.min(begun.elapsed().as_secs_f64() / calls as f64);
        let begun = Instant::now();
        let found = problem.hypergradient(&[0.0], &vec![0.0; n], &options()).unwrap();
        closures = closures.min(begun.elapsed().as_secs_f64() / found.result.lower_gradients as f64);
        assert_eq!(found.result.lower_gradients, calls);
    }
    (bare * 1e9, closures * 1e9)
}

fn run_bare(n: usize) -> i64 {
    let (mut size, mut theta, mut x, mut z) = (n, 0.0, vec![0.0; n], 0.0);
    let view = |data: *mut f64, n: usize| unsafe {
        let mut array = sys::fen_array::default();
        sys::fen_array_init(&mut array, 2, 1, &(n as i64), data.cast());
        array
    };
    let table = sys::fen_bilevel_oracles {
        struct_size: std::mem::size_of::<sys::fen_bilevel_oracles>() as u32,
        reserved: 0,
        user: (&mut size as *mut usize).cast(),
        n: n as i64,
        m: 1,
        lower: Some(level),
        upper: Some(level),
        lower_hvp: Some(product),
        lower_cross_t: Some(nothing),
        lower_cross: None,
        prox: None,
        prox_vjp: None,
        precondition: None,
        constants: None,
    };
    let mut raw = sys::fen_bilevel_options::default();
    let mut result = sys::fen_bilevel_result::default();
    let (at, start, out) = (view(&mut theta, 1), view(x.as_mut_ptr(), n), view(&mut z, 1));
    unsafe {
        sys::fen_bilevel_options_init(&mut raw, std::mem::size_of_val(&raw));
        sys::fen_bilevel_result_init(&mut result, std::mem::size_of_val(&result));
        let given = options();
        (raw.lower_method, raw.lower_step) = (given.lower_method.code(), given.lower_step);
        raw.lower_max_iter = given.lower_max_iter;
        let err = std::ptr::null_mut();
        assert_eq!(sys::fen_hypergradient(&table, &at, &start, &out, &raw, &mut result, err), 0);
    }
    result.lower_gradients
}

#[test]
fn closures_cost_less_than_a_microsecond() {
    println!(
        "| unknowns | bare C functions, ns a call, all included | closures | closures beyond |\n|---|---|---|---|"
    );
    for n in [3, 100, 1000] {
        let (bare, closures) = cost(n);
        println!("| {n} | {bare:.0} | {closures:.0} | {:.0} |", closures - bare);
        assert!(closures - bare <= 1000.0, "{} ns beyond the body, more than 1000", closures - bare);
    }
}
