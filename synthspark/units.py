"""Units of work: one per stage and table, run concurrently, recorded when done, skipped when done before."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from synthspark.artifacts.manifest import Manifest, Unit
from synthspark.errors import SynthsparkError
from synthspark.progress import Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a unit leaves in the manifest: the rows it handled and notes a report shows."""

    rows: int | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Work:
    """One unit to be done: `run` is called once every table named in `after` is done."""

    table: str
    fingerprint: str
    run: Callable[[], Outcome]
    after: Sequence[str] = ()
    rows: int | None = None  # expected, for the progress bar


def run_units(
    stage: str,
    works: Sequence[Work],
    manifest: Manifest,
    progress: Progress,
    *,
    concurrency: int,
    finished: Callable[[str], bool] = lambda table: True,
) -> None:
    """Do all units of a stage that are not done yet, at most `concurrency` at a time.

    A failing unit does not stop those that do not wait for it; what they finish stays finished.

    Parameters
    ----------
    finished
        Whether a unit that the manifest calls done still has its output; False makes it run again.

    Raises
    ------
    SynthsparkError
        The message of every failed unit, after all others have ended.
    """
    progress.begin(stage, {work.table: work.rows for work in works})
    open_works: dict[str, Work] = {}
    for work in works:
        if manifest.done(stage, work.table, work.fingerprint) and finished(work.table):
            unit = manifest.find(stage, work.table)
            progress.finish(stage, work.table, unit.rows if unit else None, resumed=True)
        else:
            open_works[work.table] = work
    failures = _run_open(stage, open_works, manifest, progress, concurrency)
    progress.end(stage)
    if failures:
        raise _joined(stage, failures)


def _run_open(
    stage: str, open_works: dict[str, Work], manifest: Manifest, progress: Progress, concurrency: int
) -> dict[str, BaseException]:
    failures: dict[str, BaseException] = {}
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix=f"synthspark-{stage}") as pool:
        while open_works or running:
            waiting = set(open_works) | set(running.values())
            ready = [table for table, work in open_works.items() if not waiting & set(work.after)]
            if not ready and not running:
                raise RuntimeError(f"{stage}: units wait for each other: {', '.join(sorted(open_works))}")
            for table in ready:
                work = open_works.pop(table)
                if set(work.after) & set(failures):
                    failures[table] = SynthsparkError(
                        f"{stage}, table {table}: not done, for a table it depends on failed"
                    )
                    continue
                running[pool.submit(_run_one, stage, work, manifest, progress)] = table
            if not running:
                continue
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                table = running.pop(future)
                fault = future.exception()
                if fault is not None:
                    failures[table] = fault
    return failures


def _run_one(stage: str, work: Work, manifest: Manifest, progress: Progress) -> None:
    started = time.monotonic()
    progress.start(stage, work.table)
    if manifest.find(stage, work.table):
        manifest.forget(stage, work.table)
    outcome = work.run()
    seconds = round(time.monotonic() - started, 3)
    manifest.record(Unit(stage, work.table, work.fingerprint, outcome.rows, seconds, outcome.notes))
    progress.finish(stage, work.table, outcome.rows)


def _joined(stage: str, failures: Mapping[str, BaseException]) -> BaseException:
    """One error for all failed units: the user's mistakes as messages; anything unexpected keeps its trace."""
    for table, fault in failures.items():
        if not isinstance(fault, SynthsparkError):
            fault.add_note(f"while doing {stage} of table {table}")
            logger.error("%s, table %s failed: %s", stage, table, type(fault).__name__)
            return fault
    first = next(iter(failures.values()))
    if len(failures) == 1:
        return first
    return type(first)("\n".join(str(fault) for fault in failures.values()))
