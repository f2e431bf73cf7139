"""One MLflow run that may have been begun by an earlier process: only what is new is written."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthspark.artifacts.manifest import fingerprint
from synthspark.track.names import LONGEST_TAG, METRICS_AT_ONCE, PARAMETERS_AT_ONCE, batches, shortened

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

DIGESTS = "synthspark.digests"
"""Tag with the digests of what is logged already."""


@dataclass(frozen=True)
class Source:
    """One table of the source, as MLflow describes a dataset."""

    name: str
    digest: str
    address: str
    format: str
    columns: Mapping[str, str]
    rows: int | None


class RunLog:
    """Writes to the run with this id."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self.client = client
        self.run_id = run_id
        run = client.get_run(run_id)
        self._parameters = dict(run.data.params)
        self._metrics = dict(run.data.metrics)
        self._tags = dict(run.data.tags)
        self._inputs = {item.dataset.name for item in run.inputs.dataset_inputs} if run.inputs else set()

    def parameters(self, values: Mapping[str, str]) -> None:
        """Log parameters; one that was logged with another value keeps it, and the new one becomes a tag."""
        from mlflow.entities import Param

        new = [Param(name, value) for name, value in values.items() if name not in self._parameters]
        for batch in batches(new, PARAMETERS_AT_ONCE):
            self.client.log_batch(self.run_id, params=batch)
        changed = {
            f"changed.{name}": value
            for name, value in values.items()
            if name in self._parameters and self._parameters[name] != value
        }
        self.tags(changed)

    def metrics(self, values: Mapping[str, float]) -> None:
        """Log metrics whose value is new."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        new = [Metric(name, value, now, 0) for name, value in values.items() if self._metrics.get(name) != value]
        for batch in batches(new, METRICS_AT_ONCE):
            self.client.log_batch(self.run_id, metrics=batch)

    def tags(self, values: Mapping[str, str]) -> None:
        """Set tags whose value is new."""
        from mlflow.entities import RunTag

        new = {name: shortened(value, LONGEST_TAG) for name, value in values.items()}
        new = {name: value for name, value in new.items() if self._tags.get(name) != value}
        for batch in batches((RunTag(name[:250], value) for name, value in new.items()), PARAMETERS_AT_ONCE):
            self.client.log_batch(self.run_id, tags=batch)
        self._tags |= new

    def tag(self, name: str) -> str | None:
        """Value of a tag."""
        return self._tags.get(name)

    def files(self, contents: Mapping[str, bytes]) -> None:
        """Log artifacts whose content is new."""
        new = {name: content for name, content in contents.items() if not self.is_logged(name, content)}
        with tempfile.TemporaryDirectory(prefix="synthspark-") as folder:
            for name, content in new.items():
                file = Path(folder, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            if new:
                self.client.log_artifacts(self.run_id, folder)
        for name, content in new.items():
            self.mark_logged(name, content)

    def sources(self, tables: Sequence[Source]) -> None:
        """Log the tables of the source as datasets, those that are not there yet."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        new = [table for table in tables if table.name not in self._inputs]
        if not new:
            return
        inputs = [
            DatasetInput(
                Dataset(
                    name=table.name[:500],
                    digest=table.digest[:36],
                    source_type=table.format,
                    source=json.dumps({"uri": table.address}),
                    schema=json.dumps(
                        {"mlflow_colspec": [{"type": kind, "name": name} for name, kind in table.columns.items()]}
                    ),
                    profile=json.dumps({"num_rows": table.rows}),
                ),
                [InputTag("mlflow.data.context", "source")],
            )
            for table in new
        ]
        for batch in batches(inputs, PARAMETERS_AT_ONCE):
            self.client.log_inputs(self.run_id, batch)

    def _digests(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self._tags.get(DIGESTS, "{}"))
        return found

    def is_logged(self, name: str, content: bytes) -> bool:
        """Whether this very content was logged under this name."""
        return self._digests().get(name) == _digest(content)

    def mark_logged(self, name: str, content: bytes) -> None:
        """Remember that this content is logged."""
        self.tags({DIGESTS: json.dumps({**self._digests(), name: _digest(content)}, sort_keys=True)})

    def finish(self, seconds: float | None = None) -> None:
        """Close the run as finished; `seconds` after its start where that is known."""
        start = self.client.get_run(self.run_id).info.start_time
        end = None if seconds is None else start + int(seconds * 1000)
        self.client.set_terminated(self.run_id, "FINISHED", end_time=end)


def _digest(content: bytes) -> str:
    return fingerprint(content.hex())[:12]
