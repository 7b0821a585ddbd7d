"""Rules of logic: `discharge` an assumption that another Proof shows, `rename` an expression."""

from __future__ import annotations

import sympy as sp

from implicitbias.symbolic.proof import Kind, Proof, seal

__all__ = ["discharge", "rename"]

INEQUALITIES = (sp.Ge, sp.Gt, sp.Le, sp.Lt)


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
    kind: Kind = "enclosed" if any(p.kind == "enclosed" for p in (proof, *shown)) else "exact"
    return seal(
        proof.statement,
        tuple(dict.fromkeys(rows)),
        "discharge",
        premises=(proof, *shown),
        kind=kind,
    )


def _shows(statement: sp.Basic, row: sp.Basic) -> bool:
    if statement == row:
        return True
    if not (isinstance(statement, INEQUALITIES) and isinstance(row, INEQUALITIES)):
        return False
    strict = isinstance(statement, sp.Gt | sp.Lt)
    if isinstance(row, sp.Gt | sp.Lt) and not strict:
        return False
    return bool(statement.gts - statement.lts == row.gts - row.lts)


def rename(proof: Proof, name: sp.Symbol, expr: sp.Expr) -> Proof:
    """The statement with `name` for `expr`, such as a norm, under the hypothesis name = expr.

    Raises TypeError when the statement does not contain `expr`, or contains it under a sum,
    integral, derivative or limit over a variable of `expr`.
    """
    if not isinstance(name, sp.Symbol) or not name.is_real:
        raise TypeError(f"{name} must be a real symbol")
    statement = proof.statement
    bound = set().union(
        *(part.bound_symbols for part in statement.atoms(sp.Sum, sp.Integral)),
        *(part.args[1:2] for part in statement.atoms(sp.Limit)),
        *(part.variables for part in statement.atoms(sp.Derivative)),
    )
    if captured := (expr.free_symbols | {name}) & bound:
        raise TypeError(f"{captured.pop()} is a bound variable of the statement")
    if not statement.has(expr):
        raise TypeError(f"the statement has no {expr}")
    left, right = (side.xreplace({expr: name}) for side in (statement.lhs, statement.rhs))
    return seal(
        statement.func(left, right, evaluate=False),
        (*proof.domain, sp.Eq(name, expr, evaluate=False)),
        "rename",
        premises=(proof,),
        kind=proof.kind,
    )
