"""The main entry: the interpolator that gradient flow chooses, in doubles or to any digit."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from implicitbias.inputs.arrays import as_tolerance, as_whole_digits
from implicitbias.inputs.scale import as_scale
from implicitbias.solvers.balls.verified_solver import VerifiedSolver
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.solution import Solution

AUTO = "auto"


def solve(
    X: Any,
    y: Any,
    *,
    alpha: float | str | Fraction | Decimal | None = None,
    log_alpha: float | str | Fraction | Decimal | None = None,
    log10_alpha: float | str | Fraction | Decimal | None = None,
    depth: float = 2,
    start: Any = None,
    tol: float = 1e-10,
    digits: int | str | None = None,
) -> Solution:
    """The limit of gradient flow on ``||X beta - y||^2``, ``beta = w_+^D - w_-^D``.

    It is the minimiser of ``sum_i q_D(beta_i / alpha^D)`` s.t. ``X beta = y`` [woodworth2020,
    Thm 1, Thm 3], found by Newton's method on the N-dimensional dual ``max_nu y.nu - alpha^D
    sum_i q_D*((X^T nu)_i)`` and ``beta = alpha^D h_D(X^T nu)``.

    Args:
        X: (N, d) real matrix: array, DataFrame or scipy.sparse; any rank. With digits its entries
            are the rationals they are, and may be Fractions, Decimals or strings like "0.1".
        y: (N,) targets in the range of X: with digits, exactly in it.
        alpha: the scale of the start, > 0; a string may be as small as "1e-1000000"; or
        log_alpha: its natural logarithm; or
        log10_alpha: its decimal one. Exactly one of the three, unless start is given.
        depth: D >= 2, any real number; math.inf is the limit at fixed ``alpha^D`` (there alpha
            stands for ``alpha^D`` itself).
        start: (a, b), positive scalars or (d,): the weights start at ``w_+ = alpha a``,
            ``w_- = alpha b`` in place of ``alpha``; alpha is then 1 unless given. At D = 2 this
            minimises ``sum_i c_i q(beta_i/c_i) - beta_i ln(a_i/b_i)``, ``c_i = a_i b_i``.
        tol: bound on the relative residual and duality gap; not used with digits.
        digits: prove that many digits of every entry of beta, relative to itself, by Krawczyk's
            test in balls [krawczyk1969; johansson2017], and return them in ``enclosure``;
            "auto": 17, and only where doubles do not certify the answer.

    Returns:
        A Solution with every field set; ``residual, gap <= tol`` and ``error <= 1e-8``. With a
        start, ``dual`` is nu in ``grad Q(beta) = X^T nu``, Q taken at ``alpha = 1``'s units. With
        digits, ``beta`` and ``dual`` are the doubles next to ``enclosure``.

    Raises:
        ValueError, TypeError: bad input, named with the way out.
        InfeasibleError: no beta has ``X beta = y``; with digits, proved in rationals.
        PrecisionError: doubles do not certify the answer; ``.reached`` is what there is and
            ``.digits`` what to ask for.
        EnclosureError: digits were asked for, and no precision that was tried proves them.
    """
    scale = as_scale(alpha, log_alpha, log10_alpha, needed=start is None)
    wanted, tol = as_digits(digits), as_tolerance(tol)
    if isinstance(wanted, int):
        return VerifiedSolver.for_data(X, y, depth, start).solve(scale, wanted)
    if wanted is None:
        return Minimizer.for_data(X, y, depth, start, tol).solve(scale.log_alpha)
    try:
        return Minimizer.for_data(X, y, depth, start, tol).solve(scale.log_alpha)
    except PrecisionError as error:
        return VerifiedSolver.for_data(X, y, depth, start).solve(scale, error.digits)


def as_digits(digits: Any) -> int | str | None:
    """``digits`` as a number >= 1, "auto" or None."""
    if digits is None or (isinstance(digits, str) and digits == AUTO):
        return digits
    return as_whole_digits(digits)
