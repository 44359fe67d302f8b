//! Derivatives of quadratic programs: a closed form in both dtypes, degenerate programs, misuse.
use fenchel::{Constraints, DerivativeOptions, DerivativeStatus, Program, Status};

const EQUAL: Constraints<'_, f64> = Constraints { rows: &[1.0, 1.0], values: &[1.0], multipliers: &[1.25] };
const BOUND: Constraints<'_, f64> = Constraints { rows: &[0.0, -1.0], values: &[-0.25], multipliers: &[0.5] };

/// min 1/2 |x|^2 - (2, 1) x subject to x1 + x2 = 1, x2 >= 0.25: x = (0.75, 0.25).
fn program() -> Program<'static, f64> {
    Program {
        p: Some(&[1.0, 0.0, 0.0, 1.0]),
        equalities: Some(EQUAL),
        inequalities: Some(BOUND),
        ..Program::new(&[-2.0, -1.0], &[0.75, 0.25])
    }
}

#[test]
fn closed_form() {
    let options = DerivativeOptions::default();
    let back = program().vjp(&[("x", &[1.0, 3.0])], &["e", "h", "q", "P"], &options).unwrap();
    assert!((back.value[0][0] - 1.0).abs() < 1e-14 && (back.value[1][0] + 2.0).abs() < 1e-14);
    assert!(back.value[2].iter().chain(&back.value[3]).all(|v| v.abs() < 1e-14));
    assert_eq!(back.value[3].len(), 4);
    assert_eq!(back.result.derivative_status, DerivativeStatus::Certified);
    let moved = program().jvp(&[("h", &[1.0])], &options).unwrap().value;
    assert!((moved.x[0] - 1.0).abs() < 1e-14 && (moved.x[1] + 1.0).abs() < 1e-14);
    assert!((moved.nu[0] + 1.0).abs() < 1e-14 && (moved.lam[0] + 2.0).abs() < 1e-14);
    let free = Program { p: Some(&[2.0f32]), ..Program::new(&[-2.0f32], &[1.0]) };
    let moved = free.jvp(&[("q", &[1.0])], &options).unwrap().value;
    assert!((moved.x[0] + 0.5).abs() < 1e-6 && moved.nu.is_empty() && moved.lam.is_empty());
}

#[test]
fn degenerate_programs_are_said_to_be() {
    let options = DerivativeOptions::default();
    let at = Constraints { rows: &[1.0], values: &[1.0], multipliers: &[0.0] };
    let weak = Program { p: Some(&[1.0]), inequalities: Some(at), ..Program::new(&[-1.0], &[1.0]) };
    let found = weak.vjp(&[("x", &[1.0])], &["q"], &options).unwrap();
    assert_eq!(found.result.derivative_status, DerivativeStatus::Ambiguous);
    let bounds = Constraints { rows: &[1.0, 0.0, 0.0, 1.0], values: &[1.0, 1.0], multipliers: &[1.0, 0.0] };
    let edge = Program { inequalities: Some(bounds), ..Program::new(&[-1.0, 0.0], &[1.0, 0.5]) };
    assert_eq!(edge.vjp(&[("x", &[1.0, 0.0])], &["q"], &options).unwrap_err().status(), Status::Singular);
}

#[test]
fn misuse() {
    let options = DerivativeOptions::default();
    let refused =
        |given: &[(&str, &[f64])], wanted: &[&str]| program().vjp(given, wanted, &options).unwrap_err().status();
    assert_eq!(refused(&[("x", &[1.0, 3.0])], &["Q"]), Status::Name);
    assert_eq!(refused(&[("x", &[1.0])], &["q"]), Status::Shape);
    assert_eq!(refused(&[("x", &[1.0, f64::NAN])], &["q"]), Status::NotFinite);
    assert_eq!(refused(&[("x", &[1.0, 3.0])], &["q", "q"]), Status::Overlap);
    assert_eq!(refused(&[("x", &[1.0, 3.0])], &[]), Status::NullArgument);
    assert_eq!(program().jvp(&[("x", &[1.0, 3.0])], &options).map(|_| ()).unwrap_err().status(), Status::Name);
}
