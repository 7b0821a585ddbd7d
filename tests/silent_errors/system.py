"""``F(nu) = y - X beta(X^T nu)`` in balls: Newton's step, Krawczyk's test, the condition number."""

from collections.abc import Sequence

from flint import arb, arb_mat, ctx, fmpq

from tests.silent_errors.equations import Equations
from tests.silent_errors.weights import Model, OutsideError, Point, Weights

POLISHED = 40  # Newton steps to the working precision


class ImpreciseError(Exception):
    """The working precision is too low."""


class System:
    """The equations and the weights, at the working precision of its making.

    Attributes:
        A, b: X and y, rows divided by powers of two so that an entry of nu is as large as those of
            s. image: ``A beta(0)``; missing: ``b - A beta(0)``.
    """

    def __init__(self, equations: Equations, model: Model) -> None:
        self.n, self.d = equations.X.nrows(), equations.X.ncols()
        self.bits = ctx.prec
        rows = [[equations.X[i, j] for j in range(self.d)] for i in range(self.n)]
        self.shifts = [_power_of_two(row) for row in rows]
        entries = [arb(e / s) for row, s in zip(rows, self.shifts, strict=True) for e in row]
        targets = zip(equations.y.entries(), self.shifts, strict=True)
        self.A = arb_mat(self.n, self.d, entries)
        self.AT = self.A.transpose()
        self.b = arb_mat(self.n, 1, [arb(t / s) for t, s in targets])
        self.weights = Weights.of(model, self.d)
        self.beta_0 = self.weights.at([arb(0)] * self.d).beta
        self.image = self.A * column(self.beta_0)
        self.missing = self.b - self.image

    def at(self, nu: arb_mat) -> Point:
        return self.weights.at((self.AT * nu).entries())

    def jacobian(self, slope: Sequence[arb]) -> arb_mat:
        """``A diag(slope) A^T``."""
        return arb_mat(self.n, self.d, _times(self.A.tolist(), slope)) * self.AT

    def solve(self, slope: Sequence[arb], right: arb_mat) -> arb_mat:
        """ImpreciseError where the Jacobian is not proved to be invertible."""
        try:
            return self.jacobian(slope).solve(right)
        except ZeroDivisionError:
            raise ImpreciseError from None

    def polished(self, nu: arb_mat) -> arb_mat:
        """Newton's method until rounding stops it."""
        before = None
        for _ in range(POLISHED):
            point = self.at(nu)
            step = self.solve(point.slope, self.b - self.A * column(point.beta))
            size = max(abs(entry.mid()) for entry in step.entries())
            rounding = all(entry.contains(0) for entry in step.entries())
            if rounding or (before is not None and not size < before):
                break
            nu, before = (nu + step).mid(), size
        return nu

    def proved(self, nu: arb_mat) -> tuple[arb_mat, list[arb], float] | None:
        """A box around nu that holds the zero of F, beta over it, and the condition number.

        None where Krawczyk's test does not prove it. ``nu + Y F(nu) + (1 - Y J(box)) (box - nu)``
        inside the box, F' being -J, proves that F has a zero there.
        """
        try:
            nu = self.polished(nu)
            point = self.at(nu)
            inverse = self.jacobian(point.slope).mid().inv().mid()
            step = inverse * (self.b - self.A * column(point.beta))
            tiny = max(abs(e).upper() for e in nu.entries()) * arb(2) ** (-4 * self.bits)
            radii = [(2 * abs(entry).upper() + tiny).upper() for entry in step.entries()]
            box = column([arb(0, radius) for radius in radii])
            around = self.at(nu + box)
            image = step + (eye(self.n) - inverse * self.jacobian(around.slope)) * box
        except (OutsideError, ImpreciseError, ZeroDivisionError):
            return None
        pairs = zip(box.entries(), image.entries(), strict=True)
        if not all(outer.contains_interior(inner) for outer, inner in pairs):
            return None
        found = nu + image
        beta = self.at(found).beta
        return found, beta, self._condition(beta, around.slope, found, inverse)

    def _condition(
        self, beta: Sequence[arb], slope: Sequence[arb], nu: arb_mat, inverse: arb_mat
    ) -> float:
        """``max (|P| |A|^T |nu| + |G| (|b| + |A| |beta|)) / max|beta|``, ``G = K A^T J^-1``,
        ``P = K - G A K``: from ``A K A^T dnu = db - dA beta - A K dA^T nu``.
        """
        size = max(abs(b).mid() for b in beta)
        if size == 0:
            return 1.0
        K = [k.mid() for k in slope]
        KAT = arb_mat(self.n, self.d, _times(self.A.tolist(), K)).transpose()
        G = (KAT * inverse).mid()
        diagonal = [K[i] if i == j else arb(0) for i in range(self.d) for j in range(self.d)]
        P = (arb_mat(self.d, self.d, diagonal) - G * KAT.transpose()).mid()
        P, AT, nu, G, b, A = (_absolute(part) for part in (P, self.AT, nu, G, self.b, self.A))
        total = P * (AT * nu) + G * (b + A * _absolute(column(beta)))
        return float(max(entry.mid() for entry in total.entries()) / size)

    def duals(self, nu: arb_mat) -> list[arb]:
        """nu of the rows as given."""
        return [v / arb(s) for v, s in zip(nu.entries(), self.shifts, strict=True)]


def column(values: Sequence[arb]) -> arb_mat:
    return arb_mat(len(values), 1, list(values))


def eye(n: int) -> arb_mat:
    return arb_mat(n, n, [arb(int(i == j)) for i in range(n) for j in range(n)])


def _times(rows: Sequence[Sequence[arb]], factors: Sequence[arb]) -> list[arb]:
    return [entry * factor for row in rows for entry, factor in zip(row, factors, strict=True)]


def _absolute(matrix: arb_mat) -> arb_mat:
    return arb_mat(matrix.nrows(), matrix.ncols(), [abs(e.mid()) for e in matrix.entries()])


def _power_of_two(row: Sequence[fmpq]) -> fmpq:
    """About the largest entry."""
    size = max(abs(entry) for entry in row)
    shift = int(size.p).bit_length() - int(size.q).bit_length()
    return fmpq(2**shift) if shift >= 0 else fmpq(1, 2**-shift)
