"""The interpolators along many alphas, each continued from the one before."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import as_log_alpha
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.solution import Path, Solution

TOL = 1e-10  # on residual and gap, as the default of solve


def path(
    X: Any,
    y: Any,
    *,
    alphas: Sequence[float] | None = None,
    log_alphas: Sequence[float] | None = None,
    depth: float = 2,
    start: Any = None,
) -> Path:
    """``solve`` for many alphas: Newton's method from the solution of the next larger one.

    Args:
        X, y, depth, start: as ``solve``.
        alphas: (m,) scales of the start, > 0, in any order; or
        log_alphas: (m,) their natural logarithms. Exactly one of the two.

    Returns:
        A Path in the order given: ``log_alphas`` (m,), ``betas`` (m, d), ``solutions``.

    Raises:
        ValueError, TypeError, InfeasibleError: as ``solve``.
        PrecisionError: the first alpha, from the largest down, that doubles do not certify;
            ``.partial`` is the Path of those before it, ``.reached`` what there is of it.
    """
    wanted = _as_log_alphas(alphas, log_alphas)
    minimizer = Minimizer.for_data(X, y, depth, start, TOL)
    found: dict[int, Solution] = {}

    def so_far() -> Path:
        order = sorted(found)
        betas = [found[i].beta for i in order]
        return Path(
            np.array([wanted[i] for i in order]),
            np.array(betas).reshape(len(order), minimizer.problem.X.shape[1]),
            tuple(found[i] for i in order),
        )

    falling = sorted(range(len(wanted)), key=lambda i: -wanted[i])
    done = 0
    while done < len(falling):
        for solution in minimizer.follow([wanted[i] for i in falling[done:]]):
            if not solution.certificate.holds(TOL):
                break
            found[falling[done]] = solution
            done += 1
        else:
            continue
        # The long way round, from the kernel regime, may get there where the short one did not.
        try:
            found[falling[done]] = minimizer.solve(wanted[falling[done]])
            done += 1
        except PrecisionError as error:
            error.partial = so_far()
            raise
    return so_far()


def _as_log_alphas(alphas: Any, log_alphas: Any) -> list[float]:
    if (alphas is None) == (log_alphas is None):
        raise ValueError(f"pass either alphas or log_alphas, got {alphas!r} and {log_alphas!r}")
    given = log_alphas if alphas is None else alphas
    values = np.asarray(given)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"alphas must be a list of at least one number, got {given!r:.60}")
    if alphas is None:
        return [as_log_alpha(None, value) for value in values]
    return [as_log_alpha(value, None) for value in values]
