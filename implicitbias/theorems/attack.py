"""An adversary for a statement: 60 digits at random and extreme points where its hypotheses hold.

It shares nothing with the tactics: sympy adds up the sums and differentiates, mpmath evaluates.
A vector is given small sizes; `f(t)`, its derivatives and its integrals are numbers of their own,
as at one time they can be. Where hypotheses hold for every time, functions are given in closed form
(`_functions`). Equations are solved for one unknown each; bounds of an unknown are met, with an
inclination to meet them exactly, so that a bound without slack shows.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mpmath
import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from implicitbias.symbolic.scope import is_opaque

__all__ = ["Finding", "attack"]

DIGITS = 60
SURE = (
    1000,
    8000,
)  # digits with which a counterexample is computed again, so that it is not cancellation
CLEAR = mpmath.mpf(10) ** -25  # a gap, relative to the sides, that no rounding of 60 digits makes
SPARE = 15  # digits that an equation of the hypotheses may lose
ENOUGH = 12  # admissible points without which "no counterexample" says nothing
MOVES = 40  # of a walk
PATIENCE = 5  # moves that come no nearer to where the hypotheses hold
HOPELESS = 3  # starts without an admissible point after which another system is tried
TIMES = (sp.Integer(0), sp.Integer(1), sp.Rational(-1, 2), sp.Integer(3))  # for "every time"
LARGEST = 3  # of a size, such as d
TIED = 0.3  # how often two vectors are the same one

Finding = tuple[Literal["false", "true", "unknown"], str]
"""false: a point, as text; true: how many points found nothing; unknown: why."""

_ERRORS = (ArithmeticError, ValueError, TypeError, OverflowError, mpmath.libmp.NoConvergence)


class _NoPointError(Exception):
    """This draw does not satisfy the hypotheses, or cannot be evaluated."""


def attack(
    hypotheses: Sequence[sp.Basic],
    conclusion: sp.Basic,
    every: Sequence[sp.Symbol],
    *,
    seed: int = 0,
    seconds: float = 2.0,
) -> Finding:
    """Look for a point at which the hypotheses hold and the conclusion does not.

    every: the symbols for every value of which the hypotheses hold, as `Statement.every` gives.
    """
    rng = random.Random(seed)
    end, met, trouble = time.monotonic() + seconds, 0, "no point satisfies the hypotheses"
    with mpmath.workdps(DIGITS):
        while time.monotonic() < end:
            try:
                problem = _problem(hypotheses, conclusion, every, rng)
            except (_NoPointError, *_ERRORS) as error:
                trouble = f"{type(error).__name__}: {error}"
                continue
            found, count = _search(problem, rng, min(end, time.monotonic() + seconds / 6))
            if found is not None:
                return "false", found
            met += count
    if met < ENOUGH:
        return "unknown", f"{met} admissible points; {trouble}"
    return "true", f"{met} points"


# -- the points ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Problem:
    """Finitely many relations between numbers, and how each unknown gets its own."""

    rows: Sequence[Relational]
    conclusion: sp.Basic
    defined: Mapping[sp.Basic, sp.Expr]  # unknown = expression in others
    solved: Mapping[sp.Basic, sp.Expr]  # unknown is a zero of the expression
    bounds: Mapping[sp.Basic, Sequence[tuple[int, sp.Expr]]]  # (1, e): e <= unknown, (-1, e): above
    unknowns: Sequence[sp.Basic]


def _problem(
    hypotheses: Sequence[sp.Basic],
    conclusion: sp.Basic,
    every: Sequence[sp.Symbol],
    rng: random.Random,
) -> _Problem:
    rows, goal, later = _finite(*_tied(hypotheses, conclusion, rng), every, rng)
    all_names = set().union(*map(_unknowns, (*rows, *later, goal)))
    plain = {name: _plain(name) for name in all_names if not isinstance(name, sp.Symbol)}

    def bare(row: sp.Basic) -> sp.Basic:
        return _mapped(row, lambda side: side.replace(sp.Abs, _Modulus).xreplace(plain))

    rows, later, goal = [*map(bare, rows)], [*map(bare, later)], bare(goal)
    equations = [row for row in rows if isinstance(row, sp.Eq)]
    rows = [*rows, *later]
    unknowns = sorted(set().union(*map(_unknowns, (*rows, goal))), key=sp.default_sort_key)
    defined: dict[sp.Basic, sp.Expr] = {}
    solved: dict[sp.Basic, sp.Expr] = {}
    depends: dict[sp.Basic, set[sp.Basic]] = {}

    def reach(names: set[sp.Basic]) -> set[sp.Basic]:
        found, waiting = set(names), list(names)
        while waiting:
            for name in depends.get(waiting.pop(), set()) - found:
                found.add(name)
                waiting.append(name)
        return found

    bounded = {side for row in rows if not isinstance(row, sp.Eq) for side in row.args}
    waiting = rng.sample(equations, len(equations))
    for way in (_isolated, _linear, _any):  # the simpler first, each by the toss of a coin
        later_ways = []
        for row in waiting:
            residual = _residual(row)
            while way is _any and residual.has(*defined):
                residual = residual.xreplace(defined)
            names = [n for n in _unknowns(residual) - depends.keys() if not n.is_integer]
            names = [n for n in names if n not in reach(_unknowns(residual) - {n})]
            rng.shuffle(names := sorted(names, key=sp.default_sort_key))
            # What has bounds is drawn between them, or solved for there by a change of sign.
            names.sort(key=lambda name: (name in bounded) != (way is _any))
            answer = way(residual, names) if way is _any or rng.random() < 0.7 else None
            if answer is None:
                later_ways.append(row)
                continue
            name, value = answer
            (solved if way is _any else defined)[name] = value
            depends[name] = _unknowns(value) - {name}
        waiting = later_ways  # in the end those that follow from the others, if any point is met
    bounds: dict[sp.Basic, list[tuple[int, sp.Expr]]] = {}
    for row in rng.sample(rows, len(rows)):
        if not isinstance(row, sp.Lt | sp.Le | sp.Gt | sp.Ge):
            continue
        for name, value, side in ((row.lts, row.gts, -1), (row.gts, row.lts, 1)):
            free = name in unknowns and name not in defined
            if free and name not in reach(_unknowns(value)):
                bounds.setdefault(name, []).append((side, value))
                depends.setdefault(name, set()).update(_unknowns(value))
                break
    return _Problem(rows, goal, defined, solved, bounds, unknowns)


class _Modulus(sp.Function):  # type: ignore[misc]
    """Abs, of which sympy does not look for the real part."""


def _tied(
    hypotheses: Sequence[sp.Basic], conclusion: sp.Basic, rng: random.Random
) -> tuple[Sequence[sp.Basic], sp.Basic]:
    """At times one vector is another: where a minimiser is unique, no other point is admissible."""
    rows = [*hypotheses, conclusion]
    vectors, compared = set().union(*map(_vectors, rows)), _vectors(conclusion)
    if len(compared) > 1 and rng.random() < 0.5:
        vectors = compared
    if len(vectors) > 1 and rng.random() < TIED:
        one, other = rng.sample(sorted(vectors, key=str), 2)
        *hypotheses, conclusion = (
            _mapped(row, lambda side: side.xreplace({one: other})) for row in rows
        )
    return hypotheses, conclusion


def _vectors(row: sp.Basic) -> set[sp.Basic]:
    return {entry.base for entry in row.atoms(sp.Indexed) if len(entry.indices) == 1}


def _plain(name: sp.Basic) -> sp.Symbol:
    """A symbol in place of an entry or of a value of a function."""
    sign = {"positive": True} if name.is_positive else {"real": True}
    return sp.Symbol(str(name), **sign)


Answer = tuple[sp.Basic, sp.Expr] | None


def _residual(row: sp.Eq) -> sp.Expr:
    """What is to be 0; of equal powers the bases, which is enough."""
    left, right = row.args
    if isinstance(left, sp.Pow) and isinstance(right, sp.Pow) and left.exp == right.exp:
        return left.base - right.base
    return left - right


def _isolated(residual: sp.Expr, names: Sequence[sp.Basic]) -> Answer:
    """An unknown that is a term of the equation, with the rest."""
    for name in names:
        for sign in (1, -1):
            rest = residual - sign * name
            if not rest.has(name):
                return name, -sign * rest
    return None


def _linear(residual: sp.Expr, names: Sequence[sp.Basic]) -> Answer:
    for name in names:
        plain = sp.Dummy("plain")
        line = residual.xreplace({name: plain})
        slope = sp.diff(line, plain)
        if not slope.has(plain) and slope != 0:
            value = -line.xreplace({plain: sp.Integer(0)}) / slope
            return None if value.has(sp.nan, sp.zoo) else (name, value)
    return None


def _any(residual: sp.Expr, names: Sequence[sp.Basic]) -> Answer:
    return (names[0], residual) if names else None


def _finite(
    hypotheses: Sequence[sp.Basic],
    conclusion: sp.Basic,
    every: Sequence[sp.Symbol],
    rng: random.Random,
) -> tuple[list[Relational], sp.Basic, list[Relational]]:
    """The relations for chosen sizes, each index running over its values; those at later times."""
    rows = [*hypotheses, conclusion]
    times = [name for name in every if not name.is_integer]
    if times or any(map(_ties_integrals, rows)):
        rows = _functions(rows, rng)
    sizes: dict[sp.Symbol, int] = {}
    ends: dict[sp.Symbol, sp.Symbol] = {}
    for total in set().union(*(row.atoms(sp.Sum) for row in rows)):
        for index, _, last in total.limits:
            for name in last.free_symbols:
                sizes.setdefault(
                    name, rng.choice((1, 1, 2, 2, LARGEST) if str(name) != "N" else (1, 1, 2))
                )
            ends[index] = last
    free = {
        s for row in rows for s in row.free_symbols if isinstance(s, sp.Symbol) and s.is_integer
    }
    for name in sorted(free - set(every) - set(sizes), key=str):
        sizes[name] = rng.randint(1, max(1, int(sp.sympify(ends.get(name, 1)).subs(sizes))))
    given: list[sp.Basic] = []
    later: list[sp.Basic] = []
    for row in rows[:-1]:
        mine = [name for name in every if row.has(name)]
        choices: list[dict[sp.Symbol, object]] = [{}]
        for name in mine:
            last = int(sp.sympify(ends.get(name, LARGEST)).subs(sizes))
            values = range(1, last + 1) if name.is_integer else TIMES
            choices = [{**choice, name: value} for choice in choices for value in values]
        for choice in choices:
            late = any(choice[name] != TIMES[0] for name in times if name in choice)
            (later if late else given).append(_at(row, choice))

    def written_out(row: sp.Basic) -> sp.Basic:
        return _mapped(_at(row, sizes), lambda side: _open(_sums(side)))

    now, after = (
        [part for row in group for part in _branch(written_out(row), rng)]
        for group in (given, later)
    )
    known = {row: row.func(*row.args) for row in {*now, *after} if not _unknowns(row)}
    if sp.false in known.values():
        raise _NoPointError("a hypothesis is false at these sizes")
    now, after = (
        [row for row in dict.fromkeys(group) if known.get(row) != sp.true] for group in (now, after)
    )
    return now, written_out(rows[-1]), after


def _mapped(row: sp.Basic, change: Callable[[sp.Basic], sp.Basic]) -> sp.Basic:
    """The row with its sides changed; sympy does not try to decide it, which takes long."""
    if isinstance(row, sp.And | sp.Or | sp.Not):
        return row.func(*(_mapped(arg, change) for arg in row.args), evaluate=False)
    if isinstance(row, Relational):
        return row.func(*map(change, row.args), evaluate=False)
    return change(row)


def _at(row: sp.Basic, choice: Mapping[sp.Symbol, object]) -> sp.Basic:
    return _mapped(row, lambda side: side.subs(choice))


def _branch(row: sp.Basic, rng: random.Random) -> list[sp.Basic]:
    """The relations of one of the cases, which is as much as is asked and more."""
    if isinstance(row, sp.Or):
        return _branch(rng.choice(row.args), rng)
    if isinstance(row, sp.And):
        return [part for arg in row.args for part in _branch(arg, rng)]
    return [row]


def _sums(expr: sp.Basic) -> sp.Basic:
    """Sums written out."""
    if isinstance(expr, sp.Sum):
        body, (index, first, last) = expr.function, expr.limits[0]
        inner = sp.Sum(body, *expr.limits[1:]) if len(expr.limits) > 1 else body
        terms = (inner.subs(index, j) for j in range(int(first), int(last) + 1))
        return sp.Add(*map(_sums, terms))
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    args = [_sums(arg) for arg in expr.args]
    return expr if tuple(args) == expr.args else expr.func(*args)


def _open(expr: sp.Basic) -> sp.Basic:
    """Derivatives of what is known carried out, those of an unknown function left."""
    if isinstance(expr, sp.Limit):
        return expr
    return expr.doit(integrals=False) if expr.has(sp.Derivative) else expr


def _ties_integrals(row: sp.Basic) -> bool:
    """Whether an integral is of more than a bare f(x), and so no number of its own."""
    return any(
        total.has(AppliedUndef) and not isinstance(total.function, AppliedUndef)
        for total in row.atoms(sp.Integral)
    )


def _functions(rows: Sequence[sp.Basic], rng: random.Random) -> list[sp.Basic]:
    """Each function of one time as an exponential of it, or a line; the constants are unknowns.

    One rate for all or one each, an exponential with a constant added or without, a line with a
    slope or without, by the toss of a coin each: the derivative of the one is of the shape of the
    other.
    """
    line, alike = rng.random() < 0.4, rng.random() < 0.7
    rows = [row.replace(sp.Integral, _integrated) for row in rows]
    functions = {f.func for row in rows for f in row.atoms(AppliedUndef) if len(f.args) == 1}
    for function in sorted(functions, key=str):
        sign = {"positive": True} if function.is_positive is True else {"real": True}
        size, shift = sp.Symbol(f"{function}_0", **sign), sp.Symbol(f"{function}_1", real=True)
        rate = sp.Symbol("rate" if alike else f"{function}_rate", real=True)
        x = sp.Dummy("x", real=True)
        value = size if line else size * sp.exp(rate * x)
        if rng.random() < 0.5:
            value += shift * x if line else shift
        replaced = sp.Lambda(x, value)
        rows = [row.replace(function, replaced) for row in rows]
    return [
        row.func(*map(_derived, row.args), evaluate=False)
        if isinstance(row, Relational)
        else _derived(row)
        for row in rows
    ]


def _integrated(integrand: sp.Expr, *limits: sp.Tuple) -> sp.Expr:
    """``c f^p f'`` integrated over a time, which saves a quadrature; else the same integral."""
    total = sp.Integral(integrand, *limits)
    derivatives = [f for f in sp.Mul.make_args(integrand) if isinstance(f, sp.Derivative)]
    if len(limits) != 1 or len(limits[0]) != 3 or len(derivatives) != 1:
        return total
    (time_, begin, end), (derivative,) = limits[0], derivatives
    function = derivative.expr
    constant, power = (integrand / derivative).as_independent(time_, as_Add=False)
    base, exponent = power.as_base_exp()
    if base != function or derivative.variables != (time_,) or exponent in (-1, 0):
        return total
    primitive = constant * function ** (exponent + 1) / (exponent + 1)
    return primitive.subs(time_, end) - primitive.subs(time_, begin)


def _derived(expr: sp.Basic) -> sp.Basic:
    """Derivatives carried out, those under an integral too, and no integral."""
    if not expr.has(sp.Derivative) or not expr.args:
        return expr
    inner = expr.func(*map(_derived, expr.args))
    return inner.doit(integrals=False, deep=False) if isinstance(inner, sp.Derivative) else inner


def _unknowns(expr: sp.Basic) -> set[sp.Basic]:
    """What gets a number: symbols, entries, and the unknown functions at their arguments."""
    if isinstance(expr, sp.Symbol):
        return {expr}
    if isinstance(expr, sp.Limit):
        return _unknowns(expr.args[0]) - {expr.args[1]}
    if isinstance(expr, sp.Integral) and not expr.has(AppliedUndef):
        bound = {row[0] for row in expr.limits}
        return set().union(*map(_unknowns, expr.args)) - bound
    if is_opaque(expr) or isinstance(expr, sp.Subs):
        return {expr}
    return set().union(*map(_unknowns, expr.args)) if expr.args else set()


# -- the search ------------------------------------------------------------------------------------

Gene = tuple[int, float, float]
Numbers = dict[sp.Basic, Any]


def _search(problem: _Problem, rng: random.Random, end: float) -> tuple[str | None, int]:
    """Draw points, then walk from each to where the hypotheses hold, and on towards a smaller gap.

    The counterexample, and how many points were met at which the hypotheses hold.
    """
    evaluate = _Evaluator()
    met = draws = 0
    while time.monotonic() < end and (met or draws < HOPELESS):
        draws += 1
        genes = {name: _gene(rng) for name in problem.unknowns}
        best: tuple[Any, Any] | None = None  # how far off the hypotheses, then the gap
        improved = 0
        for move in range(MOVES):
            if time.monotonic() > end:
                break
            trial = _moved(genes, rng) if move else genes
            try:
                numbers = _numbers(problem, trial, evaluate)
                off = _violation(problem.rows, numbers, evaluate)
                gap = mpmath.inf if off else _gap(problem.conclusion, numbers, evaluate)
                if (gap is None or gap < -CLEAR) and _is_sure(problem, trial, evaluate):
                    return _text(numbers, gap), met
            except (_NoPointError, *_ERRORS):
                if best is None and move > 4:
                    break
                continue
            met += not off
            here = (off, mpmath.inf if gap is None else gap)
            if best is None or here <= best:
                best, genes, improved = here, trial, move
            if not genes:
                return None, 0 if off else max(met, ENOUGH)  # nothing is free: that decides
            if best[0] and move - improved > PATIENCE:
                break
    return None, met


def _moved(genes: Mapping[sp.Basic, Gene], rng: random.Random) -> dict[sp.Basic, Gene]:
    """One or two unknowns drawn anew, shifted a little, or drawn like another one."""
    trial = dict(genes)
    for name in rng.sample(list(genes), min(len(genes), rng.choice((1, 1, 2)))):
        toss = rng.random()
        if toss < 0.2:
            trial[name] = rng.choice(list(genes.values()))
        else:
            trial[name] = _gene(rng) if toss < 0.6 else _near(trial[name], rng)
    return trial


def _is_sure(problem: _Problem, genes: Mapping[sp.Basic, Gene], evaluate: _Evaluator) -> bool:
    """Whether the same point, computed again with many more digits, says the same.

    What is rounding alone is as large as itself in relation to sides that are rounding too; but
    with more digits it is smaller.
    """
    gaps, differences = [], []
    rows = (*problem.rows, problem.conclusion)
    for digits in (DIGITS, DIGITS + 30) if any(r.has(sp.Integral) for r in rows) else SURE:
        with mpmath.workdps(digits):
            numbers = _numbers(problem, genes, evaluate)
            if _violation(problem.rows, numbers, evaluate):
                raise _NoPointError("a hypothesis was within rounding")
            gaps.append(_gap(problem.conclusion, numbers, evaluate))
            differences.append(_difference(problem.conclusion, numbers, evaluate))
    if None in gaps:
        return gaps == [None, None]
    stays = abs(differences[0] - differences[1]) <= abs(differences[1]) / 100
    return bool(max(gaps) < -CLEAR and stays)


def _difference(conclusion: sp.Basic, numbers: Numbers, evaluate: _Evaluator) -> Any:
    """Of its sides, if it is one relation between numbers."""
    if not isinstance(conclusion, Relational) or conclusion.has(sp.Limit):
        return mpmath.mpf(0)
    sides = _sides(conclusion, numbers, evaluate)
    return mpmath.mpf(0) if sides is None else sides[1] - sides[0]


def _gene(rng: random.Random) -> Gene:
    return rng.randrange(12), rng.random(), rng.random()


def _near(gene: Gene, rng: random.Random) -> Gene:
    kind, u, v = gene
    return kind, min(1.0, max(0.0, u + rng.gauss(0, 0.1) * rng.random() ** 2)), v


def _numbers(problem: _Problem, genes: Mapping[sp.Basic, Gene], evaluate: _Evaluator) -> Numbers:
    numbers: Numbers = {}

    def value(name: sp.Basic) -> Any:
        if name not in numbers:
            numbers[name] = compute(name)
        return numbers[name]

    def at(expr: sp.Expr) -> Any:
        return evaluate(expr, {n: value(n) for n in _unknowns(expr)})

    def compute(name: sp.Basic) -> Any:
        if name in problem.defined:
            return at(problem.defined[name])
        if name in problem.solved:
            residual = problem.solved[name]
            others = {n: value(n) for n in _unknowns(residual) - {name}}
            function = lambda x: evaluate(residual, {**others, name: x})  # noqa: E731
            return _root(function, genes[name], *ends(name))
        return _draw(*ends(name), genes[name])

    def ends(name: sp.Basic) -> tuple[Any, Any]:
        low, high = -mpmath.inf, mpmath.inf
        if name.is_positive or name.is_nonnegative:
            low = mpmath.mpf(0)
        for side, bound in problem.bounds.get(name, ()):
            if side > 0:
                low = max(low, at(bound))
            else:
                high = min(high, at(bound))
        return low, high

    for name in problem.unknowns:
        value(name)
    for name, number in numbers.items():
        if not abs(number) < mpmath.mpf(10) ** 40 or mpmath.im(number) != 0:
            raise _NoPointError(f"{name} = {number}")
        if (name.is_positive and number <= 0) or (name.is_nonnegative and number < 0):
            raise _NoPointError(f"{name} = {number}")
    return numbers


def _draw(low: Any, high: Any, gene: Gene) -> Any:
    """A number between the ends: in the middle, near an end, at an end; over many scales."""
    kind, u, v = gene
    u_ = mpmath.mpf(u)
    if not low <= high:
        raise _NoPointError("empty interval")
    scale = mpmath.mpf(10) ** ((2 * u_ - 1) * (0.5, 1, 1, 2)[kind % 4])
    if mpmath.isfinite(low) and mpmath.isfinite(high):
        if kind < 5:
            return low + (high - low) * u_
        near = (high - low) * mpmath.mpf(10) ** (-(1 + 8 * u_)) if kind < 9 else mpmath.mpf(0)
        return high - near if v < 0.5 else low + near
    if mpmath.isfinite(low):
        tight = kind >= 9 and low != 0  # a sign that a symbol assumes is strict
        return low + (0 if tight else scale if low == 0 else scale * abs(low) * kind)
    if mpmath.isfinite(high):
        return high - (0 if kind >= 9 else scale if high == 0 else scale * abs(high) * kind)
    if kind == 11 and v < 0.3:
        return mpmath.mpf(round(4 * u) - 2)
    return scale * (1 if v < 0.5 else -1)


def _root(function: Callable[[Any], Any], gene: Gene, low: Any, high: Any) -> Any:
    """A zero: between two signs where there are ends, else by secants from a drawn start."""
    if mpmath.isfinite(low) and mpmath.isfinite(high):
        inside = [low + (high - low) * (k + mpmath.mpf(gene[1]) / 2) / 9 for k in range(9)]
        values = [function(x) for x in inside]
        tiny = max(map(abs, values)) * mpmath.mpf(10) ** (SPARE - mpmath.mp.dps)
        for end in (low, high):  # where a bound is met exactly
            try:
                if abs(function(end)) < tiny:
                    return end
            except ZeroDivisionError:
                continue
        for k in range(8):
            if mpmath.im(values[k]) == mpmath.im(values[k + 1]) == 0 and (
                mpmath.re(values[k]) * mpmath.re(values[k + 1]) <= 0
            ):
                return mpmath.findroot(function, inside[k : k + 2], solver="anderson", verify=False)
        raise _NoPointError("no change of sign")
    a = _draw(low, high, gene)
    b = a * mpmath.mpf("1.25")
    f_a, f_b = function(a), function(b)
    for _ in range(80):
        if f_b == 0 or abs(b - a) < abs(b) * mpmath.mpf(10) ** (3 - mpmath.mp.dps):
            return b
        if f_a == f_b:
            raise _NoPointError("flat")
        a, b, f_a = b, b - f_b * (b - a) / (f_b - f_a), f_b
        f_b = function(b)
        if mpmath.im(f_b) != 0:
            raise _NoPointError("complex")
    raise _NoPointError("no root")


def _violation(rows: Sequence[Relational], numbers: Numbers, evaluate: _Evaluator) -> Any:
    """How far the relations are from all holding; 0 where they do."""
    gaps = [_gap(row, numbers, evaluate) for row in rows]
    if None in gaps:
        raise _NoPointError("a hypothesis is undefined")
    tiny = mpmath.mpf(10) ** (SPARE - mpmath.mp.dps)
    return sum((-gap for gap in gaps if gap < -tiny), mpmath.mpf(0))


def _gap(relation: sp.Basic, numbers: Numbers, evaluate: _Evaluator) -> Any:
    """How far the relation is from failing, relative to its sides; < 0 where it fails.

    None where a side is not a real number.
    """
    if relation in (sp.true, sp.false):
        return mpmath.mpf(1 if relation == sp.true else -1)
    if isinstance(relation, sp.And | sp.Or):
        gaps = [_gap(arg, numbers, evaluate) for arg in relation.args]
        gaps = [mpmath.mpf(-1) if gap is None else gap for gap in gaps]
        return min(gaps) if isinstance(relation, sp.And) else max(gaps)
    if not isinstance(relation, Relational):
        raise _NoPointError(f"no relation: {relation}")
    if any(side.has(sp.Limit) for side in relation.args):
        return _limit_gap(relation, numbers, evaluate)
    sides = _sides(relation, numbers, evaluate)
    if sides is None:
        return None
    left, right = sides
    difference, strict = right - left, isinstance(relation, sp.Lt | sp.Gt)
    size = abs(left) + abs(right)
    if 0 in relation.args:  # then a side that is all rounding would be as large as itself
        terms = (term for side in relation.args for term in sp.Add.make_args(side))
        size = sum(abs(evaluate(t, {n: numbers[n] for n in _unknowns(t)})) for t in terms)
    if relation.has(sp.Integral):
        size *= mpmath.mpf(10) ** 15  # a quadrature has fewer digits
    if isinstance(relation, sp.Ne):
        return abs(difference) - mpmath.mpf(10) ** (-mpmath.mp.dps // 2)
    if strict and difference == 0:
        return -2 * CLEAR
    relative = difference / size if size else mpmath.mpf(0)
    if isinstance(relation, sp.Eq):
        return -abs(relative)
    return relative if isinstance(relation, sp.Lt | sp.Le) else -relative


def _sides(relation: sp.Basic, numbers: Numbers, evaluate: _Evaluator) -> tuple[Any, Any] | None:
    """Both sides; None where one is not a real number."""
    try:
        left, right = (
            evaluate(side, {n: numbers[n] for n in _unknowns(side)}) for side in relation.args
        )
    except ZeroDivisionError:
        return None
    tiny = mpmath.mpf(10) ** (5 - mpmath.mp.dps)
    for side in (left, right):
        if mpmath.isnan(side) or abs(mpmath.im(side)) > tiny * abs(side):
            return None
    left, right = mpmath.re(left), mpmath.re(right)
    if not (mpmath.isfinite(left) and mpmath.isfinite(right)):
        raise _NoPointError("out of range")
    return left, right


def _limit_gap(relation: sp.Basic, numbers: Numbers, evaluate: _Evaluator) -> Any:
    """The limit on one side, compared with values ever nearer to it."""
    limit, value = relation.args if isinstance(relation.lhs, sp.Limit) else relation.args[::-1]
    if not isinstance(limit, sp.Limit) or isinstance(relation, sp.Ne):
        raise _NoPointError("a limit inside of an expression")
    expr, x, x0, _ = limit.args
    wanted = evaluate(value, {n: numbers[n] for n in _unknowns(value)})
    off = []
    for k in (4, 16, 64, 256, 1024, 4096, 16384):
        with mpmath.workdps(DIGITS + (3 * k if x0 == 0 else 10)):
            near = mpmath.mpf(10) ** k if x0 == sp.oo else mpmath.mpf(10) ** -k + evaluate(x0, {})
            here = {n: numbers[n] for n in _unknowns(expr) - {x}}
            off.append(evaluate(expr, {**here, x: near}) - wanted)
    if abs(off[-1]) < mpmath.mpf("1e-3") and abs(off[-1]) <= abs(off[-2]):
        return mpmath.mpf(-1 if isinstance(relation, sp.Lt | sp.Gt) else 1)
    if abs(off[-1]) > mpmath.mpf("0.9") * abs(off[-2]):
        above = (off[-1] > 0) == (limit == relation.lhs)
        rises = isinstance(relation, sp.Gt | sp.Ge)
        return mpmath.mpf(1 if not isinstance(relation, sp.Eq) and above == rises else -1)
    raise _NoPointError("the limit is not reached")


class _Evaluator:
    """Expressions compiled for mpmath, each once."""

    def __init__(self) -> None:
        self._known: dict[sp.Basic, tuple[list[sp.Basic], Callable[..., Any]]] = {}

    def __call__(self, expr: sp.Basic, numbers: Mapping[sp.Basic, Any]) -> Any:
        if expr.has(sp.zoo, sp.nan):
            raise _NoPointError("a division by zero")
        if expr not in self._known:
            names = sorted(_unknowns(expr), key=sp.default_sort_key)
            plain = {name: sp.Dummy(f"x{k}", real=True) for k, name in enumerate(names)}
            body = expr.xreplace(plain)
            self._known[expr] = (
                names,
                sp.lambdify(
                    list(plain.values()),
                    body,
                    [{"_Modulus": mpmath.fabs}, "mpmath"],
                    cse=not body.has(sp.Integral),
                ),
            )
        names, function = self._known[expr]
        return mpmath.mpmathify(function(*(numbers[name] for name in names)))


def _text(numbers: Numbers, gap: Any) -> str:
    shown = ", ".join(f"{n} = {mpmath.nstr(v, 6)}" for n, v in sorted(numbers.items(), key=str))
    return f"{shown}: " + ("undefined" if gap is None else f"off by {mpmath.nstr(-gap, 3)}")
