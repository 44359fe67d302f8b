use crate::sys;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// The two number types that the solvers compute in: `f32` and `f64`. Sealed.
pub trait Real: sealed::Sealed + Copy + Default + PartialOrd + std::fmt::Debug + Send + Sync + Unpin + 'static {
    #[doc(hidden)]
    const DTYPE: i32;
}

impl Real for f32 {
    const DTYPE: i32 = sys::fen_dtype::FEN_F32.0 as i32;
}

impl Real for f64 {
    const DTYPE: i32 = sys::fen_dtype::FEN_F64.0 as i32;
}
