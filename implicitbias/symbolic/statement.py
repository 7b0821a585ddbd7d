"""What a proof file claims, as a formula: `Statement`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from types import MappingProxyType
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanAtom
from sympy.printing.str import StrPrinter

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
    where: {name: expression} by which the formula is printed; nothing else depends on it.
    Raises TypeError for what is no exact relation; ValueError for a free symbol that is not
    quantified, a quantified one that is not there, a conclusion that says nothing, and hypotheses
    without an example.
    """

    forall: Sequence[Any]
    conclusion: sp.Basic | Sequence[sp.Basic]
    hypotheses: Sequence[sp.Basic] = ()
    examples: Sequence[Point] = ()
    where: Mapping[str, sp.Basic] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Tuples, so that a list that is changed later does not change what is claimed.
        for name in ("forall", "hypotheses", "examples"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "conclusion", self.conclusions)
        relations = (*self.hypotheses, *self.conclusions)
        for number, relation in enumerate(relations, start=1):
            try:
                _check_exact(relation)
            except TypeError as error:
                raise TypeError(f"relation {number} of {len(relations)}: {error}") from None
        if len(set(map(str, self.forall))) < len(self.forall):
            raise ValueError(f"two of forall are written alike: {', '.join(map(str, self.forall))}")
        free = set().union(*map(_free, relations))
        for name in self.forall:
            if name not in free:
                raise ValueError(f"forall names {name}, which no relation contains")
        if strangers := free - set(self.forall):
            raise ValueError(f"forall does not name {min(map(str, strangers))}, which is free")
        for name in self.where:
            if not name[:1].isalpha() or name in map(str, self.forall):
                raise ValueError(f"where gives the name {name!r}, which is no new name")
        for hypotheses, conclusion in self.claims:
            if isinstance(conclusion, Relational) and conclusion.lhs == conclusion.rhs:
                raise ValueError(f"both sides are the same expression in {printed(conclusion)}")
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
        names = {expr: name for name, expr in self.where.items()}
        parts = []
        for hypotheses, group in groupby(self.claims, key=lambda claim: claim[0]):
            given = f"{', '.join(printed(h, names) for h in hypotheses)} => " if hypotheses else ""
            parts.append(given + ", ".join(printed(conclusion, names) for _, conclusion in group))
        text = (f"for all {_quantifier(self.forall)}: " if self.forall else "") + "; ".join(parts)
        definitions = []
        for expr, name in names.items():
            others = {other: names[other] for other in names if other != expr}
            definitions.append(f"{name} = {printed(expr, others)}")
        return f"{text}, where {', '.join(definitions)}" if definitions else text

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
            if getattr(name, f"is_{assumption}") is True and (
                getattr(value, f"is_{assumption}") is not True
            ):
                return False
    return all(relation.xreplace(values).doit() == sp.true for relation in relations)


class _Printer(StrPrinter):  # type: ignore[misc]
    """Writes the names of known expressions in their place."""

    def __init__(self, names: Mapping[sp.Basic, str]) -> None:
        super().__init__()
        self._names = names

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, sp.Basic) and expr in self._names:
            return self._names[expr]
        return str(super()._print(expr, **kwargs))

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        name = self._names.get(item, "") if isinstance(item, sp.Basic) else ""
        return name if name.isidentifier() else str(super().parenthesize(item, level, strict))


def printed(relation: sp.Basic, names: Mapping[sp.Basic, str] = MappingProxyType({})) -> str:
    """`a < b` in one line, with names for some of its parts."""
    write = _Printer(names).doprint
    if isinstance(relation, Relational):
        return f"{write(relation.lhs)} {SIGNS[relation.func]} {write(relation.rhs)}"
    return str(write(relation))


def _check_exact(relation: sp.Basic) -> None:
    if isinstance(relation, BooleanAtom):
        raise TypeError(
            f"sympy takes it for {relation} on sight; where it is meant, write it with "
            "evaluate=False, and where a symbol's assumptions imply it, leave it out"
        )
    if not isinstance(relation, Boolean) or isinstance(relation, sp.Symbol):
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
            before = f"real {what}" if name.is_real is True else what
        else:
            before = "integer" if name.is_integer else "" if name.is_real else "complex"
        # `is True`, since these are properties of the class where a function assumes nothing.
        if name.is_positive is True:
            return before, "> 0"
        if name.is_nonnegative is True:
            return before, ">= 0"
        if name.is_negative is True:
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
        return ("", *sp.Tuple(relation).as_dummy())
    # In a Tuple, as `Symbol.as_dummy` renames the symbol itself.
    sides = tuple(sp.Tuple(relation.lhs, relation.rhs).as_dummy())
    if isinstance(relation, sp.Gt | sp.Ge):
        sides = sides[::-1]
    if isinstance(relation, sp.Eq | sp.Ne):
        sides = tuple(sorted(sides, key=sp.default_sort_key))
    return (SIGNS[relation.func].replace(">", "<"), *sides)


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
