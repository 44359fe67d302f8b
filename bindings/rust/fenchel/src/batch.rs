use crate::error::call;
use crate::monitor::Monitor;
use crate::solver::empty_result;
use crate::view::{input_slice, integers, output, pointer, product, zeros};
use crate::{sys, Error, Flow, MatrixRef, Progress, Real, Result, Sinkhorn, Status, TransportResult};

/// Many problems of one frame (n, m): data borrowed, stacked problem after problem.
///
/// ```
/// use fenchel::{Batch, Sinkhorn};
/// let costs = [0.0, 1.0, 1.0, 0.0, /* second */ 0.0, 2.0, 2.0, 0.0];
/// let a = [0.5, 0.5, 0.5, 0.5];
/// let b = [0.25, 0.75, 0.75, 0.25];
/// let batch = Batch::new(2, 2, 2, &costs)?.a(&a).b(&b);
/// let solved = Sinkhorn::new(0.05).batch(&batch)?;
/// assert_eq!(solved.failed, 0);
/// assert!((solved.items[1].as_ref().unwrap().cost - 0.5).abs() < 1e-6);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Batch<'v, T> {
    count: usize,
    rows: usize,
    cols: usize,
    cost: sys::fen_array,
    a: Option<&'v [T]>,
    b: Option<&'v [T]>,
    sizes: Option<&'v [[usize; 2]]>,
    plans: bool,
}

// SAFETY: the view of the costs is a shared borrow of [T], as the other fields are.
unsafe impl<T: Sync> Send for Batch<'_, T> {}
unsafe impl<T: Sync> Sync for Batch<'_, T> {}

/// What [`Sinkhorn::batch`] returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BatchSolution<T> {
    /// How each problem went, or why it failed. The others are solved all the same.
    pub items: Vec<std::result::Result<TransportResult, Status>>,
    /// How many problems failed.
    pub failed: usize,
    /// What was wrong with the first that failed.
    pub first_error: Option<String>,
    /// Row potentials, (count, n). Zero where nothing was written.
    pub phi: Vec<T>,
    /// Column potentials, (count, m).
    pub psi: Vec<T>,
    /// Plans, (count, n, m), where they were asked for.
    pub plans: Option<Vec<T>>,
}

impl<'v, T: Real> Batch<'v, T> {
    /// `count` problems, `costs` being (count, n, m).
    ///
    /// # Errors
    /// `Shape` where `costs` has another length.
    pub fn new(count: usize, rows: usize, cols: usize, costs: &'v [T]) -> Result<Batch<'v, T>> {
        if product(&[count, rows, cols])? != costs.len() {
            let message = format!("costs has {} elements, not {count} x {rows} x {cols}", costs.len());
            return Err(Error::new(Status::Shape, message));
        }
        let cost = input_slice(costs, &[count, rows, cols]);
        Ok(Batch { count, rows, cols, cost, a: None, b: None, sizes: None, plans: false })
    }

    /// `count` problems that share one cost matrix.
    pub fn shared(count: usize, cost: MatrixRef<'v, T>) -> Batch<'v, T> {
        let (rows, cols) = (cost.rows(), cost.cols());
        Batch { count, rows, cols, cost: cost.raw_repeated(count), a: None, b: None, sizes: None, plans: false }
    }

    /// Row weights, (count, n). Default: uniform.
    #[must_use]
    pub fn a(mut self, a: &'v [T]) -> Self {
        self.a = Some(a);
        self
    }

    /// Column weights, (count, m). Default: uniform.
    #[must_use]
    pub fn b(mut self, b: &'v [T]) -> Self {
        self.b = Some(b);
        self
    }

    /// Problem k uses the leading `sizes[k]` rows and columns of its frame. Default: all.
    #[must_use]
    pub fn sizes(mut self, sizes: &'v [[usize; 2]]) -> Self {
        self.sizes = Some(sizes);
        self
    }

    /// Asks for the plans too.
    #[must_use]
    pub fn plans(mut self, wanted: bool) -> Self {
        self.plans = wanted;
        self
    }

    fn weights(&self, name: &str, data: Option<&[T]>, length: usize) -> Result<Option<sys::fen_array>> {
        let Batch { count, .. } = *self;
        match data {
            Some(data) if data.len() != product(&[count, length])? => {
                let message = format!("{name} has {} elements, not {count} x {length}", data.len());
                Err(Error::new(Status::Shape, message))
            }
            data => Ok(data.map(|data| input_slice(data, &[count, length]))),
        }
    }
}

impl Sinkhorn {
    /// Solves many problems in one call, parallel over problems
    /// ([`num_threads`](crate::SinkhornOptions::num_threads)). A bad problem fails alone.
    ///
    /// # Errors
    /// Only what concerns all problems: `Shape`, `Range`, `Name`, `Nomem`.
    pub fn batch<T: Real>(&self, batch: &Batch<'_, T>) -> Result<BatchSolution<T>> {
        self.batch_of(batch, None, std::ptr::null_mut())
    }

    /// The same with a monitor, called on this thread between problems; `iteration` counts the problems done.
    ///
    /// # Errors
    /// As [`Sinkhorn::batch`], and `Callback`.
    pub fn batch_with<T: Real>(
        &self,
        batch: &Batch<'_, T>,
        monitor: impl FnMut(&Progress) -> Flow,
    ) -> Result<BatchSolution<T>> {
        let mut monitor = Monitor::new(monitor);
        let solution = self.batch_of(batch, monitor.function(), monitor.user());
        monitor.resume();
        solution
    }

    fn batch_of<T: Real>(
        &self,
        batch: &Batch<'_, T>,
        monitor: sys::fen_monitor_fn,
        user: *mut std::ffi::c_void,
    ) -> Result<BatchSolution<T>> {
        let Batch { count, rows, cols, .. } = *batch;
        let a = batch.weights("a", batch.a, rows)?;
        let b = batch.weights("b", batch.b, cols)?;
        let mut sizes: Option<Vec<i64>> = batch.sizes.map(|s| s.iter().flatten().map(|&k| k as i64).collect());
        let sizes = sizes.as_mut().map(|s| {
            let pairs = s.len() / 2;
            integers(s, &[pairs, 2])
        });
        let (mut phi, mut psi) = (zeros(product(&[count, rows])?)?, zeros(product(&[count, cols])?)?);
        let mut plans = if batch.plans { Some(zeros(product(&[count, rows, cols])?)?) } else { None };
        let (phi_view, psi_view) = (output(&mut phi, &[count, rows]), output(&mut psi, &[count, cols]));
        let plans_view = plans.as_mut().map(|p| output(p, &[count, rows, cols]));
        let (mut statuses, mut results, mut failed) = (vec![0; count], vec![empty_result(); count], 0);
        let (spec, options) = (self.spec.to_raw(), self.options.to_raw());
        let mut first_error = None;
        // SAFETY: inputs are borrowed; outputs cover the vectors above; all outlive the call, and so does the monitor.
        call(|err| unsafe {
            let status = sys::fen_sinkhorn_batch(
                count as i64,
                &batch.cost,
                pointer(&a),
                pointer(&b),
                pointer(&sizes),
                &spec,
                self.method.as_ptr(),
                &options,
                monitor,
                user,
                &phi_view,
                &psi_view,
                pointer(&plans_view),
                statuses.as_mut_ptr(),
                results.as_mut_ptr(),
                &mut failed,
                err,
            );
            if status == 0 && failed > 0 {
                let text = std::ffi::CStr::from_ptr(std::ptr::addr_of!((*err).message).cast());
                first_error = Some(text.to_string_lossy().into_owned());
            }
            status
        })?;
        let items = statuses.iter().zip(&results).map(|(&status, result)| match status {
            0 => Ok(TransportResult::from_raw(result)),
            code => Err(Status::from_code(code)),
        });
        Ok(BatchSolution { items: items.collect(), failed: failed as usize, first_error, phi, psi, plans })
    }
}
