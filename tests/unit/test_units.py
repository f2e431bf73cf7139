import threading

import pytest

from synthspark.artifacts.manifest import Manifest
from synthspark.artifacts.store import RunDirectory
from synthspark.errors import ModelError, SynthsparkError
from synthspark.progress import LoggedProgress
from synthspark.units import Outcome, Work, run_units


@pytest.fixture
def manifest(tmp_path):
    return Manifest(RunDirectory(str(tmp_path)))


def work(table, done, after=(), fingerprint="f", fault=None):
    def run():
        if fault:
            raise fault
        done.append(table)
        return Outcome(1)

    return Work(table, fingerprint, run, after)


def test_units_wait_for_what_they_come_after(manifest):
    done = []
    works = [work("c", done, ("b",)), work("b", done, ("a",)), work("a", done)]
    run_units("fit", works, manifest, LoggedProgress(), concurrency=3)
    assert done == ["a", "b", "c"]


def test_finished_units_are_skipped_unless_fingerprint_or_output_changed(manifest, tmp_path):
    run_units("fit", [work("a", []), work("b", []), work("c", [])], manifest, LoggedProgress(), concurrency=1)
    again = Manifest(RunDirectory(str(tmp_path)))
    done = []
    works = [work("a", done), work("b", done, fingerprint="g"), work("c", done)]
    run_units("fit", works, again, LoggedProgress(), concurrency=1, finished=lambda table: table != "c")
    assert done == ["b", "c"]


def test_a_failure_keeps_finished_units_and_stops_only_what_needs_it(manifest):
    done = []
    works = [work("a", done, fault=ModelError("a is bad")), work("b", done, ("a",)), work("c", done)]
    with pytest.raises(SynthsparkError, match="a is bad"):
        run_units("fit", works, manifest, LoggedProgress(), concurrency=1)
    assert done == ["c"] and manifest.find("fit", "c") and not manifest.find("fit", "a")


def test_an_unexpected_error_keeps_its_type(manifest):
    with pytest.raises(ZeroDivisionError):
        run_units("fit", [work("a", [], fault=ZeroDivisionError())], manifest, LoggedProgress(), concurrency=1)


def test_independent_units_run_at_the_same_time(manifest):
    barrier = threading.Barrier(2, timeout=10)

    def run():
        barrier.wait()
        return Outcome()

    run_units("fit", [Work("a", "f", run), Work("b", "f", run)], manifest, LoggedProgress(), concurrency=2)
    assert len(manifest.units("fit")) == 2


def test_units_that_wait_for_each_other_do_not_hang(manifest):
    with pytest.raises(RuntimeError, match="wait for each other"):
        run_units("fit", [work("a", [], ("b",)), work("b", [], ("a",))], manifest, LoggedProgress(), concurrency=1)
