"""The command line's words: subcommands, flags and the help that teaches them."""

from __future__ import annotations

import argparse

from synthspark import __version__

EXIT_CODES = """\
exit codes: 0 done; 2 a mistake in the input (the message says how to mend it); 3 waiting for a review;
4 an integrity or quality gate failed; 1 anything else."""

START = """\
Start here:
  synthspark demo                     the whole tour on an embedded insurance database
  synthspark init FOLDER              write a config for your own tables
  synthspark discover CONFIG          propose keys and relationships, then open review.html
  synthspark review CONFIG            see what awaits your decision; approve or reject it
  synthspark run CONFIG               everything, resuming what is done
"""

STAGES = {
    "discover": "profile the tables and propose keys, relationships and meanings",
    "review": "show what awaits a decision; approve or reject it",
    "fit": "fit a model of every table; refuses while decisions are open",
    "generate": "write the synthetic database and verify its integrity",
    "evaluate": "measure the synthetic database against the real one; write the report",
    "run": "all stages in order, resuming what is done",
}


def build_parser() -> argparse.ArgumentParser:
    """Parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="synthspark",
        description="A synthetic copy of a whole relational database, made on Spark.",
        epilog=f"{START}\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"synthspark {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in STAGES.items():
        _add_stage(commands, name, summary)
    _add_compare(commands)
    _add_init(commands)
    _add_demo(commands)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_stage(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str) -> None:
    parser = _command(commands, name, summary)
    needed = "?" if name == "evaluate" else None
    help_text = "YAML file of the run; `synthspark init` writes one"
    parser.add_argument("config", metavar="CONFIG", nargs=needed, help=help_text)
    if name == "evaluate":
        _add_folders(parser)
    _add_common(parser)
    if name in ("review", "fit", "run", "generate", "evaluate"):
        parser.add_argument("--approve-all", action="store_true", help="approve every open proposal without a look")
    if name == "review":
        names = "TABLE, TABLE.COLUMN[,COLUMN] or TABLE:RULE; * stands for anything"
        parser.add_argument("--approve", metavar="NAME", nargs="+", default=[], help=f"approve these: {names}")
        parser.add_argument("--reject", metavar="NAME", nargs="+", default=[], help=f"reject these: {names}")
        parser.add_argument(
            "--approve-from", metavar="X", type=float, help="approve every open proposal with at least this confidence"
        )
        parser.add_argument(
            "--answer", metavar="1a", nargs="+", default=[], help="choose a reading of a question of discovery"
        )
        parser.add_argument("--interactive", action="store_true", help="go through what is open, one after the other")


def _add_folders(parser: argparse.ArgumentParser) -> None:
    folders = parser.add_argument_group("instead of a run, any synthetic database")
    folders.add_argument("--real", metavar="DIR", help="folder of the tables that the copy was made from")
    folders.add_argument("--synthetic", metavar="DIR", help="folder of the synthetic tables")
    folders.add_argument("--schema", metavar="FILE", help="YAML with tables and foreign_keys, as a run's schema.yaml")
    folders.add_argument("--holdout", metavar="DIR", help="folder of real tables that the copy was not made from")


def _add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "compare", "show two evaluated runs side by side")
    parser.add_argument("first", metavar="RUN_A", help="run directory, or a report.json")
    parser.add_argument("second", metavar="RUN_B", help="run directory, or a report.json")
    parser.add_argument("--output", metavar="FILE", help="page to write (default comparison.html)")
    _add_voice(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", metavar="DIR", help="run directory; outweighs output.path of the config")
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="KEY.PATH=VALUE",
        action="append",
        default=[],
        help="set any config value, e.g. --set fit.engine=copula (repeatable; the value is YAML)",
    )
    parser.add_argument("--seed", metavar="N", help="seed of all random numbers: same seed, same bytes")
    parser.add_argument("--scale", metavar="X", help="rows out per row in, 0.001 to 1000")
    _add_voice(parser)


def _add_voice(parser: argparse.ArgumentParser) -> None:
    voice = parser.add_mutually_exclusive_group()
    voice.add_argument("--quiet", action="store_true", help="errors only")
    voice.add_argument("--verbose", action="store_true", help="more detail, and stack traces of unexpected errors")


def _add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "init", "write a commented config for a folder, catalog schema or database")
    parser.add_argument("path", metavar="PATH", help="folder of tables, catalog schema (table:NAME) or jdbc: address")
    parser.add_argument("--output", metavar="DIR", help="run directory to name in the config (default out/NAME)")
    parser.add_argument("--config", metavar="FILE", help="where to write it (default conf/NAME.yaml)")
    parser.add_argument("--force", action="store_true", help="replace an existing file")
    _add_voice(parser)


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "demo", "the whole tour on an embedded database, no arguments needed")
    parser.add_argument(
        "--data", choices=("insurance", "flights"), default="insurance", help="which database (default insurance)"
    )
    parser.add_argument("--customers", metavar="N", type=int, default=1000, help="size of the insurance database")
    _add_common(parser)
