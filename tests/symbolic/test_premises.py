"""Rules name all that they rest on, and check that it fits."""

from collections.abc import Callable

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Proof,
    by_cases,
    extremes_on_l1_sphere,
    extremes_on_l2_sphere,
    first_order_convexity,
    jensen,
    kkt,
    midpoint,
    monotone_of_deriv_nonneg,
    prove_identity,
    prove_nonnegative,
    prove_positive,
    sum_le_sum,
    times,
)
from implicitbias.symbolic.language import kernel
from implicitbias.symbolic.tactics import composition, sums
from implicitbias.symbolic.tactics.premises import (
    interval,
    intervals,
    require_derivative,
    require_sign,
)

z, y, v = sp.symbols("z y v", real=True)
c, a = sp.symbols("c a", positive=True)
i, d, n, N = sp.symbols("i d n N", integer=True, positive=True)
beta, b, nu, X = (sp.IndexedBase(name, real=True) for name in ("beta", "b", "nu", "X"))
f = sp.cosh(z)
curved = prove_positive((sp.exp(z) + sp.exp(-z)) / 2, z)  # f'', in other words
even = prove_identity(f.subs(z, -z), f)
concave = prove_nonnegative((1 + z**2) ** -2, z, 0)
root = sp.log(1 + z**2)  # f' - z f'' = 4 z^3 / (1 + z^2)^2
falling = prove_nonnegative(4 * z**3 / (1 + z**2) ** 2, z, 0)
even_root = prove_identity(root.subs(z, -z), root)
rising = prove_nonnegative((sp.exp(z) - sp.exp(-z)) / 2, z, 0)

RULES = {
    "jensen": lambda: jensen(curved, f, z, b, i, d),
    "midpoint": lambda: midpoint(curved, f, z, y, v),
    "tangent": lambda: first_order_convexity(curved, f, z, y),
    "l1 sphere": lambda: extremes_on_l1_sphere(curved, even, f, z, b, i, d)[1],
    "l2 sphere": lambda: extremes_on_l2_sphere(falling, even_root, root, z, b, i, d)[0],
    "kkt": lambda: kkt(curved, f, z, X, beta, b, nu, c, (n, N), (i, d)),
    "monotone": lambda: monotone_of_deriv_nonneg(rising, f, z, y),
}


@pytest.mark.parametrize("name", RULES)
def test_what_a_proof_says_in_other_words_is_a_premise(name: str) -> None:
    """The identity between `(e^z + e^-z)/2` and the derivative is one more fact to believe."""
    proof = RULES[name]()
    asked = proof.premises[0]
    assert asked in (curved, falling, rising)
    assert asked.statement.lhs in {
        premise.statement.lhs for premise in proof.premises if premise.tactic == "prove_identity"
    }


@pytest.mark.parametrize(
    ("module", "use"),
    [
        (sums, lambda: sum_le_sum(prove_nonnegative(z**2, z), z, b[i], i, d)),
        (composition, lambda: times(curved, prove_positive(sp.exp(y), y))),
    ],
    ids=["made on the way", "given"],
)
def test_a_rule_that_forgets_a_premise_fails(
    module: object, use: Callable[[], Proof], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(*args: object, premises: object = (), **more: object) -> Proof:
        return kernel.make(*args, **more)  # type: ignore[arg-type]

    assert use()
    monkeypatch.setattr(module, "make", forgetful)
    with pytest.raises(RuntimeError, match="does not name among its premises"):
        use()


def test_a_premise_of_a_premise_is_named() -> None:
    """`discharge` stands between the rule and the identity."""
    positive = prove_positive(z, z, 0)
    slope = prove_positive(1 / z, z, 0)
    found = require_derivative(slope, sp.log(z), z, given=[positive])
    assert found[0] is slope
    assert found[-1].tactic == "discharge"
    assert found[-1].premises[0].statement == sp.Eq(sp.log(z), sp.log(z), evaluate=False)


def test_what_is_said_word_for_word_needs_no_identity() -> None:
    assert require_sign(curved, curved.statement.lhs, {}) == (curved,)


@pytest.mark.parametrize(
    ("proof", "g", "order"),
    [
        (curved, sp.sinh(z), 2),
        (curved, f + z**2, 2),
        (curved, f, 1),
        (even, f, 2),
        (prove_positive((sp.exp(z) + sp.exp(-z)) / 2, z, given=[4 * z**2 - 2 > 0]), f, 2),
    ],
    ids=["other f", "other f''", "other order", "no sign", "no interval"],
)
def test_a_derivative_that_does_not_fit_is_refused(proof: Proof, g: sp.Expr, order: int) -> None:
    with pytest.raises(TypeError, match="expected"):
        require_derivative(proof, g, z, order)


def test_hypotheses_have_to_hold_on_the_whole_interval() -> None:
    slope, later = prove_positive(1 / z, z, 0), prove_positive(z, z, 1)
    with pytest.raises(TypeError, match="not on all of the interval"):
        require_derivative(slope, sp.log(z), z, given=[later])


def test_intervals_are_open() -> None:
    """A closed end is no end of the open interval on which an identity is asked for."""
    square = prove_nonnegative(z**2 * y**2, z, domain={y: (0, 1)})
    proof = by_cases([square], [z > 2, y >= sp.Rational(1, 2), y < 1])
    assert intervals(proof) == {z: (2, sp.oo), y: (-sp.oo, 1)}
    assert interval(proof, y) == (sp.Rational(1, 2), 1)
