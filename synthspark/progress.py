"""How far a stage has come: told by the stages, shown by whoever runs them."""

from __future__ import annotations

import logging
import time
from typing import Protocol

logger = logging.getLogger(__name__)
WHOLE = "the whole database"  # what a step without a table is about


class Progress(Protocol):
    """What stages tell. Calls may come from several threads."""

    def begin(self, stage: str, tables: dict[str, int | None]) -> None:
        """A stage starts on these tables, each with its rows where they are known."""

    def start(self, stage: str, table: str) -> None:
        """Work on one table of a stage begins; stages that cannot tell leave this out."""

    def finish(self, stage: str, table: str, rows: int | None = None, *, resumed: bool = False) -> None:
        """A table of a stage is done; `resumed` says that an earlier run had done it."""

    def end(self, stage: str) -> None:
        """All tables of a stage are done."""


class LoggedProgress:
    """One log line when a stage starts, one a table, one at the end."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}

    def begin(self, stage: str, tables: dict[str, int | None]) -> None:
        self._started[stage] = time.monotonic()
        logger.info("%s: %s", stage, f"{len(tables)} tables" if any(tables) else WHOLE)

    def start(self, stage: str, table: str) -> None:
        logger.debug("%s: %s starts", stage, table)

    def finish(self, stage: str, table: str, rows: int | None = None, *, resumed: bool = False) -> None:
        counted = "" if rows is None else f", {rows:,} rows"
        logger.info("%s: %s%s%s", stage, table or WHOLE, counted, ", done by an earlier run" if resumed else "")

    def end(self, stage: str) -> None:
        logger.info("%s: finished in %.1f s", stage, time.monotonic() - self._started.get(stage, time.monotonic()))
