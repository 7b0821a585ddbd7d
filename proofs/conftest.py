"""Hands the proof files of this folder to pytest; the rules: `implicitbias.theorems`."""

from pathlib import Path

import pytest

from implicitbias.theorems.plugin import Ledger, add_options


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Ledger(Path(__file__).parent, config))
