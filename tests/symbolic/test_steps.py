"""A step is run once, says who made its Proofs, and refuses what is no Proof of its kind."""

import copy

import pytest
import sympy as sp

from implicitbias.symbolic import Proof, enclosed, exact, prove_identity
from tests.symbolic.by_hand import by_hand

z = sp.Symbol("z", real=True)
OUTSIDE = prove_identity(z + z, 2 * z)


def test_step_runs_once_and_gives_the_same_proofs() -> None:
    runs = []

    @exact
    def step_1() -> Proof:
        runs.append(1)
        return prove_identity(z + z, 2 * z)

    assert step_1() is step_1() is step_1.proofs[0]
    assert runs == [1]
    assert step_1().step == f"{__name__}.step_1"


def test_a_proof_belongs_to_the_step_that_made_it() -> None:
    @exact
    def step_1() -> Proof:
        return prove_identity(z, z)

    @exact
    def step_2() -> list[Proof]:
        return [step_1(), prove_identity(z, z)]

    assert [str(proof.step).rpartition(".")[2] for proof in step_2()] == ["step_1", "step_2"]


def test_a_failed_step_fails_again_and_leaves_no_trace() -> None:
    @exact
    def step_1() -> Proof:
        raise ArithmeticError

    for _ in range(2):
        with pytest.raises(ArithmeticError):
            step_1()
    assert prove_identity(z, z).step is None


@pytest.mark.parametrize("answer", [None, [], True, "proved", [OUTSIDE, None]])
def test_step_must_return_proofs(answer: object) -> None:
    with pytest.raises(TypeError, match="must return Proofs, got"):
        exact(lambda: answer)()


@pytest.mark.parametrize(
    ("proof", "message"),
    [
        (lambda: OUTSIDE, "rests on a Proof that no step made"),
        (lambda: copy.copy(prove_identity(z, z)), "rests on a Proof that no tactic made"),
        (lambda: by_hand(z > 0, (), "rule", premises=(OUTSIDE,)), "rests on a Proof that no step"),
        (lambda: by_hand(sp.Eq(z, 0), (), "balls", kind="enclosed"), "balls for an equality"),
        (lambda: by_hand(z > 0, (), "balls", kind="enclosed"), "is marked @exact, but"),
    ],
    ids=["outside", "copied", "premise", "equality", "kind"],
)
def test_step_is_refused(proof: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        exact(proof)()  # type: ignore[arg-type]


def test_a_step_that_rests_on_balls_is_enclosed() -> None:
    def step() -> Proof:
        return by_hand(z > 0, (), "rule", premises=(by_hand(z > 1, (), "balls", kind="enclosed"),))

    assert enclosed(step)().tactic == "rule"
    with pytest.raises(TypeError, match="with all it rests on it is @enclosed"):
        exact(step)()
    with pytest.raises(TypeError, match="with all it rests on it is @exact"):
        enclosed(lambda: prove_identity(z, z))()
