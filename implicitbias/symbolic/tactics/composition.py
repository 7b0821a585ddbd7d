"""Rules that put Proofs together: the cut rule, cases, names, values, products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from implicitbias.symbolic.language.assumptions import rows_assumed
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Domain, Proof, Undecided
from implicitbias.symbolic.language.scope import bound_symbols
from implicitbias.symbolic.language.total import is_total, may_cancel
from implicitbias.symbolic.tactics.identity import prove_identity
from implicitbias.symbolic.tactics.implication import prove_implication

__all__ = ["by_cases", "discharge", "instantiate", "relabel", "rename", "times"]

INEQUALITIES = (sp.Ge, sp.Gt, sp.Le, sp.Lt)
RELATIONS = (*INEQUALITIES, sp.Eq)


@tactic()
def discharge(proof: Proof, *shown: Proof) -> Proof:
    """The cut: what `proof` assumes and another Proof shows is replaced by what that one assumes.

    Args:
        shown: Proofs of relations in the domain of `proof`, up to the way they are written; one of
            a > b also shows a >= b. They are used one after the other, each for what is there then.

    Raises:
        TypeError: a Proof that shows nothing of the domain.
    """
    rows = list(proof.domain)
    for other in shown:
        left = [row for row in rows if not _shows(other.statement, row)]
        if len(left) == len(rows):
            raise TypeError(f"the domain of the Proof has no {other.statement}")
        rows = [*left, *other.domain]
    return make(proof.statement, rows, premises=(proof, *shown))


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

    With a single Proof this replaces its domain by one that implies it.

    Args:
        given: relations and Proofs, which have to imply the domain of one of the Proofs.

    Raises:
        TypeError: the statements differ, or several cases speak of entries of a vector: every entry
            in some case is not one case for all entries.
        Refuted, Undecided: as `prove_implication`, which is asked whether `given` does.
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
    return make(statement, covered.domain, premises=(*proofs, covered))


@tactic()
def rename(proof: Proof, name: sp.Symbol, expr: sp.Expr) -> Proof:
    """The statement with `name` for `expr`, such as a norm, under the hypothesis name = expr.

    Raises:
        TypeError: the statement does not contain `expr`, or contains it under a sum, integral,
            derivative or limit over a variable of `expr`.
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

    Raises:
        TypeError: other relations.
    """
    relation, sign = inequality.statement, factor.statement
    for given in (relation, sign):
        if not isinstance(given, INEQUALITIES):
            raise TypeError(f"expected an inequality, got {given}")
    if sign.lts != 0:
        raise TypeError(f"expected a Proof of c >= 0, got {sign}")
    return make(
        sp.Ge(relation.gts * sign.gts, relation.lts * sign.gts, evaluate=False),
        (*inequality.domain, *factor.domain),
        premises=(inequality, factor),
    )


@tactic()
def relabel(proof: Proof, name: sp.Symbol, new: sp.Symbol) -> Proof:
    """The same, with `new` for a symbol that the domain is asked for every value of.

    Rows with `new` may be there already, if they are asked for every value of it as well.

    Raises:
        TypeError: a symbol of another kind, or one that is bound in a row.
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
        [row.xreplace({name: new}) for row in rows],
        premises=(proof,),
        binds=((new, proof.every[name]),),
    )


@tactic()
def instantiate(
    proof: Proof,
    values: Mapping[sp.Symbol, sp.Expr],
    *,
    domain: Domain | None = None,
    given: Sequence[sp.Basic] = (),
) -> Proof:
    """The statement at `values` of its symbols, defined wherever `domain` and `given` hold.

    The domain of the Proof, with the values in it, becomes the domain of the new one.

    Args:
        values: exact expressions, put in at once.
        domain: intervals of the symbols of the values.
        given: hypotheses `expr > 0`; each counts for the values that have all of its symbols.

    Raises:
        TypeError: a symbol that the Proof is not about, an index of a vector, or a value that uses
            the name of a bound variable.
        Undecided: a value may be undefined.
    """
    _check_replaceable(proof, values)
    sizes = _reals_for_sizes(values.values())
    defined = tuple(
        prove_identity(
            value.xreplace(sizes),
            value.xreplace(sizes),
            domain={s: ends for s, ends in (domain or {}).items() if s in value.free_symbols},
            given=[row for row in given if row.free_symbols <= value.free_symbols],
        )
        for value in map(_bare_modulus, values.values())
    )
    rows = [_row_at(row, values) for row in proof.domain]
    rows += [row for s, value in values.items() for row in rows_assumed(s, value)]
    if sp.false in rows:
        raise TypeError(f"the values {dict(values)} lie outside of the domain of the Proof")
    back = {real: size for size, real in sizes.items()}
    rows += [row.xreplace(back) for p in defined for row in p.domain]
    return make(_at(proof.statement, values), rows, premises=(proof, *defined))


def _bare_modulus(value: sp.Expr) -> sp.Expr:
    """|e| is defined wherever e is."""
    return value.args[0] if isinstance(value, sp.Abs) else value


def _reals_for_sizes(values: Iterable[sp.Expr]) -> dict[sp.Symbol, sp.Symbol]:
    """A value that is defined for every real d > 0 is defined for every positive integer d."""
    sizes = set().union(*map(_sizes, values))
    return {size: sp.Dummy(size.name, positive=True) for size in sizes}


def _sizes(value: sp.Expr) -> set[sp.Symbol]:
    """The positive integers in it that are no index and no end of a sum."""
    if isinstance(value, sp.Symbol):
        return {value} if value.is_integer and value.is_positive else set()
    if isinstance(value, sp.Indexed | sp.Sum):
        return set()
    return set().union(*map(_sizes, value.args))


def _row_at(row: sp.Basic, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Basic:
    """The row at the values; it also says that its parts are defined, so that none may cancel."""
    new = row.subs(values, simultaneous=True)
    for part in sp.preorder_traversal(row):
        if not isinstance(part, sp.Expr) or isinstance(part, sp.Add | sp.Mul | sp.Indexed):
            continue
        if is_total(part):
            continue
        at = part.subs(values, simultaneous=True)
        if not (is_total(at) or new.has(at) or any(value.has(at) for value in values.values())):
            raise Undecided(f"{at} cancels in {row} at {dict(values)}, and may be undefined")
    return new


def _at(statement: sp.Basic, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Basic:
    left, right = (side.subs(values, simultaneous=True) for side in (statement.lhs, statement.rhs))
    return statement.func(left, right, evaluate=False)


def _check_replaceable(proof: Proof, values: Mapping[sp.Symbol, sp.Expr]) -> None:
    statement, parts = proof.statement, (proof.statement, *proof.domain)
    if not isinstance(statement, RELATIONS):
        raise TypeError(f"expected one relation, got {statement}")
    vectors = {base.label for part in parts for base in part.atoms(sp.IndexedBase)}
    indices = {s for part in parts for entry in part.atoms(sp.Indexed) for s in entry.indices}
    bound = set().union(*map(bound_symbols, parts))
    hidden = set(proof.every)
    for symbol, value in values.items():
        if not any(symbol in part.free_symbols for part in parts):
            raise TypeError(f"the statement has no {symbol}")
        if symbol in hidden - indices:
            raise TypeError(f"{symbol} stands for every value of it in a hypothesis")
        if symbol in indices | bound | vectors:
            raise TypeError(f"{symbol} is an index, a vector or bound: it stands for all of them")
        if captured := hidden & value.free_symbols:
            raise TypeError(f"the value {value} uses {captured.pop()}, asked for every value of it")
        if captured := bound & value.free_symbols:
            raise TypeError(f"the value {value} uses the bound variable {captured.pop()}")
