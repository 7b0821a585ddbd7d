"""Only a tactic makes a Proof."""

import copy
import dataclasses

import pytest
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Undecided, expect_refuted, prove_identity

z = sp.Symbol("z", real=True)


def test_proof_is_not_made_by_hand() -> None:
    with pytest.raises(TypeError, match="only a tactic"):
        Proof(sp.Eq(z, z + 1), (), "prove_identity")
    with pytest.raises(TypeError, match="only a tactic"):
        Proof(sp.Eq(z, z + 1), (), "prove_identity", seal=object())


def test_proof_is_not_turned_into_another() -> None:
    proof = prove_identity(z, z)
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(proof, statement=sp.Eq(z, z + 1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        proof.statement = sp.Eq(z, z + 1)  # type: ignore[misc]
    assert copy.copy(proof) == proof


def test_proof_reads_as_statement_domain_and_tactic() -> None:
    proof = prove_identity(sp.sqrt(z**2), z, domain={z: (0, 1)})
    assert str(proof) == "Eq(Abs(z), z)  on  0 < z, z < 1  [exact, prove_identity]"


def test_expect_refuted_wants_a_refutation() -> None:
    assert isinstance(expect_refuted(prove_identity, z, z + 1), Refuted)
    with pytest.raises(AssertionError, match="a false neighbour was proved"):
        expect_refuted(prove_identity, z, z)
    with pytest.raises(Undecided):
        expect_refuted(prove_identity, 1 / z, 1 / z)
