"""What a proof file claims, as a formula: `Statement`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom

from implicitbias.symbolic.proof import Proof

__all__ = ["Statement"]

Point = Mapping[sp.Basic, object]
Claim = tuple[tuple[sp.Basic, ...], sp.Basic]  # hypotheses, conclusion
Canonical = tuple[Any, ...]  # equal for two relations that say the same, up to how it is written

SIGNS = {sp.Eq: "=", sp.Ne: "!=", sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">="}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """For all `forall`: the `hypotheses` imply the `conclusion`.

    forall: what is free in the relations: symbols, functions `g`, indexed families `X`. What they
        assume (positive, integer, ..) is part of the claim and is printed.
    hypotheses: relations.
    conclusion: one relation or several. `And` is several; `Implies(h, c)` is c with a hypothesis
        of its own.
    examples: points {unknown: exact value}. The hypotheses of every conclusion have to hold at one
        of them, so that none is empty. Not needed where there are no hypotheses.
    Raises TypeError for what is no exact relation; ValueError for a free symbol that is not
    quantified, a quantified one that is not there, and hypotheses without an example.
    """

    forall: Sequence[Any]
    conclusion: sp.Basic | Sequence[sp.Basic]
    hypotheses: Sequence[sp.Basic] = ()
    examples: Sequence[Point] = ()

    def __post_init__(self) -> None:
        relations = (*self.hypotheses, *self.conclusions)
        for relation in relations:
            _check_exact(relation)
        free = set().union(*map(_free, relations))
        for name in self.forall:
            if name not in free:
                raise ValueError(f"forall names {name}, which no relation contains")
        if strangers := free - set(self.forall):
            raise ValueError(f"forall does not name {min(map(str, strangers))}, which is free")
        for hypotheses, conclusion in self.claims:
            if hypotheses and not any(holds(hypotheses, point) for point in self.examples):
                raise ValueError(
                    f"examples has no point at which the hypotheses of {printed(conclusion)} hold: "
                    + ", ".join(map(printed, hypotheses))
                )

    @property
    def conclusions(self) -> tuple[sp.Basic, ...]:
        """The relations that are claimed, each on its own."""
        several = isinstance(self.conclusion, Sequence)
        return tuple(_conjuncts(self.conclusion if several else (self.conclusion,)))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Each conclusion with all of its hypotheses."""
        return tuple(_claim(self.hypotheses, conclusion) for conclusion in self.conclusions)

    def __str__(self) -> str:
        quantified = f"for all {_quantifier(self.forall)}: " if self.forall else ""
        given = f"{' and '.join(map(printed, self.hypotheses))} => " if self.hypotheses else ""
        return quantified + given + "; ".join(map(printed, self.conclusions))

    def check_decided_by(self, proofs: Iterable[Proof]) -> None:
        """ValueError unless the proofs decide every conclusion, each under its hypotheses or fewer.

        All hypotheses have to be used and every proof has to decide a conclusion, so that the
        statement reads as what was proved.
        """
        decided = [
            _claim(proof.domain, part)
            for proof in proofs
            for part in _conjuncts((proof.statement,))
        ]
        used: set[Canonical] = set()
        for hypotheses, conclusion in self.claims:
            found = [
                _assumed(given)
                for given, relation in decided
                if _relation(relation) == _relation(conclusion)
                and _assumed(given) <= _assumed(hypotheses)
            ]
            if not found:
                under = f" under {', '.join(map(printed, hypotheses))}" if hypotheses else ""
                raise ValueError(f"no Proof decides {printed(conclusion)}{under}")
            used.update(*found)
        wanted = {_relation(conclusion) for _, conclusion in self.claims}
        for _, relation in decided:
            if _relation(relation) not in wanted:
                raise ValueError(f"the statement does not say {printed(relation)}")
        for hypothesis in (h for hypotheses, _ in self.claims for h in hypotheses):
            if not _assumed((hypothesis,)) <= used:
                raise ValueError(f"no Proof uses the hypothesis {printed(hypothesis)}")

    def check_refuted_at(self, refuted: sp.Basic, point: Point) -> None:
        """ValueError unless this is a conclusion, and its hypotheses hold at the point."""
        for hypotheses, conclusion in self.claims:
            if _relation(conclusion) == _relation(refuted) and holds(hypotheses, point):
                return
        raise ValueError(f"this refutes another statement, or outside of it: {printed(refuted)}")


def holds(relations: Iterable[sp.Basic], point: Point) -> bool:
    """Whether the relations certainly hold at the point, which has to fit what its names assume."""
    values = {name: sp.sympify(value) for name, value in point.items()}
    for name, value in values.items():
        _check_exact(sp.Eq(name, value, evaluate=False))
        for assumption in ("real", "positive", "nonnegative", "negative", "integer"):
            if getattr(name, f"is_{assumption}") and not getattr(value, f"is_{assumption}"):
                return False
    return all(relation.xreplace(values) == sp.true for relation in relations)


def printed(relation: sp.Basic) -> str:
    """`a < b` and `h => c` in one line."""
    if isinstance(relation, Relational):
        return f"{relation.lhs} {SIGNS[relation.func]} {relation.rhs}"
    if isinstance(relation, sp.Implies):
        given, conclusion = relation.args
        return f"({' and '.join(map(printed, _conjuncts((given,))))} => {printed(conclusion)})"
    return str(relation)


def _check_exact(relation: sp.Basic) -> None:
    if isinstance(relation, BooleanAtom):
        raise TypeError(
            "a relation evaluates to True or False on sight; where it is meant, write it with "
            "evaluate=False, and where a symbol's assumptions imply it, leave it out"
        )
    if not isinstance(relation, Boolean):
        raise TypeError(f"expected a relation such as sympy.Eq(a, b), got {relation!r}")
    if floats := relation.atoms(sp.Float):
        raise TypeError(f"a float is not exact: {floats.pop()}; write sympy.Rational(1, 10)")


def _free(relation: sp.Basic) -> set[Any]:
    """The symbols, functions and families that are not bound; a family stands for its label."""
    families = {family.label: family for family in relation.atoms(sp.IndexedBase)}
    symbols = {name for name in relation.free_symbols if isinstance(name, sp.Symbol)}
    functions = {applied.func for applied in relation.atoms(AppliedUndef)}
    return {families.get(name, name) for name in symbols} | functions


def _quantifier(names: Sequence[Any]) -> str:
    """`alpha, a > 0, integer N >= 1, real z, function g, family X`."""

    def type_of(name: Any) -> tuple[str, str]:
        if isinstance(name, UndefinedFunction | sp.IndexedBase):
            what = "function" if isinstance(name, UndefinedFunction) else "family"
            before = f"real {what}" if name.is_real else what
        else:
            before = "integer" if name.is_integer else "" if name.is_real else "complex"
        if name.is_positive:
            return before, "> 0"
        if name.is_nonnegative:
            return before, ">= 0"
        if name.is_negative:
            return before, "< 0"
        return before or "real", ""

    return "; ".join(
        " ".join(filter(None, (before, ", ".join(map(str, group)), after)))
        for (before, after), group in groupby(names, key=type_of)
    )


def _conjuncts(relations: Iterable[sp.Basic]) -> Iterator[sp.Basic]:
    for relation in relations:
        if isinstance(relation, sp.And):
            yield from _conjuncts(sorted(relation.args, key=sp.default_sort_key))
        else:
            yield relation


def _claim(hypotheses: Iterable[sp.Basic], conclusion: sp.Basic) -> Claim:
    given = tuple(_conjuncts(hypotheses))
    if isinstance(conclusion, sp.Implies):
        return _claim((*given, conclusion.args[0]), conclusion.args[1])
    return given, conclusion


def _relation(relation: sp.Basic) -> Canonical:
    """The two sides, `>` turned into `<`, bound symbols renamed; nothing is computed."""
    if not isinstance(relation, Relational):
        return ("", relation.as_dummy())
    sides = relation.lhs.as_dummy(), relation.rhs.as_dummy()
    if isinstance(relation, sp.Gt | sp.Ge):
        sides = sides[::-1]
    if isinstance(relation, sp.Eq | sp.Ne):
        sides = tuple(sorted(sides, key=sp.default_sort_key))
    sign = SIGNS[relation.func].replace(">", "<")
    return (sign, *sides)


def _assumed(hypotheses: Iterable[sp.Basic]) -> frozenset[Canonical]:
    """Inequalities as `difference > 0`, which is how the tactics state them; less trivial ones."""
    rows = set()
    for hypothesis in hypotheses:
        sign, *sides = _relation(hypothesis)
        if sign in {"<", "<="}:
            difference = sides[1] - sides[0]
            trivial = difference.is_positive if sign == "<" else difference.is_nonnegative
            if not trivial:
                rows.add((sign, difference))
        else:
            rows.add((sign, *sides))
    return frozenset(rows)
