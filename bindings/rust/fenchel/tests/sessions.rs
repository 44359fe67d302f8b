//! Bilevel problems request by request: the bits of closures, every request failing, sessions dropped and moved.
#[path = "common/quadratic.rs"]
mod quadratic;
use fenchel::*;
use quadratic::*;

const START: [f64; M] = [0.1, 0.2];
const X: [f64; N] = [0.5; N];
const KNOWN: [BilevelOracle; 5] = [
    BilevelOracle::Lower,
    BilevelOracle::Upper,
    BilevelOracle::LowerHvp,
    BilevelOracle::LowerCrossT,
    BilevelOracle::Constants,
];

fn options() -> BilevelOptions {
    BilevelOptions::default()
}

fn answer(request: &mut BilevelRequest<'_>) {
    let at = (request.x, request.theta);
    match request.oracle {
        BilevelOracle::Lower | BilevelOracle::Upper => {
            let level = if request.oracle == BilevelOracle::Lower { lower_of } else { upper_of };
            let number = level(at.0, at.1, request.dx.as_deref_mut(), request.dtheta.as_deref_mut());
            request.value(number);
        }
        BilevelOracle::LowerHvp => hvp(request.count, request.v, request.out),
        BilevelOracle::LowerCrossT => cross_t(request.count, request.v, request.out),
        BilevelOracle::Constants => request.constants(&constants()),
        other => panic!("{other} was not offered"),
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn the_same_bits_as_closures() {
    let trip = Trip::default();
    let expected = problem(&trip).hypergradient(&START, &X, &options()).unwrap();
    let mut session = BilevelSession::hypergradient(&KNOWN, &START, &X, &options()).unwrap();
    assert_eq!(session.solution().unwrap_err().status(), Status::State);
    while let Some(mut request) = session.next().unwrap() {
        answer(&mut request);
    }
    let found = session.gradient().unwrap();
    assert_eq!(bits(&found.value), bits(&expected.value));
    assert_eq!(bits(&found.x), bits(&expected.x));
    assert_eq!(found.result.bound.to_bits(), expected.result.bound.to_bits());

    let expected = problem(&trip).high(&[0.5, 9.0]).solve("implicit", &START, &X, &options()).unwrap();
    let high = [0.5, 9.0];
    let mut session = BilevelSession::solve("implicit", &KNOWN, &START, &X, None, Some(&high), &options()).unwrap();
    while let Some(mut request) = session.next().unwrap() {
        answer(&mut request);
    }
    let found = session.solution().unwrap();
    assert_eq!(bits(&found.theta), bits(&expected.theta));
    assert_eq!(found.result.lower_gradients, expected.result.lower_gradients);
    assert_eq!(session.gradient().unwrap_err().status(), Status::State);
    assert!(session.next().unwrap().is_none());
}

/// At each request: an answer that fails, one outside the domain, the session dropped, the session moved to another thread.
#[test]
fn every_request_may_go_wrong() {
    let mut at = 1;
    loop {
        let mut asked = 0;
        let mut run = |wrong: &dyn Fn(&mut BilevelRequest<'_>), drops: bool| -> Result<Option<BilevelSolution>> {
            let mut session = BilevelSession::solve("implicit", &KNOWN, &START, &X, None, None, &options())?;
            asked = 0;
            while let Some(mut request) = session.next()? {
                answer(&mut request);
                asked += 1;
                if asked == at {
                    wrong(&mut request);
                    if drops {
                        return Ok(None);
                    }
                }
            }
            session.solution().map(Some)
        };
        let failed = run(&|request| request.fail(-7), false);
        run(&|_| (), true).unwrap();
        match run(&|request| request.outside(), false) {
            Ok(found) => assert!(found.unwrap().result.value.is_finite()),
            Err(error) => assert_eq!((error.status(), error.detail()), (Status::Callback, 1)),
        }
        run(&|_| (), false).unwrap();
        if asked < at {
            failed.unwrap();
            break;
        }
        let error = failed.unwrap_err();
        assert_eq!((error.status(), error.detail()), (Status::Callback, -7));
        at += 1;
    }
    assert!(at > 10);
}

#[test]
fn sessions_move_between_threads_and_cancel() {
    let endless = BilevelOptions { tol: 0.0, ..options() };
    let mut session = BilevelSession::solve("implicit", &KNOWN, &START, &X, None, None, &endless).unwrap();
    for _ in 0..5 {
        session = std::thread::spawn(move || {
            answer(&mut session.next().unwrap().unwrap());
            session
        })
        .join()
        .unwrap();
    }
    session.cancel();
    while let Some(mut request) = session.next().unwrap() {
        answer(&mut request);
    }
    assert_eq!(session.solution().unwrap().result.termination, Termination::Cancelled);
}

#[test]
fn misuse() {
    let status = |oracles: &[BilevelOracle], theta: &[f64]| {
        BilevelSession::hypergradient(oracles, theta, &X, &options()).unwrap_err().status()
    };
    assert_eq!(status(&KNOWN[1..], &START), Status::NullArgument);
    assert_eq!(status(&[BilevelOracle::Done, KNOWN[0], KNOWN[1]], &START), Status::Range);
    assert_eq!(status(&KNOWN, &[f64::NAN, 0.0]), Status::NotFinite);
    assert_eq!(status(&KNOWN, &[]), Status::Range);
    let unknown = BilevelSession::solve("magic", &KNOWN, &START, &X, None, None, &options());
    assert_eq!(unknown.unwrap_err().status(), Status::Name);
}
