"""Options read from text, with the way out when they cannot be."""

import math
from collections.abc import Sequence

RANGE = "write start:stop:count, such as 1e2:1e-6:30, or one number"


def read_alphas(items: Sequence[str]) -> list[float]:
    """Scales of the start from ``start:stop:count`` (log-spaced) or numbers; largest first."""
    return sorted({alpha for item in items for alpha in _read_range(item)}, reverse=True)


def read_alpha(text: str) -> float:
    """One scale of the start, positive and finite."""
    alpha = _read_number(text, "--alpha", "write a number such as 1e-3")
    if not 0 < alpha < math.inf:
        raise ValueError(
            f"--alpha must be > 0 and finite, got {text}; the limits 0, inf are min_l1, min_l2"
        )
    return alpha


def read_log_alpha(alpha: str | None, log_alpha: float | None) -> float:
    """The natural logarithm of the scale of the start, from one of the two options."""
    if (alpha is None) == (log_alpha is None):
        raise ValueError("pass one of --alpha and --log-alpha")
    return math.log(read_alpha(alpha)) if alpha is not None else float(log_alpha or 0.0)


def read_depths(items: Sequence[str]) -> list[float]:
    """Depths in the order given, each once."""
    return list(dict.fromkeys(read_depth(item) for item in items))


def read_depth(text: str) -> float:
    """A depth ``D >= 2``; ``inf`` is one."""
    depth = _read_number(text, "--depth", "write a number such as 3, or inf")
    if not depth >= 2:
        raise ValueError(f"--depth must be >= 2, got {text}; depth 1 is min_l2")
    return depth


def _read_range(text: str) -> list[float]:
    if ":" not in text:
        return [read_alpha(text)]
    parts = text.split(":")
    if len(parts) != 3:
        raise ValueError(f"--alpha {text} has {len(parts)} parts; {RANGE}")
    start, stop = read_alpha(parts[0]), read_alpha(parts[1])
    if not parts[2].strip().isdecimal() or int(parts[2]) < 1:
        raise ValueError(f"--alpha {text}: the count must be a whole number >= 1, got {parts[2]!r}")
    import numpy as np

    return [float(alpha) for alpha in np.geomspace(start, stop, int(parts[2]))]


def _read_number(text: str, option: str, way_out: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{option} must be a number, got {text!r}; {way_out}") from None
