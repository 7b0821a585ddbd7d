"""Draws primal_dual_curve.png, the picture of concepts.md: python docs/primal_dual_curve.py."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

import implicitbias as ib

COLOURS = ("#1b4f72", "#2e86c1", "#85c1e9")


def curve(alpha: float, sigma: np.ndarray) -> np.ndarray:
    """z on the primal-dual curve of depth 2: ``z = alpha^2 h(sigma)``."""
    return alpha**2 * ib.Hypentropy().inverse_mirror(sigma)


def draw_scales(ax: plt.Axes) -> None:
    """The curve turns from a line into a corner as alpha falls."""
    for alpha, colour in zip((1.0, 1e-2, 1e-8), COLOURS, strict=True):
        unit = ib.Hypentropy().mirror(1 / alpha**2)  # sigma at z = 1
        share = np.linspace(-1.12, 1.12, 801)
        ax.plot(
            share,
            curve(alpha, share * unit),
            color=colour,
            label=rf"$\alpha = 10^{{{round(np.log10(alpha))}}}$",
        )
    ax.set(
        xlim=(-1.15, 1.15),
        ylim=(-1.6, 1.6),
        xlabel=r"dual $\sigma$, over its value at $z = 1$",
        ylabel=r"primal $z$",
        title="One coordinate: from the kernel regime\n(a line) to the rich one (a corner)",
    )
    ax.legend(frameon=False, loc="upper left")


def draw_step(ax: plt.Axes) -> None:
    """A Newton step leaves the curve along the tangent and is brought back along z + sigma."""
    alpha, start, step = 0.05, 4.4, 1.9
    unit = ib.Hypentropy().mirror(1 / alpha**2)
    sigma = np.linspace(0, 1.15 * unit, 400)
    ax.plot(sigma / unit, curve(alpha, sigma), color=COLOURS[0])
    z = curve(alpha, np.array(start))
    slope = alpha**2 / ib.Hypentropy().metric(z / alpha**2)  # K = dz/dsigma
    reached = (start + step, z + step * slope)
    w = reached[0] / unit + reached[1]
    low, high = 0.0, 2 * unit
    for _ in range(60):  # z + sigma increases along the curve
        middle = (low + high) / 2
        value = middle / unit + curve(alpha, np.array(middle))
        low, high = (middle, high) if value < w else (low, middle)
    back = (low, curve(alpha, np.array(low)))
    ax.plot([start / unit, reached[0] / unit], [z, reached[1]], color="#c0392b", lw=1.6)
    ax.plot([reached[0] / unit, back[0] / unit], [reached[1], back[1]], color="#c0392b", ls=":")
    for (x, height), text, shift in (
        ((start, z), "iterate", (-48, 4)),
        (reached, "Newton step", (8, -4)),
        (back, "back on the curve", (-104, 6)),
    ):
        ax.plot([x / unit], [height], "o", color="#c0392b", ms=5)
        ax.annotate(text, (x / unit, height), xytext=shift, textcoords="offset points")
    ax.set(
        xlim=(0, 1.15),
        ylim=(-0.05, 1.0),
        xlabel=r"$\sigma\,/\,\sigma_{unit}$",
        ylabel=r"$z\,/\,z_{unit}$",
        title="A Newton step comes back along\n"
        r"$z/z_{unit} + \sigma/\sigma_{unit} = w$, which meets the curve once",
    )


def main() -> None:
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    draw_scales(axes[0])
    draw_step(axes[1])
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
