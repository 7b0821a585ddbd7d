"""The four kinds of certificate, and that they alone say what is certified."""

import ast
import json
import math
from pathlib import Path
from typing import Any

import pytest
from flint import arb

import implicitbias
from implicitbias.solvers.certificate import (
    ERROR_TOL,
    Certificate,
    Enclosed,
    ErrorBound,
    ExactL1,
    ExactVertex,
    GapBound,
    Status,
)
from implicitbias.solvers.enclosure import Enclosure

TOL = 1e-10
BALLS = Enclosure((arb(1),), (arb(1),), 17, 120)
VERTEX = ExactL1((), (), 0, unique=True)

HOLD = [
    GapBound(TOL, TOL),
    ErrorBound(TOL, TOL, ERROR_TOL),
    Enclosed(1.0, ERROR_TOL, BALLS),  # its residual is rounding, and nothing is asked of it
    ExactVertex(1.0, ERROR_TOL, BALLS, VERTEX),
]
FAIL = [
    (GapBound(2 * TOL, 0.0), ["residual"]),
    (GapBound(0.0, 2 * TOL), ["gap"]),
    (GapBound(math.nan, 0.0), ["residual"]),
    (GapBound(0.0, 2 * TOL, Status.STATIONARY), ["gap"]),
    (ErrorBound(2 * TOL, 0.0, 0.0), ["residual"]),
    (ErrorBound(0.0, 2 * TOL, 0.0), ["gap"]),
    (ErrorBound(0.0, 0.0, 2 * ERROR_TOL), ["error"]),
    (ErrorBound(0.0, 0.0, math.nan), ["error"]),
    (ErrorBound(1.0, 1.0, 1.0), ["residual", "gap", "error"]),
    (Enclosed(0.0, 1.0, BALLS), ["error"]),
    (Enclosed(0.0, math.nan, BALLS), ["error"]),
    (ExactVertex(0.0, math.inf, BALLS, VERTEX), ["error"]),
]


@pytest.mark.parametrize("certificate", HOLD, ids=lambda c: type(c).__name__)
def test_figures_at_their_bounds_hold(certificate: Certificate) -> None:
    assert certificate.holds(TOL) and certificate.shortfalls(TOL) == ()


@pytest.mark.parametrize(("certificate", "names"), FAIL)
def test_one_figure_too_large_or_nan_does_not_hold(
    certificate: Certificate, names: list[str]
) -> None:
    assert not certificate.holds(TOL)
    assert [text.split()[0] for text in certificate.shortfalls(TOL)] == names


def test_each_figure_has_a_bound_of_its_own() -> None:
    certificate = ErrorBound(1e-12, 1e-3, 1e-5)
    assert certificate.shortfalls(TOL) == ("gap 0.001 above 1e-10", "error 1e-05 above 1e-08")
    assert certificate.holds(TOL, gap_tol=1e-3, error_tol=1e-5)
    assert not certificate.holds(TOL, gap_tol=1e-4, error_tol=1e-5)
    assert not certificate.holds(TOL, gap_tol=1e-3, error_tol=1e-6)
    assert not certificate.holds(1e-13, gap_tol=1e-3, error_tol=1e-5)


def test_a_gap_bounds_no_error_and_an_enclosure_has_no_gap() -> None:
    assert GapBound(0.0, 0.0).error is None
    assert Enclosed(0.0, 0.0, BALLS).gap == ExactVertex(0.0, 0.0, BALLS, VERTEX).gap == 0.0


@pytest.mark.parametrize(("status", "text"), [("GLOBAL", "global"), ("STATIONARY", "stationary")])
def test_a_status_is_its_text(status: str, text: str) -> None:
    found = Status[status]
    assert found == text and text == found and found != "Global"
    assert str(found) == f"{found}" == text
    assert repr(found) == repr(text)
    assert json.dumps(found) == json.dumps(text) and {text: 1}[found] == 1


# One place

FIGURES = {"residual", "gap", "error", "is_certified"}
OTHERS = {"studies/flow.py": {"flow.error"}}  # a flow's estimate: no solution, no certificate


def judgements(source: str) -> set[str]:
    """The figures of a certificate that the source compares with a bound."""
    ordered = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
    return {
        ast.unparse(operand)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare) and any(isinstance(op, ordered) for op in node.ops)
        for operand in (node.left, *node.comparators)
        if isinstance(operand, ast.Attribute) and operand.attr in FIGURES
    }


def test_nothing_but_a_certificate_says_what_is_certified() -> None:
    package = Path(implicitbias.__file__).parent
    elsewhere: dict[str, Any] = {}
    for path in package.rglob("*.py"):
        name, source = path.relative_to(package).as_posix(), path.read_text()
        if name != "solvers/certificate.py":
            if found := judgements(source) - OTHERS.get(name, set()):
                elsewhere[name] = found
            # The error repeats the default, and compares nothing.
            assert "ERROR_TOL" not in source or name == "solvers/errors.py", name
    assert elsewhere == {}


def test_a_judgement_elsewhere_would_be_seen() -> None:
    assert judgements("if not (s.gap <= tol and 1e-8 >= best.error): pass") == {
        "s.gap",
        "best.error",
    }
    assert judgements("s.error is None or s.certificate.holds(tol)") == set()
