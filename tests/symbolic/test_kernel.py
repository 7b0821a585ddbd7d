"""Only a registered tactic makes a Proof, and every registered one is exported."""

import inspect
from collections.abc import Callable

import pytest
import sympy as sp

import implicitbias.symbolic
from implicitbias.symbolic import Proof, prove_expansion, prove_identity, times
from implicitbias.symbolic.language.kernel import TACTICS, is_genuine, make, tactic

z = sp.Symbol("z", real=True)


def prove_anything(statement: sp.Basic) -> Proof:
    return make(statement, ())


def gives_proofs(function: Callable[..., object]) -> bool:
    return inspect.isfunction(function) and "Proof" in str(
        inspect.get_annotations(function).get("return")
    )


def test_what_is_not_registered_makes_no_proof() -> None:
    with pytest.raises(TypeError, match="only a tactic makes a Proof"):
        prove_anything(sp.Eq(z, z + 1))
    with pytest.raises(TypeError, match="only a tactic makes a Proof"):
        prove_identity.__wrapped__(z, z)  # the function under the decorator


def test_a_function_of_another_folder_is_not_registered() -> None:
    before = dict(TACTICS)
    with pytest.raises(TypeError, match="another folder"):
        tactic()(prove_anything)
    assert before == TACTICS


def test_a_name_is_registered_once() -> None:
    with pytest.raises(TypeError, match="one twice"):
        tactic()(times.__wrapped__)


def test_a_tactic_that_fails_leaves_none_running() -> None:
    with pytest.raises(TypeError):
        times(prove_identity(z, z), prove_identity(z, z))
    with pytest.raises(TypeError, match="none is running"):
        prove_anything(sp.Eq(z, z + 1))


def test_a_proof_has_the_name_of_the_innermost_tactic() -> None:
    proof = prove_expansion(sp.sin(0) + z, z, 1, z)
    assert proof.tactic == "prove_expansion"
    assert {premise.tactic for premise in proof.premises} == {"prove_nonnegative"}
    assert is_genuine(proof)


def test_the_tactics_are_what_the_package_exports() -> None:
    public = {name: getattr(implicitbias.symbolic, name) for name in implicitbias.symbolic.__all__}
    exported = {name for name, value in public.items() if gives_proofs(value)}
    assert exported == set(TACTICS)
    for name, row in TACTICS.items():
        assert public[name].__module__ == f"implicitbias.symbolic.{row.module}"
