"""Rules that put Proofs together: what one assumes and another shows, cases, names, products."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof
from implicitbias.symbolic.language.scope import bound_symbols
from implicitbias.symbolic.language.total import may_cancel
from implicitbias.symbolic.tactics.implication import prove_implication

__all__ = ["by_cases", "discharge", "relabel", "rename", "times"]

INEQUALITIES = (sp.Ge, sp.Gt, sp.Le, sp.Lt)


@tactic()
def discharge(proof: Proof, *shown: Proof) -> Proof:
    """The cut: what `proof` assumes and another Proof shows is replaced by what that one assumes.

    shown: Proofs of relations in the domain of `proof`, up to the way they are written; one of
        a > b also shows a >= b. They are used one after the other, each for what is there then.
    Raises TypeError for a Proof that shows nothing of the domain.
    """
    rows = list(proof.domain)
    for other in shown:
        left = [row for row in rows if not _shows(other.statement, row)]
        if len(left) == len(rows):
            raise TypeError(f"the domain of the Proof has no {other.statement}")
        rows = [*left, *other.domain]
    return make(
        proof.statement,
        tuple(dict.fromkeys(rows)),
        premises=(proof, *shown),
    )


def _shows(statement: sp.Basic, row: sp.Basic) -> bool:
    if statement == row:
        return True
    if not (isinstance(statement, INEQUALITIES) and isinstance(row, INEQUALITIES)):
        return False
    strict = isinstance(statement, sp.Gt | sp.Lt)
    if isinstance(row, sp.Gt | sp.Lt) and not strict:
        return False
    # What cancels in a difference may be undefined: the row also says that its sides are defined.
    same = statement.gts - statement.lts == row.gts - row.lts
    return bool(same) and not may_cancel(row, statement)


@tactic()
def by_cases(proofs: Sequence[Proof], given: Sequence[Proof | sp.Basic]) -> Proof:
    """From Proofs of one statement, each in a case of its own, to the statement under `given`.

    `given`, relations and Proofs, has to imply the domain of one of the Proofs
    (`prove_implication`, whose errors it has). With a single Proof this replaces its domain by one
    that implies it. Raises TypeError when the statements differ, or for several cases that speak of
    entries of a vector: every entry in some case is not one case for all entries.
    """
    statement = proofs[0].statement
    if not isinstance(statement, Relational):
        raise TypeError(f"expected one relation, got {statement}")
    if any(proof.statement != statement for proof in proofs):
        raise TypeError(f"the cases do not have the statement {statement} in common")
    cases = [sp.And(*(row for row in proof.domain if row not in given)) for proof in proofs]
    if len(cases) > 1 and any(case.has(sp.Indexed, AppliedUndef, sp.Derivative) for case in cases):
        raise TypeError(f"the cases speak of entries or of functions: {cases}")
    if sp.true in cases:
        raise TypeError("nothing is to be shown: the domain of a Proof is given")
    covered = prove_implication(given, sp.Or(*cases))
    return make(
        statement,
        covered.domain,
        premises=(*proofs, covered),
    )


@tactic()
def rename(proof: Proof, name: sp.Symbol, expr: sp.Expr) -> Proof:
    """The statement with `name` for `expr`, such as a norm, under the hypothesis name = expr.

    Raises TypeError when the statement does not contain `expr`, or contains it under a sum,
    integral, derivative or limit over a variable of `expr`.
    """
    if not isinstance(name, sp.Symbol) or not name.is_real:
        raise TypeError(f"{name} must be a real symbol")
    statement = proof.statement
    if captured := (expr.free_symbols | {name}) & bound_symbols(statement):
        raise TypeError(f"{captured.pop()} is a bound variable of the statement")
    indices = {
        index
        for row in (statement, *proof.domain)
        for entry in row.atoms(sp.Indexed)
        for index in entry.indices
    }
    if name in indices.union(proof.every):
        raise TypeError(f"{name} stands for all of its values in the Proof")
    if not statement.has(expr):
        raise TypeError(f"the statement has no {expr}")
    left, right = (side.xreplace({expr: name}) for side in (statement.lhs, statement.rhs))
    return make(
        statement.func(left, right, evaluate=False),
        (*proof.domain, sp.Eq(name, expr, evaluate=False)),
        premises=(proof,),
    )


@tactic()
def times(inequality: Proof, factor: Proof) -> Proof:
    """From a >= b and c >= 0 (or with >) to a c >= b c.

    Raises TypeError for other relations.
    """
    relation, sign = inequality.statement, factor.statement
    for given in (relation, sign):
        if not isinstance(given, INEQUALITIES):
            raise TypeError(f"expected an inequality, got {given}")
    if sign.lts != 0:
        raise TypeError(f"expected a Proof of c >= 0, got {sign}")
    return make(
        sp.Ge(relation.gts * sign.gts, relation.lts * sign.gts, evaluate=False),
        tuple(dict.fromkeys((*inequality.domain, *factor.domain))),
        premises=(inequality, factor),
    )


@tactic()
def relabel(proof: Proof, name: sp.Symbol, new: sp.Symbol) -> Proof:
    """The same, with `new` for a symbol that the domain is asked for every value of.

    Rows with `new` may be there already, if they are asked for every value of it as well.
    Raises TypeError for a symbol of another kind, or one that is bound in a row.
    """
    if name not in proof.every or name.assumptions0 != new.assumptions0:
        raise TypeError(f"{name} is not asked for every value of it, or {new} is of another type")
    rows = proof.domain
    taken = set().union(*(row.free_symbols for row in (proof.statement, *rows)))
    captors = (bound_symbols(row) for row in rows if name in row.free_symbols)
    if new in (taken - set(proof.every)).union(*captors):
        raise TypeError(f"{new} is bound where {name} stands, or stands for one value")
    return make(
        proof.statement,
        tuple(dict.fromkeys(row.xreplace({name: new}) for row in rows)),
        premises=(proof,),
        binds=((new, proof.every[name]),),
    )
