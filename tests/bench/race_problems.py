"""The problems of the Lasso race: leukemia-like, MEG-like, AR columns, Zipf text (numpy, scipy)."""
import numpy as np
import scipy.sparse as sp


def leuk(seed=0):
    rng = np.random.default_rng(seed)
    n, p, k = 72, 7129, 20
    X = rng.standard_normal((n, k)) @ rng.standard_normal((k, p)) + 2.0 * rng.standard_normal((n, p))
    X = (X - X.mean(0)) / X.std(0)
    y = np.where(rng.permutation(n) < 47, 1.0, -1.0)
    return np.asfortranarray(X), y


def meg(seed=0):
    """Gaussian bumps of width .02 on a circle, gains that differ, a few sources and noise."""
    rng = np.random.default_rng(seed)
    n, p = 305, 7498
    sensors, sources = np.arange(n) / n, np.sort(rng.random(p))
    d = np.abs(sensors[:, None] - sources[None, :])
    X = np.exp(-0.5 * (np.minimum(d, 1 - d) / 0.02) ** 2) * (1 + 0.1 * rng.standard_normal((1, p)))
    X += 0.02 * rng.standard_normal((n, p))
    w = np.zeros(p)
    w[rng.choice(p, 10, replace=False)] = rng.standard_normal(10) * 3
    y = X @ w
    y += 0.3 * y.std() * rng.standard_normal(n)
    return np.asfortranarray(X), y


def corr(n, p, rho, seed=0):
    """AR(1) columns, 10 % density, SNR 3."""
    rng = np.random.default_rng(seed)
    X = np.empty((n, p), order="F")
    X[:, 0] = rng.standard_normal(n)
    for j in range(1, p):
        X[:, j] = rho * X[:, j - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(n)
    w = np.zeros(p)
    w[rng.choice(p, p // 10, replace=False)] = rng.standard_normal(p // 10)
    y = X @ w
    noise = rng.standard_normal(n)
    y += noise * (np.linalg.norm(y) / np.linalg.norm(noise) / 3)
    return X, y


def text(n=20242, vocabulary=60000, seed=0):
    """tf-idf of documents drawn from Zipf(.9), unit rows, words of at least 3 documents."""
    rng = np.random.default_rng(seed)
    frequency = 1 / np.arange(1, vocabulary + 1) ** 0.9
    frequency /= frequency.sum()
    lengths = rng.poisson(110, n) + 10
    words = rng.choice(vocabulary, size=lengths.sum(), p=frequency)
    rows = np.repeat(np.arange(n), lengths)
    X = sp.csc_matrix((np.ones(len(words)), (rows, words)), shape=(n, vocabulary))
    X.sum_duplicates()
    documents = np.diff(X.indptr)
    X = X[:, documents >= 3].tocsc()
    documents = np.diff(X.indptr)
    X.data = 1 + np.log(X.data)
    X = X @ sp.diags(np.log(n / documents) + 1)
    norms = np.sqrt(X.multiply(X).sum(1)).A1 if hasattr(X.multiply(X).sum(1), "A1") else np.sqrt(np.asarray(X.multiply(X).sum(1)).ravel())
    X = (sp.diags(1 / norms) @ X).tocsc()
    X.sort_indices()
    w = np.zeros(X.shape[1])
    w[rng.choice(X.shape[1], 2000, replace=False)] = rng.standard_normal(2000) * 5
    z = X @ w
    y = np.sign(z + 0.5 * z.std() * rng.standard_normal(n))
    y[y == 0] = 1.0
    return X, y


PROBLEMS = {
    "leuk 72x7129": leuk,
    "meg 305x7498": meg,
    "corr 500x5000": lambda: corr(500, 5000, 0.5),
    "corr 1000x10000": lambda: corr(1000, 10000, 0.6),
    "corr 10000x1000": lambda: corr(10000, 1000, 0.6),
    "text": text,
}
RATIOS = (0.1, 0.02, 0.005)
