"""What colour would the sky of one photograph take from another one, and what decides it?

Transport pairs the 32 commonest colours of the temple with those of the flower. The warmth of what the sky is paired
with, red minus blue, depends on every entry of the cost and on every share of a colour; one linear system tells how
much on each (fen_transport_vjp). Beside the strongest of these derivatives stand differences of plans that are solved
again.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, decimal, number

EPS = 0.01  # in units of the cost, squared distances in the unit cube
STEP = 1e-5  # of the differences
SKY = 0  # the commonest colour of the temple


def main() -> None:
    sent, received = data("temple_shares"), data("flower_shares")
    costs, colours = data("palette_costs"), data("flower_palette")
    warmth = np.zeros_like(costs)
    warmth[SKY] = (colours[:, 0] - colours[:, 2]) / sent[SKY]

    def plan_of(cost: np.ndarray, shares: np.ndarray) -> fenchel.Result:
        return fenchel.sinkhorn(sent, shares, cost, EPS, tol=1e-13)

    def difference(cost: np.ndarray, shares: np.ndarray) -> float:
        """How the warmth changes along a direction of costs and shares, by two solves."""
        high = plan_of(costs + STEP * cost, received + STEP * shares).plan()
        low = plan_of(costs - STEP * cost, received - STEP * shares).plan()
        return float(((high - low) * warmth).sum() / (2 * STEP))

    result = plan_of(costs, received)
    print(result)
    by = result.vjp(plan=warmth, wrt=("b", "cost"))
    i, j = np.unravel_index(np.abs(by["cost"]).argmax(), costs.shape)
    more, less = by["b"].argmax(), by["b"].argmin()
    entry, shares = np.zeros_like(costs), np.zeros_like(received)
    entry[i, j], shares[more], shares[less] = 1, 1, -1
    slope_of_cost, slope_of_shares = by["cost"][i, j], by["b"][more] - by["b"][less]
    differences = difference(entry, 0 * received), difference(0 * costs, shares)
    print(f"cost of colour {i} to colour {j}: derivative {slope_of_cost:.9f}, difference {differences[0]:.9f}")
    print(f"from colour {less} to colour {more}: derivative {slope_of_shares:.9f}, difference {differences[1]:.9f}")

    decimal("warmth", (result.plan() * warmth).sum())
    array("by_share", by["b"])
    array("by_cost", by["cost"])
    for name, value in (("row", i), ("column", j), ("more", more), ("less", less)):
        count(name, value)
    number("slope_of_cost", slope_of_cost)
    number("slope_of_shares", slope_of_shares)
    decimal("difference_of_cost", differences[0])
    decimal("difference_of_shares", differences[1])
    draw(by, colours, data("temple_palette"))


def draw(by: dict, colours: np.ndarray, sky: np.ndarray) -> None:
    figure, (bars, heat) = plt.subplots(1, 2, figsize=(12, 5), width_ratios=(3, 2), layout="constrained")
    order = np.argsort(-by["b"], kind="stable")
    bars.bar(range(len(order)), by["b"][order], color=colours[order], edgecolor="grey")
    bars.axhline(0, color="black", linewidth=0.8)
    bars.set(xticks=[], xlabel="the 32 colours of the flower", ylabel="derivative")
    bars.set_title("warmth of the sky by the share of each colour")
    reach = np.abs(by["cost"]).max()
    image = heat.imshow(by["cost"], cmap="RdBu_r", vmin=-reach, vmax=reach)
    figure.colorbar(image, ax=heat, shrink=0.8)
    heat.scatter(np.full(len(sky), -2), range(len(sky)), color=sky, marker="s", clip_on=False)
    heat.scatter(range(len(colours)), np.full(len(colours), len(sky) + 1), color=colours, marker="s", clip_on=False)
    heat.set(xticks=[], yticks=[], xlim=(-3, len(colours)), ylim=(len(sky) + 2, -1))
    heat.set(title="the same by the cost of each pair", xlabel="colours of the flower", ylabel="colours of the temple")
    figure.savefig(OUTPUT / "plan_sensitivity.png", dpi=110)


main()
