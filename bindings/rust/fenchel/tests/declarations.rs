//! The generated declarations say what the linked library says.
use fenchel::*;
use std::ffi::CStr;
use std::os::raw::c_char;

fn text(pointer: *const c_char) -> &'static str {
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap()
}

#[test]
fn versions() {
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
    assert_eq!(abi_version(), ABI_VERSION);
    assert!(["baseline", "avx2", "avx512", "neon"].contains(&target()));
    assert!(describe().starts_with('{'));
}

#[test]
fn codes_and_names() {
    for &status in Status::ALL {
        assert_eq!(text(unsafe { sys::fen_status_name(status.code()) }), status.name());
        assert_eq!(text(unsafe { sys::fen_status_message(status.code()) }), status.message());
        assert_eq!(Status::from_code(status.code()), status);
    }
    for &termination in Termination::ALL {
        assert_eq!(text(unsafe { sys::fen_termination_name(termination.code()) }), termination.name());
        assert_eq!(Termination::from_code(termination.code()), termination);
    }
    for &certificate in Certificate::ALL {
        assert_eq!(text(unsafe { sys::fen_certificate_name(certificate.code()) }), certificate.name());
    }
    assert_eq!(Status::from_code(-9999), Status::Unknown(-9999));
    assert_eq!(Termination::from_code(99).code(), 99);
}

#[test]
fn catalogues() {
    let names = |kind| terms(kind).iter().map(|(name, _)| *name).collect::<Vec<_>>();
    for cost in [cost::SQEUCLIDEAN, cost::EUCLIDEAN, cost::L1, cost::COSINE] {
        assert!(names("cost").contains(&cost));
    }
    for method in [transport_method::AUTO, transport_method::SINKHORN, transport_method::SNS] {
        assert!(names("transport_method").contains(&method));
    }
}

#[test]
fn defaults() {
    let options = SinkhornOptions::default();
    let infos = SinkhornOptions::describe();
    assert!(infos.len() >= 14);
    for info in infos {
        assert_eq!(options.get(info.name).unwrap(), info.default, "{}", info.name);
        assert!(info.lower <= info.upper && !info.doc.is_empty());
    }
    let spec = TransportSpec::default();
    for info in TransportSpec::describe() {
        assert_eq!(spec.get(info.name).unwrap(), info.default, "{}", info.name);
    }
}

#[test]
fn every_struct_of_settings_is_set_by_name() {
    macro_rules! check {
        ($($settings:ident),*) => {$(
            let mut settings = $settings::default();
            for info in $settings::describe() {
                assert_eq!(settings.get(info.name).unwrap(), info.default, "{} of {}", info.name, stringify!($settings));
            }
            settings.set("tol", "0.5").unwrap();
            assert_eq!((settings.tol, settings.get("tol").unwrap()), (0.5, 0.5));
            assert_eq!(settings.set("toll", "0.5").unwrap_err().status(), Status::Name);
            assert_eq!(settings.set("tol", "-1").unwrap_err().status(), Status::Range);
        )*};
    }
    check!(SinkhornOptions, MinimizeOptions, DerivativeOptions, TuneOptions, BilevelOptions);
}
