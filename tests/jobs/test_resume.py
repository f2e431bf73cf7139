"""A run that is killed without warning continues where it was, and ends with the bytes of one never killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.jobs.databases import shop, sorted_bytes, write_config, write_parts

COMMAND = [sys.executable, "-m", "synthspark.cli.main", "run"]
PATIENCE_SECONDS = 240


def units(output: Path) -> dict:
    manifest = output / "run.json"
    return json.loads(manifest.read_text())["units"] if manifest.exists() else {}


def run_and_kill(config: Path, output: Path, stage: str) -> None:
    """Start a run and kill it, with all its processes, while the stage is at work."""
    process = subprocess.Popen([*COMMAND, str(config), "--approve-all", "--quiet"], start_new_session=True)
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and process.poll() is None:
            if stage_has_begun(units(output), stage):
                return
            time.sleep(0.02)
        pytest.fail(f"the run ended ({process.poll()}) before {stage} was at work")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def stage_has_begun(done: dict, stage: str) -> bool:
    """Whether some of the stage, or all before it, is in the manifest."""
    before = {"fit": "fit/", "generate": "generate/", "evaluate": "verify"}[stage]
    return any(unit.startswith(before) for unit in done)


@pytest.mark.slow
def test_killed_in_fit_generate_and_evaluate_a_run_ends_as_if_never_killed(tmp_path):
    source = write_parts(shop(), tmp_path / "source", 2)
    outputs = {name: tmp_path / name / "out" for name in ("killed", "whole")}
    for output in outputs.values():
        output.parent.mkdir()
        write_config(output.parent / "run.yaml", source, output)
    for stage in ("fit", "generate", "evaluate"):
        run_and_kill(tmp_path / "killed" / "run.yaml", outputs["killed"], stage)
    kept = units(outputs["killed"])
    for name in ("killed", "whole"):
        subprocess.run([*COMMAND, str(tmp_path / name / "run.yaml"), "--approve-all", "--quiet"], check=True)
    done = units(outputs["killed"])
    assert all(done[unit]["seconds"] == kept[unit]["seconds"] for unit in kept), "a finished unit was done again"
    assert sorted_bytes(outputs["killed"] / "tables") == sorted_bytes(outputs["whole"] / "tables")
    reports = [(output / "report.json").read_text().replace(str(output), "OUT") for output in outputs.values()]
    assert reports[0] == reports[1]  # but for the output's own folder, which the report names among the settings
