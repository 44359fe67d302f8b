"""What the composite races share: one gap for everybody, the peers, and the search for the loosest tolerance that does."""
import os
import pickle
import resource
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np  # noqa: E402
import scipy.sparse as sp  # noqa: E402

warnings.simplefilter("ignore")
TOL = 1e-8


def relative_gap(X, y, w, lam, loss):
    """(P - D) / P(0) with the residual, scaled into the dual's domain, as dual point."""
    z = np.asarray(X @ w).ravel()
    if loss == "squares":
        r = y - z
        primal = 0.5 * r @ r + lam * np.abs(w).sum()
        inside = lam / max(np.abs(X.T @ r).max(), 1e-300)
        a = np.clip((r @ y) / (r @ r), -inside, inside)
        return (primal - (a * (r @ y) - 0.5 * a * a * (r @ r))) / (0.5 * y @ y)
    m = -y * z
    primal = np.logaddexp(0, m).sum() + lam * np.abs(w).sum()
    v = 1 / (1 + np.exp(-m))
    v = v * min(1.0, lam / np.abs(X.T @ (y * v)).max())
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(v > 0, v * np.log(v), 0) + np.where(v < 1, (1 - v) * np.log1p(-v), 0)
    return (primal + entropy.sum()) / (len(y) * np.log(2))


def estimator(make):
    """A contestant (X, y) -> (lam, tol) -> (seconds, w) from a factory of scikit-learn's kind."""

    def on(X, y):
        def fit(lam, tol):
            model = make(X.shape[0], lam, tol)
            start = time.process_time()
            model.fit(X, y)
            return time.process_time() - start, np.asarray(model.coef_).ravel()

        return fit

    return on


def liblinear(X, y):
    """LIBLINEAR's own library; its copy of the data is made before the clock starts."""
    from liblinear.liblinearutil import parameter, problem, train

    prob = problem(y, sp.csr_matrix(X))

    def fit(lam, tol):
        # Its library prints unless told not to (-q).
        param = parameter(f"-s 6 -c {float(1 / lam)!r} -e {float(tol)!r} -q")
        start = time.process_time()
        model = train(prob, param)
        seconds = time.process_time() - start
        w = np.array([model.w[j] for j in range(model.nr_feature)])
        w = np.concatenate([w, np.zeros(X.shape[1] - len(w))])
        return seconds, w if model.label[0] == 1 else -w

    return fit


def peers(loss):
    import celer
    import skglm
    from sklearn.linear_model import Lasso
    from skglm.solvers import ProxNewton

    common = dict(fit_intercept=False)
    if loss == "squares":
        return {
            "celer": estimator(lambda n, lam, t: celer.Lasso(alpha=lam / n, tol=t, max_iter=200, **common)),
            "skglm": estimator(lambda n, lam, t: skglm.Lasso(alpha=lam / n, tol=t, max_iter=200, **common)),
            "scikit-learn": estimator(lambda n, lam, t: Lasso(alpha=lam / n, tol=t, max_iter=100000, **common)),
        }
    return {
        "celer": estimator(lambda n, lam, t: celer.LogisticRegression(C=1 / lam, tol=t, max_iter=200, **common)),
        "skglm": estimator(lambda n, lam, t: skglm.GeneralizedLinearEstimator(
            skglm.datafits.Logistic(), skglm.penalties.L1(lam / n), ProxNewton(tol=t, max_iter=200, **common))),
        "LIBLINEAR": liblinear,
    }


def capped(fit, lam, tol, limit):
    """fit in a child that the system ends after `limit` seconds of processor time; None when it did."""
    read, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + limit) + 1, resource.RLIM_INFINITY))
            with os.fdopen(send, "wb") as pipe:
                pickle.dump(fit(lam, tol), pipe)
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None


def loosest(fit, lam, gap_of, limit, goal=TOL):
    """{"tol", "last", "gap"} of the loosest tolerance that reaches the goal, to half a decade.

    tol is None when none does; a run of more than `limit` seconds ends the search."""
    good = bad = None
    last = gap = None
    for power in (-5, -7, -9, -11, -13, -16):
        done = capped(fit, lam, 10.0**power, limit)
        if done is None:
            return {"tol": None, "last": f"over {limit:g} s", "gap": gap}
        last, gap = done[0], gap_of(done[1])
        if gap <= goal:
            good = float(power)
            break
        bad = float(power)
    if good is None:
        return {"tol": None, "last": f"{last:.2g} s, gap {gap:.0e}", "gap": gap}
    bad = -2.0 if bad is None else bad
    while bad - good > 0.6:
        middle = 0.5 * (good + bad)
        done = capped(fit, lam, 10.0**middle, limit)
        if done is not None and gap_of(done[1]) <= goal:
            good, last, gap = middle, done[0], gap_of(done[1])
        else:
            bad = middle
    return {"tol": 10.0**good, "last": last, "gap": gap}
