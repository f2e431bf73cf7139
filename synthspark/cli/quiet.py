"""A terminal without the notices that a Java virtual machine prints for Java developers."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator

NOTICE = re.compile(
    rb"WARNING: (Using incubator modules|package [\w.]+ not in |A restricted method|A terminally deprecated"
    rb"|Use --enable-native-access|Restricted methods will be blocked|Please consider reporting this"
    rb"|[\w.$]+(::\w+)? (has been called|will be removed))"
    rb"|(OpenJDK|Java HotSpot).* VM warning: Sharing is only supported for boot loader classes"
    rb"|Using Spark's default log4j profile|Setting default log level to |To adjust logging level use "
    rb"|Picked up (JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS)"
)
"""Beginnings of the lines left out; all of them tell of Spark's own start, none of the user's work."""

LAST_WORDS_SECONDS = 2.0
"""How long to wait for what a process that failed to start still had to say."""


@contextlib.contextmanager
def without_java_notices() -> Iterator[None]:
    """Give processes started inside a standard error without Java's notices, for as long as they live.

    Every other line goes on to this process's standard error. This process itself writes past the
    filter again from the end of the block on. Where there is no standard error, nothing happens.
    """
    try:
        original = os.dup(2)
    except OSError:
        yield
        return
    read_end, write_end = os.pipe()
    reader = threading.Thread(
        target=_pass_on, args=(read_end, os.dup(original)), name="synthspark-java-notices", daemon=True
    )
    _flush_stderr()
    os.dup2(write_end, 2)
    os.close(write_end)
    reader.start()
    failed = True
    try:
        yield
        failed = False
    finally:
        _flush_stderr()
        os.dup2(original, 2)
        os.close(original)
        if failed:  # the reason must stand on the terminal before the caller's message
            reader.join(LAST_WORDS_SECONDS)


def _pass_on(read_end: int, write_end: int) -> None:
    """Copy lines until the last writer has gone, except notices."""
    with os.fdopen(read_end, "rb") as lines, os.fdopen(write_end, "wb", buffering=0) as terminal:
        for line in lines:
            if NOTICE.match(line) is None:
                # A terminal that has gone must not stop the reading, or the writer would block.
                with contextlib.suppress(OSError):
                    terminal.write(line)


def _flush_stderr() -> None:
    """Hand over what Python still holds of its standard error, if it has one."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
