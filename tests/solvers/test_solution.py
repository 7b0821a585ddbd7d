"""What a solution carries, whoever made it, and that it travels."""

import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from implicitbias import (
    Path,
    PrecisionError,
    Solution,
    min_l1,
    min_l2,
    path,
    solve,
    solve_conic,
    solve_explicit,
)
from implicitbias.solvers.certificate import Enclosed, ErrorBound, ExactVertex, GapBound, Status
from implicitbias.solvers.enclosure import Enclosure

FACE_X = np.array([[1.0, 1, 1], [0, 1, 2]])  # its l1 minimisers are (.4+t, .6-2t, t), 0 <= t <= .3
FACE_Y = np.array([1, 0.6])
LINE_X, LINE_Y = np.array([[1.0, 2.0, 4.0]]), np.array([1.0])  # one l1 minimiser

OPTIONAL = ("error", "iterations", "log_alpha", "depth", "enclosure", "exact")
MADE: list[tuple[str, Callable[[], Solution], type, str]] = [
    (
        "solve",
        lambda: solve(FACE_X, FACE_Y, alpha=0.1, depth=3),
        ErrorBound,
        "error iterations log_alpha depth",
    ),
    (
        "conic",
        lambda: solve_conic(FACE_X, FACE_Y, alpha=0.1, depth=3),
        ErrorBound,
        "error iterations log_alpha depth",
    ),
    (
        "digits",
        lambda: solve(FACE_X, FACE_Y, alpha="1e-30", depth=3, digits=30),
        Enclosed,
        "error log_alpha depth enclosure",
    ),
    ("min_l1", lambda: min_l1(FACE_X, FACE_Y), GapBound, "iterations"),
    (
        "exact, unique",
        lambda: min_l1(LINE_X, LINE_Y, exact=True),
        ExactVertex,
        "error iterations enclosure exact",
    ),
    (
        "exact, many",
        lambda: min_l1(FACE_X, FACE_Y, exact=True),
        ExactVertex,
        "error iterations depth enclosure exact",
    ),
    ("min_l2", lambda: min_l2(FACE_X, FACE_Y), GapBound, ""),
    (
        "explicit, depth 2",
        lambda: solve_explicit(FACE_X, FACE_Y, alpha=0.1),
        ErrorBound,
        "error iterations log_alpha depth",
    ),
    (
        "explicit, depth 3",
        lambda: solve_explicit(FACE_X, FACE_Y, alpha=0.1, depth=3),
        GapBound,
        "iterations log_alpha depth",
    ),
]
made = pytest.mark.parametrize(
    ("make", "kind", "given"), [m[1:] for m in MADE], ids=[m[0] for m in MADE]
)


@made
def test_a_field_is_none_where_it_does_not_apply(
    make: Callable[[], Solution], kind: type, given: str
) -> None:
    found = make()
    assert type(found.certificate) is kind
    assert [name for name in OPTIONAL if getattr(found, name) is not None] == given.split()
    assert isinstance(found.residual, float) and isinstance(found.gap, float)
    stationary = kind is GapBound and found.depth == 3
    assert found.status == ("stationary" if stationary else "global")
    assert found.certificate.holds(1e-10) == (not stationary)


@made
def test_a_solution_travels(make: Callable[[], Solution], kind: type, given: str) -> None:
    found = make()
    back = pickle.loads(pickle.dumps(found))
    assert type(back) is Solution and type(back.certificate) is kind
    assert (back.beta == found.beta).all() and (back.dual == found.dual).all()
    for name in ("residual", "gap", "status", "error", "iterations", "log_alpha", "depth"):
        assert getattr(back, name) == getattr(found, name)
    assert back.status is found.status
    if found.enclosure is not None:
        assert (back.enclosure.digits, back.enclosure.bits) == (
            found.enclosure.digits,
            found.enclosure.bits,
        )
        for part in ("balls", "dual"):
            for ball, same in zip(
                getattr(found.enclosure, part), getattr(back.enclosure, part), strict=True
            ):
                assert ball.mid() == same.mid() and ball.rad() == same.rad()
    if found.exact is not None:
        for name in ("beta", "dual", "norm", "unique"):
            assert getattr(back.exact, name) == getattr(found.exact, name)


def test_figures_are_those_of_the_certificate_and_of_the_stats() -> None:
    found = solve(FACE_X, FACE_Y, alpha=0.1, depth=3)
    other = replace(found, certificate=ErrorBound(1.0, 2.0, 3.0))
    assert (other.residual, other.gap, other.error) == (1.0, 2.0, 3.0)
    other = replace(found, certificate=GapBound(1.0, 2.0, Status.STATIONARY))
    assert (other.residual, other.gap, other.error) == (1.0, 2.0, None)
    assert other.status is Status.STATIONARY
    other = replace(found, stats=replace(found.stats, iterations=99))
    assert (other.iterations, other.depth, other.log_alpha) == (99, 3, math.log(0.1))


def test_a_solution_is_equal_to_itself_alone_and_shows_its_figures() -> None:
    found = solve(FACE_X, FACE_Y, alpha=0.1, depth=3)
    assert found != replace(found) and found == found  # noqa: PLR0124
    for text in ("Solution(beta=array(", "depth=3", f"ErrorBound(residual={found.residual!r}"):
        assert text in repr(found)
    explicit = solve_explicit(FACE_X, FACE_Y, alpha=0.1, depth=3)
    assert "status='stationary'" in repr(explicit)


def test_balls_travel_as_they_are() -> None:
    random = np.random.default_rng(0)
    with ctx.workprec(200):
        balls = [arb(2).sqrt() * float(v) for v in random.standard_normal(200)]
        balls += [arb(k, 2.0**-j) for j, k in enumerate((0, 1, -3, 5))]
        balls += [arb(1, arb(k) / 2**40) for k in (3, 5, 7, 1023)] + [arb(0), arb(7)]
    found = Enclosure(tuple(balls), (), 17, 200)
    back = pickle.loads(pickle.dumps(found))
    for ball, same in zip(balls, back.balls, strict=True):
        assert ball.mid() == same.mid() and ball.rad() == same.rad()


def test_a_path_and_its_error_travel() -> None:
    with pytest.raises(PrecisionError) as caught:
        path(FACE_X, FACE_Y, log_alphas=[0.0, -3.0, -30.0], depth=3)
    error: Any = caught.value
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is PrecisionError and str(back) == str(error)
    assert (back.reason, back.digits) == (error.reason, error.digits)
    assert back.reason.startswith("error ") and back.reason.endswith(" above 1e-08")
    assert (back.reached.beta == error.reached.beta).all()
    assert isinstance(back.partial, Path)
    assert (back.partial.betas == error.partial.betas).all() and len(back.partial.solutions) == 2
