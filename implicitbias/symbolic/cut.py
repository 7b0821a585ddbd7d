"""Rules that put Proofs together: `discharge` an assumption, `rename` an expression, `cases`,
`times`, and from a slope to a function, `above_its_start`."""

from __future__ import annotations

import sympy as sp

from implicitbias.symbolic.identity import prove_identity
from implicitbias.symbolic.proof import Kind, Proof, Refuted, seal
from implicitbias.symbolic.scope import bound_symbols
from implicitbias.symbolic.total import is_total, may_cancel

__all__ = ["above_its_start", "cases", "discharge", "relabel", "rename", "times"]

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
    # What cancels in a difference may be undefined: the row also says that its sides are defined.
    same = statement.gts - statement.lts == row.gts - row.lts
    return bool(same) and not may_cancel(row, statement)


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
    return seal(
        statement.func(left, right, evaluate=False),
        (*proof.domain, sp.Eq(name, expr, evaluate=False)),
        "rename",
        premises=(proof,),
        kind=proof.kind,
    )


def cases(first: Proof, second: Proof) -> Proof:
    """The statement that both decide, one where a >= b (or a > b) and the other where b >= a.

    a - b is a polynomial in symbols. That pair of rows is left out of the domain, the rest is kept.
    Raises TypeError when the statements differ, or no two rows are opposite.
    """
    if first.statement != second.statement:
        raise TypeError(f"two statements: {first.statement} and {second.statement}")
    for row in first.domain:
        for other in second.domain:
            if _opposite(row, other):
                rows = [r for r in first.domain if r != row]
                rows += [r for r in second.domain if r != other]
                kind: Kind = "enclosed" if "enclosed" in (first.kind, second.kind) else "exact"
                return seal(
                    first.statement,
                    tuple(dict.fromkeys(rows)),
                    "cases",
                    premises=(first, second),
                    kind=kind,
                )
    raise TypeError(f"no two opposite rows in {first.domain} and {second.domain}")


def _opposite(row: sp.Basic, other: sp.Basic) -> bool:
    """Whether one of them holds at every point."""
    if not (isinstance(row, INEQUALITIES) and isinstance(other, INEQUALITIES)):
        return False
    if isinstance(row, sp.Gt | sp.Lt) and isinstance(other, sp.Gt | sp.Lt):
        return False
    difference = row.gts - row.lts
    if not all(map(is_total, (row.gts, row.lts, other.gts, other.lts))):
        return False
    if not difference.is_polynomial() or difference.atoms(sp.Function, sp.Indexed, sp.Sum):
        return False  # what holds for every entry has no opposite; a logarithm may be undefined
    return bool(sp.expand(difference + other.gts - other.lts) == 0)


def above_its_start(slope: Proof, f: sp.Expr, x: sp.Symbol, start: sp.Rational) -> Proof:
    """From f' >= 0 on an interval to f(x) >= f(start) for x >= start in it: the mean value theorem.

    slope: a Proof of a >= b (or >) with a - b = f', under rows `number < x`, `x < number` around
        the start, `x >= start`, and rows without x.
    Raises TypeError when the Proof is of something else; the errors of `prove_identity`.
    """
    if not x.is_real or x.is_nonnegative or x.is_nonpositive:
        raise TypeError(f"{x} must be a real symbol without a sign")
    relation, after = slope.statement, sp.Ge(x, start, evaluate=False)
    if not isinstance(relation, INEQUALITIES):
        raise TypeError(f"expected a Proof of f' >= 0, got {relation}")
    lower, upper = -sp.oo, sp.oo
    for row in slope.domain:
        if not row.has(x) or row == after:
            continue
        if isinstance(row, sp.Lt) and row.rhs == x and row.lhs.is_Rational and row.lhs < start:
            lower = max(lower, row.lhs)
        elif isinstance(row, sp.Lt) and row.lhs == x and row.rhs.is_Rational and start < row.rhs:
            upper = min(upper, row.rhs)
        else:
            raise TypeError(f"expected an interval of {x} around {start}, got {row}")
    domain = {x: (lower, upper)}
    try:
        premises = (
            slope,
            prove_identity(f, f, domain=domain),
            prove_identity(relation.gts - relation.lts, sp.Derivative(f, x), domain=domain),
        )
    except Refuted as refuted:
        raise TypeError(f"expected a Proof of {sp.diff(f, x)} >= 0, got {relation}") from refuted
    rows = [row for premise in premises for row in premise.domain]
    return seal(
        sp.Ge(f, f.subs(x, start), evaluate=False),
        tuple(dict.fromkeys([*rows, after])),
        "above_its_start",
        premises=premises,
        notes=("the mean value theorem",),
        kind=slope.kind,
    )


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
    kind: Kind = "enclosed" if "enclosed" in (inequality.kind, factor.kind) else "exact"
    return seal(
        sp.Ge(relation.gts * sign.gts, relation.lts * sign.gts, evaluate=False),
        tuple(dict.fromkeys((*inequality.domain, *factor.domain))),
        "times",
        premises=(inequality, factor),
        kind=kind,
    )


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
    return seal(
        proof.statement,
        tuple(dict.fromkeys(row.xreplace({name: new}) for row in rows)),
        "relabel",
        premises=(proof,),
        kind=proof.kind,
        binds=(new,),
    )
