"""What a log without a terminal says of a run."""

import logging

from synthspark.progress import LoggedProgress


def test_steps_of_tables_and_of_the_whole_database_are_told_by_name(caplog):
    caplog.set_level(logging.INFO)
    progress = LoggedProgress()
    progress.begin("verify", {"order": 20, "line": None})
    progress.finish("verify", "order", 20)
    progress.begin("evaluate", {"": None})
    progress.finish("evaluate", "", 25_694, resumed=True)
    assert [record.getMessage() for record in caplog.records] == [
        "verify: 2 tables",
        "verify: order, 20 rows",
        "evaluate: the whole database",
        "evaluate: the whole database, 25,694 rows, done by an earlier run",
    ]
