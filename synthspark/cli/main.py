"""The console command: parse, load, get the session, call the stages, say what was found, return an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthspark.cli.arguments import build_parser
from synthspark.config import Settings, load_settings
from synthspark.errors import ConfigError, DataError, GateFailed, ReviewPending, SchemaError, SynthsparkError

if TYPE_CHECKING:
    from synthspark.cli.terminal import Terminal
    from synthspark.mirror import Mirror

EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (ReviewPending, 3),
    (GateFailed, 4),
    (ConfigError, 2),
    (SchemaError, 2),
    (DataError, 2),
)
OTHER_ERROR = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (see `synthspark --help`)."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    from synthspark.cli.terminal import Terminal  # rich is loaded only when there is something to show

    terminal = Terminal(quiet=arguments.quiet, verbose=arguments.verbose)
    try:
        with terminal.showing_logs():
            _dispatch(arguments, terminal)
    except SynthsparkError as fault:
        terminal.error(str(fault), waiting=isinstance(fault, ReviewPending))
        return next((code for kind, code in EXIT_CODES if isinstance(fault, kind)), OTHER_ERROR)
    except KeyboardInterrupt:
        terminal.error("stopped; run the same command again to continue where it was")
        return OTHER_ERROR
    except Exception as fault:
        if arguments.verbose:
            raise
        terminal.unexpected(fault)
        return OTHER_ERROR
    return 0


def _dispatch(arguments: argparse.Namespace, terminal: Terminal) -> None:
    if arguments.command == "init":
        from synthspark.cli.starter import write_starter

        write_starter(arguments, terminal)
    elif arguments.command == "demo":
        from synthspark.cli.tour import run_tour

        run_tour(arguments, terminal)
    elif arguments.command == "review":
        from synthspark.cli.reviewing import run_review

        run_review(arguments, load_command_settings(arguments), terminal)
    elif arguments.command == "compare":
        from synthspark.cli.judging import compare_runs

        compare_runs(arguments, terminal)
    elif arguments.command == "evaluate" and _judges_folders(arguments):
        from synthspark.cli.judging import judge_folders

        judge_folders(arguments, flag_overrides(arguments), terminal)
    else:
        run_stage(arguments, load_command_settings(arguments), terminal)


def _judges_folders(arguments: argparse.Namespace) -> bool:
    from synthspark.cli.judging import judges_folders

    return judges_folders(arguments)


def load_command_settings(arguments: argparse.Namespace) -> Settings:
    """Settings of the config file with the flags laid over it."""
    return load_settings(arguments.config, flag_overrides(arguments))


def flag_overrides(arguments: argparse.Namespace) -> list[str]:
    """The flags that stand for config values, as ``key.path=value``; --set comes first, the named flags win."""
    overrides = list(arguments.overrides)
    if arguments.output:
        overrides.append(f'output.path="{arguments.output}"')
    overrides += [f"{name}={value}" for name in ("seed", "scale") if (value := getattr(arguments, name)) is not None]
    return overrides


def run_stage(arguments: argparse.Namespace, settings: Settings, terminal: Terminal) -> Mirror:
    """Run the stages of one command and show what came out."""
    mirror = open_mirror(settings, terminal)
    command = arguments.command
    with terminal.progress:
        if command in ("discover", "run", "demo"):
            mirror.discover()
        if getattr(arguments, "approve_all", False) or command == "demo":
            mirror.approve(everything=True)
        if command in ("fit", "run", "demo"):
            mirror.fit()
        if command in ("generate", "run", "demo"):
            mirror.generate()
        if command in ("evaluate", "run", "demo"):
            _evaluate(mirror, terminal)
    terminal.summary(mirror, command)
    return mirror


def _evaluate(mirror: Mirror, terminal: Terminal) -> None:
    """Evaluate and track; a tracking server that does not answer loses nothing of a finished run."""
    try:
        mirror.evaluate()
    finally:
        if mirror.has_report():
            try:
                mirror.track()
            except SynthsparkError as fault:
                terminal.warning(str(fault))


def open_mirror(settings: Settings, terminal: Terminal) -> Mirror:
    """A mirror in the session that is there, or in a local one made for this command."""
    with terminal.waiting("starting Spark"):
        from synthspark.cli.on_spark import local_session
        from synthspark.mirror import Mirror

        return Mirror(local_session(f"synthspark {settings.name}"), settings, terminal.progress)


if __name__ == "__main__":
    sys.exit(main())
