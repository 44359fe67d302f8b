"""Prints the polynomial coefficients of simd_math.hpp (needs mpmath). Weighted Remez exchange.

Run: python3 coefficients.py. Not part of the build; here so that nobody has to guess where the numbers come from.
"""
import struct
from mpmath import mp, mpf

mp.dps = 50
half = mpf(1) / 2


def remez(target, weight, degree, low, high, fixed):
    """Coefficients of degree `degree` minimising max weight |p - target|; the first len(fixed) ones are given."""
    count = degree + 1 - len(fixed)
    if count == 0:
        return list(fixed), mpf(0)
    first = len(fixed)
    # Divided by r^first, so that the signs alternate across r = 0.
    grid = [low + (high - low) * (1 - mp.cos(mp.pi * (i + half) / 400)) / 2 for i in range(400)]
    rest = {r: (target(r) - sum(c * r**i for i, c in enumerate(fixed))) / r**first for r in grid}
    size = {r: weight(r) * abs(r) ** first for r in grid}
    refs = [grid[int(round((len(grid) - 1) * (1 - mp.cos(mp.pi * i / count)) / 2))] for i in range(count + 1)]
    for _ in range(40):
        a, b = mp.matrix(count + 1, count + 1), mp.matrix(count + 1, 1)
        for i, r in enumerate(refs):
            for j in range(count):
                a[i, j] = r**j
            a[i, count] = (-1) ** i / size[r]
            b[i] = rest[r]
        x = mp.lu_solve(a, b)
        err = [size[r] * (sum(x[j] * r**j for j in range(count)) - rest[r]) for r in grid]
        runs, best = [], 0
        for i in range(1, len(grid) + 1):
            if i == len(grid) or mp.sign(err[i]) != mp.sign(err[best]):
                runs.append(best)
                best = i
            elif abs(err[i]) > abs(err[best]):
                best = i
        while len(runs) > count + 1:
            runs.pop(0 if abs(err[runs[0]]) < abs(err[runs[-1]]) else -1)
        if len(runs) < count + 1:
            break
        new = [grid[i] for i in runs]
        if new == refs:
            break
        refs = new
    return list(fixed) + [x[j] for j in range(count)], max(abs(e) for e in err)


def narrow(value, single):
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0]) if single else mpf(float(value))


def show(name, target, weight, degree, low, high, fixed, single):
    coefs, error = remez(target, weight, degree, low, high, [mpf(c) for c in fixed])
    coefs = [narrow(c, single) for c in coefs]
    grid = [low + (high - low) * mpf(i) / 1001 for i in range(1, 1001)]
    final = max(weight(r) * abs(sum(c * r**i for i, c in enumerate(coefs)) - target(r)) for r in grid)
    print(f"// {name}: degree {degree}, error {mp.nstr(error, 3)}, after rounding {mp.nstr(final, 3)}")
    print(", ".join(trim(float(c).hex()) + ("F" if single else "") for c in coefs))


def trim(text):
    head, exponent = text.split("p")
    return head.rstrip("0").rstrip(".") + "p" + exponent


ln2 = mp.log(2)
exp2 = lambda r: mpf(2) ** r
atanh_rest = lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z if z > mpf(10) ** -20 else mpf(2) / 3
z_max = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
for single, degrees in ((True, (5, 6)), (False, (11,))):
    for degree in degrees:
        show("exp2", exp2, lambda r: 1 / exp2(r), degree, -half, half, [1], single)
        show("exp", mp.exp, lambda r: mp.exp(-r), degree, -ln2 / 2, ln2 / 2, [1, 1], single)
# (2^r - 1) / r within a sixteenth
exp2_rest = lambda r: (exp2(r) - 1) / r if abs(r) > mpf(10) ** -20 else ln2
for single, degree in ((True, 2), (False, 5)):
    show("exp2 rest", exp2_rest, lambda r: abs(r), degree, -half / 16, half / 16, [], single)
    print(", ".join(trim(float(narrow(exp2(mpf(j) / 16), single)).hex()) + ("F" if single else "") for j in range(16)))
for single, degrees in ((True, (2, 3)), (False, (6,))):
    for degree in degrees:
        show("log", atanh_rest, lambda z: z / 2, degree, mpf(0), z_max, [], single)
hi64, hi32 = mp.floor(ln2 * 2**32) / 2**32, mp.floor(ln2 * 2**15) / 2**15
print("// ln 2 in two parts, the first short enough that its multiples by an exponent are exact")
print(float(hi64).hex(), float(ln2 - hi64).hex(), float(hi32).hex(), float(narrow(ln2 - hi32, True)).hex())
