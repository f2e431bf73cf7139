"""What a command writes beside its results."""

import logging

import pytest

from synthspark.cli.main import main
from synthspark.cli.terminal import Terminal

STAGE = logging.getLogger("synthspark.some.stage")


@pytest.mark.parametrize(
    ("flags", "shown"),
    [({}, {"info", "error"}), ({"quiet": True}, {"error"}), ({"verbose": True}, {"debug", "info", "error"})],
)
def test_stages_are_logged_to_standard_error_as_the_flags_say(capsys, flags, shown):
    with Terminal(**flags).showing_logs():
        for level in ("debug", "info", "error"):
            getattr(STAGE, level)("told as %s", level)
    said = capsys.readouterr()
    assert {level for level in ("debug", "info", "error") if f"told as {level}" in said.err} == shown
    assert said.out == ""


def test_a_command_leaves_logging_as_it_found_it(capsys):
    package = logging.getLogger("synthspark")
    before = (list(package.handlers), package.level)
    assert main(["fit", "no such config.yaml"]) == 2
    assert (list(package.handlers), package.level) == before
    capsys.readouterr()
