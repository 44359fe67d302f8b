"""The naive reference: formulas in NumPy, as they stand in the header."""
import numpy as np


def plan_of(phi, psi, a, b, cost, eps, reg_type="kl"):
    weights = np.outer(a, b) if reg_type == "kl" else 1.0
    return weights * np.exp((phi[:, None] + psi[None, :] - cost) / eps)


def kl(p, q):
    ratio = np.where(p > 0, p / np.where(q > 0, q, 1), 1)
    return float(np.sum(p * np.log(ratio) - p + q))


def sinkhorn(a, b, cost, eps, sweeps=20000):
    """Potentials by plain log-domain sweeps; for well-conditioned small problems."""
    phi, psi = np.zeros(len(a)), np.zeros(len(b))
    for _ in range(sweeps):
        phi = -eps * np.log(np.exp((psi - cost) / eps) @ b)
        psi = -eps * np.log(np.exp((phi[:, None] - cost).T / eps) @ a)
        if abs(plan_of(phi, psi, a, b, cost, eps).sum(1) - a).sum() < 1e-13:
            break
    return phi, psi


def value(a, b, cost, eps):
    """The optimal value of the balanced kl problem."""
    plan = plan_of(*sinkhorn(a, b, cost, eps), a, b, cost, eps)
    return float((plan * cost).sum() + eps * kl(plan, np.outer(a, b)))
