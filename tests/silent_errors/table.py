"""What came of each class, counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.silent_errors.case import ProblemClass
from tests.silent_errors.judge import (
    CRASH,
    FALSE,
    HANG,
    RAISED,
    REFUSED,
    RIGHT,
    SILENT,
    UNDECIDED,
    VIOLATIONS,
    Verdict,
)

COLUMNS = ("class", "problems", "silent errors", "false claims", "crashes", "hangs", "refused")
COLUMNS += ("truth undecided", "answered", "floor")


@dataclass(frozen=True)
class Tally:
    """The outcomes of one class.

    Attributes:
        outcomes: how many of each. counted: those that the floor is about. answered: of them, how
            many met their contract with an answer.
    """

    problems: ProblemClass
    outcomes: Counter[str]
    counted: int
    answered: int

    @classmethod
    def of(cls, problems: ProblemClass, verdicts: Iterable[Verdict]) -> "Tally":
        verdicts = list(verdicts)
        counted = [v for v in verdicts if v.counts]
        answered = sum(v.outcome in (RIGHT, RAISED) for v in counted)
        return cls(problems, Counter(v.outcome for v in verdicts), len(counted), answered)

    @property
    def share(self) -> float:
        """Of the problems that count, how many were answered; 1 of none."""
        return self.answered / self.counted if self.counted else 1.0

    @property
    def violations(self) -> int:
        return sum(self.outcomes[kind] for kind in VIOLATIONS)


def is_met(tally: Tally) -> bool:
    """Whether no contract is broken and enough is answered."""
    return not tally.violations and tally.share >= tally.problems.floor


def table(tallies: Sequence[Tally]) -> str:
    """In Markdown, with the sums."""
    rows = [_row(tally) for tally in tallies]
    total = Counter[str]()
    for tally in tallies:
        total += tally.outcomes
    rows.append(["all", *_counts(total), "", ""])
    lines = ["# Hostile problems", "", _joined(COLUMNS), "|" + "---|" * len(COLUMNS)]
    lines += map(_joined, rows)
    missed = [t for t in tallies if t.share < t.problems.floor]
    lines += ["", f"Classes that answer less than their floor: {len(missed)}."]
    lines += ["", "## Classes", ""]
    lines += [f"- {tally.problems.name}: {tally.problems.about}" for tally in tallies]
    return "\n".join(lines) + "\n"


def _row(tally: Tally) -> list[str]:
    problems = tally.problems
    answered = f"{100 * tally.share:.1f} % of {tally.counted}"
    return [problems.name, *_counts(tally.outcomes), answered, f"{100 * problems.floor:g} %"]


def _counts(outcomes: Counter[str]) -> list[str]:
    kinds = (SILENT, FALSE, CRASH, HANG, REFUSED, UNDECIDED)
    return [str(outcomes.total()), *(str(outcomes[kind]) for kind in kinds)]


def _joined(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
