"""Writes lattice_labels.inc: the 100 labelled nodes of the 50 x 50 lattice of data set D (Nutini, Laradji and Schmidt,
Let's Make Block Coordinate Descent Converge Faster, 2017), as {node, label}. Nodes are numbered along rows of the lattice.

The draws are those of numpy's legacy generator with seed 1, which numpy keeps unchanged. With scipy, `--check` solves the
system and prints the optimum, -1045999575.227 (the authors' repository stores -1045999575.2270696).
"""
import sys
from pathlib import Path

import numpy as np

SIDE, LABELS, WEIGHT = 50, 100, 1e5


def labels() -> list[tuple[int, float]]:
    random = np.random.RandomState(1)
    nodes = random.choice(SIDE * SIDE, LABELS, replace=False)
    values = 10 * random.randn(LABELS)
    return [(int(node), float(value)) for node, value in zip(nodes, values)]


def optimum() -> float:
    import scipy.sparse as sp
    from scipy.sparse.linalg import spsolve

    path = sp.diags([1, 1], [-1, 1], shape=(SIDE, SIDE))
    edges = WEIGHT * (sp.kron(sp.eye(SIDE), path) + sp.kron(path, sp.eye(SIDE))).tocsr()
    known = np.zeros(SIDE * SIDE)
    for node, value in labels():
        known[node] = value
    free = known == 0
    matrix = (sp.diags(np.asarray(edges.sum(axis=1)).ravel()) - edges).tocsr()[free][:, free].tocsc()
    right = (edges @ known)[free]
    x = spsolve(matrix, right)
    return 0.5 * x @ (matrix @ x) - right @ x


if __name__ == "__main__":
    if "--check" in sys.argv:
        print(f"{optimum():.7f}")
    else:
        rows = "".join(f"{{{node}, {value!r}}},\n" for node, value in labels())
        Path(__file__).with_suffix(".inc").write_text(rows)
