"""Markdown tables and ratios from the records of lasso_race.py and path_race.py.    usage: race_tables.py RECORD ..."""
import json
import math
import pathlib
import sys


def cell(peer):
    return f"{peer['seconds']:.4f}" if "seconds" in peer else f"no ({peer['last']})"


def solves(rows):
    for loss in ("squares", "logistic"):
        chosen = [r for r in rows if r.get("loss") == loss and "mine" in r]
        if not chosen:
            continue
        names = list(chosen[0]["peers"])
        print(f"\n| {loss} | ratio | nnz | fenchel (gap) | " + " | ".join(names) + " | best peer / fenchel | load |")
        print("|" + "---|" * (len(names) + 6))
        logs = []
        for r in chosen:
            times = [p["seconds"] for p in r["peers"].values() if "seconds" in p]
            ratio = min(times) / r["mine"] if times else None
            logs += [math.log(ratio)] if ratio else []
            print(f"| {r['problem']} | {r['ratio']} | {r['nnz']} | {r['mine']:.4f} ({r['gap']:.0e}) | "
                  + " | ".join(cell(r["peers"][n]) for n in names)
                  + f" | {f'{ratio:.2f}' if ratio else 'no peer'} | {r['load']:.0f} |")
        if logs:
            print(f"\nGeometric mean {math.exp(sum(logs) / len(logs)):.2f}, least {math.exp(min(logs)):.2f}, {len(logs)} rows.")


def paths(rows):
    chosen = [r for r in rows if "glmnet" in r]
    if chosen:
        print("\n| path of 100 values | glmnet's thresh | worst gap, glmnet | fenchel (worst gap) | glmnet | others | "
              "glmnet / fenchel |\n|---|---|---|---|---|---|---|")
    for r in chosen:
        others = ", ".join(f"{n} {v:.3f}" if isinstance(v, float) else f"{n} {v}" for n, v in r["peers"].items())
        print(f"| {r['problem']} | {r['thresh']:g} | {r['goal']:.1e} | {r['mine']:.3f} ({r['gap']:.1e}) | {r['glmnet']:.3f} "
              f"| {others} | {r['glmnet'] / r['mine']:.2f} |")


if __name__ == "__main__":
    everything = [row for name in sys.argv[1:] for row in json.loads(pathlib.Path(name).read_text()).values()]
    solves(everything)
    paths(everything)
