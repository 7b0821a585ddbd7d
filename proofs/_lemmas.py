"""Lemmas about any function, sum or pair of weights, which several steps use.

The facts are made in the step that calls a lemma, by tactics and for the terms at hand: a lemma
proves nothing by itself, and is no part of a statement.
"""

from collections.abc import Sequence
from typing import Any

import sympy as sp

from implicitbias.symbolic import Proof
from implicitbias.symbolic import extremes_on_l1_sphere, extremes_on_l2_sphere
from implicitbias.symbolic import first_order_convexity, instantiate, kkt, monotone_of_deriv_nonneg
from implicitbias.symbolic import pair_with_rows, prove_identity, prove_implication
from implicitbias.symbolic import prove_nonnegative, prove_positive
from proofs._notation import N, X, b, beta, d, i, n, t, y, z


def increasing(f: sp.Expr, v: sp.Symbol, earlier: sp.Symbol, *ends: Any) -> Proof:
    """f(earlier) <= f(v) for earlier <= v in the interval, as f' > 0 there."""
    return monotone_of_deriv_nonneg(prove_positive(sp.diff(f, v), v, *ends), f, v, earlier)


def above_its_tangents(f: sp.Expr, v: sp.Symbol, at: sp.Symbol, *ends: Any) -> Proof:
    """f(v) is not below the tangent at another point of the interval, as f'' > 0 there."""
    return first_order_convexity(prove_positive(sp.diff(f, v, 2), v, *ends), f, v, at)


def same_pairing(vector: sp.IndexedBase, dual: sp.IndexedBase) -> Proof:
    """vector.beta = vector.b, where vector = X^T dual and X beta = X b."""
    return pair_with_rows(vector, beta[i], b[i], X, dual, (n, N), (i, d))


def least_norm(
    rows: sp.IndexedBase,
    least: sp.IndexedBase,
    other: sp.IndexedBase,
    dual: sp.IndexedBase,
    entries: tuple[sp.Symbol, sp.Symbol],
) -> Proof:
    """Of the solutions of rows.v = .., the one that is rows^T dual has the least l2 norm."""
    half = z**2 / 2
    bend = prove_positive(sp.Derivative(half, (z, 2)), z)
    return kkt(bend, half, z, rows, least, other, dual, sp.Integer(1), (n, N), entries, slope=z)


def on_the_l1_sphere(f: sp.Expr, *families: sp.IndexedBase) -> list[tuple[Proof, Proof]]:
    """d f(||v||_1/d) <= sum_i f(v_i) <= f(||v||_1) for each v, if f(z) is even and convex."""
    bend, even = prove_positive(sp.Derivative(f, (z, 2)), z), prove_identity(f.subs(z, -z), f)
    return [extremes_on_l1_sphere(bend, even, f, z, v, i, d) for v in families]


def on_the_l2_sphere(f: sp.Expr, v: sp.IndexedBase) -> tuple[Proof, Proof]:
    """f(||v||_2) <= sum_i f(v_i) <= d f(||v||_2/sqrt(d)), if f(z) is even and concave in z^2."""
    slope = sp.diff(f, z)
    concave = prove_nonnegative(slope - z * sp.diff(slope, z), z, 0)
    return extremes_on_l2_sphere(concave, prove_identity(f.subs(z, -z), f), f, z, v, i, d)


def ratio_of_sines(w: sp.Expr, v: sp.Expr, between: Sequence[sp.Basic]) -> Proof:
    """w sinh(v) <= exp((1-w) v) sinh(w v) for 0 < w < 1, as exp is below its chord to -2 v.

    between: relations that say so of w, and v > 0 unless v is positive.
    """
    tangent = above_its_tangents(sp.exp(z), z, y)
    ends = sp.Integer(0), -2 * v
    touching = [instantiate(tangent, {z: end, y: -2 * w * v}) for end in ends]
    chord = sp.exp(-2 * w * v) <= (1 - w) + w * sp.exp(-2 * v)
    growth = sp.exp((1 - w) * v)
    return prove_implication(
        [
            prove_implication([*touching, *between], chord),
            prove_identity(sp.sinh(v), sp.exp(v) * (1 - sp.exp(-2 * v)) / 2),
            prove_identity(growth * sp.sinh(w * v), sp.exp(v) * (1 - sp.exp(-2 * w * v)) / 2),
            prove_positive(sp.exp(v), v),
        ],
        w * sp.sinh(v) <= growth * sp.sinh(w * v),
    )


def solves_the_flow(
    *weights: tuple[sp.Expr, sp.Expr, sp.Expr], given: Sequence[sp.Basic] = ()
) -> list[Proof]:
    """w' = velocity of each (w, velocity, start), and after them w(0) = start of each."""
    return [
        *(prove_identity(sp.Derivative(w, t), speed, given=given) for w, speed, _ in weights),
        *(prove_identity(w.subs(t, 0), start) for w, _, start in weights),
    ]
