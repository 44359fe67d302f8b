//! What one call of `fenchel::sinkhorn` on a 10 x 10 problem costs beyond the solve it reports. Prints two numbers:
//! microseconds beyond the solve, microseconds of the solve; the best of seven rounds.
use std::time::Instant;

use fenchel::{sinkhorn, MatrixRef};

const N: usize = 10;
const CALLS: usize = 20000;
const ROUNDS: usize = 7;

fn least(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), fenchel::Error> {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let cost: Vec<f64> = (0..N * N).map(|_| random()).collect();
    let a = [1.0 / N as f64; N];
    let (mut beyond, mut inside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut solving = 0.0;
        let start = Instant::now();
        for _ in 0..CALLS {
            solving += sinkhorn(&a, &a, MatrixRef::new(&cost, N, N)?, 0.1)?.result.seconds;
        }
        beyond.push(1e6 * (start.elapsed().as_secs_f64() - solving) / CALLS as f64);
        inside.push(1e6 * solving / CALLS as f64);
    }
    println!("{:.4} {:.4}", least(beyond), least(inside));
    Ok(())
}
