"""How pytest-xdist shares the proof files out: a process takes one batch after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

__all__ = ["BatchScheduling"]


class BatchScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """The scheduler of scopes, where a scope is a batch; their order is that of the collection.

    It is made to be told what a scope is by a subclass, of which xdist has several itself.
    """

    def __init__(self, config: pytest.Config, log: Any, batches: Sequence[Sequence[str]]) -> None:
        config.option.loadscopereorder = False  # else the number of tests decides the order
        super().__init__(config, log)
        self._batch_of = {file: batch[0] for batch in batches for file in batch}

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return self._batch_of.get(PurePath(file).name, file)
