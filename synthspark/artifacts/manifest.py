"""run.json: which units of work are done, on which inputs; what a killed run needs to continue where it stopped."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from synthspark.artifacts.store import RunDirectory
from synthspark.artifacts.versions import check_version
from synthspark.errors import DataError

FORMAT_VERSION = 1
FILE = "run.json"


@dataclass(frozen=True)
class Unit:
    """One finished piece of work, such as ("generate", "loan"), with the fingerprint of all that determined it."""

    stage: str
    table: str
    fingerprint: str
    rows: int | None = None
    seconds: float = 0.0
    notes: Mapping[str, Any] = field(default_factory=dict)  # fallbacks, dropped rows and the like: counted, shown

    @property
    def name(self) -> str:
        return f"{self.stage}/{self.table}" if self.table else self.stage


def fingerprint(*parts: Any) -> str:
    """Stable digest of JSON-able parts."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class Manifest:
    """The units finished in a run directory; every record is on disk before `record` returns. Thread-safe."""

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._units: dict[str, Unit] = {}
        self.facts: dict[str, Any] = {}
        if directory.exists(FILE):
            self._load(directory.read_text(FILE))

    def _load(self, text: str) -> None:
        try:
            data = json.loads(text)
        except ValueError as fault:
            raise DataError(
                f"{self._directory.uri(FILE)}: not JSON; expected a run manifest; delete it to start over"
            ) from fault
        check_version(self._directory.uri(FILE), data.get("format_version"), FORMAT_VERSION, "use a new output.path")
        self.facts = data["facts"]
        self._units = {name: Unit(**unit) for name, unit in data["units"].items()}

    def find(self, stage: str, table: str = "") -> Unit | None:
        """The finished unit of this stage and table, whatever its fingerprint."""
        return self._units.get(f"{stage}/{table}" if table else stage)

    def done(self, stage: str, table: str, wanted: str) -> bool:
        """Whether this unit was finished with this very fingerprint."""
        unit = self.find(stage, table)
        return unit is not None and unit.fingerprint == wanted

    def units(self, stage: str = "") -> tuple[Unit, ...]:
        return tuple(unit for unit in self._units.values() if not stage or unit.stage == stage)

    def record(self, unit: Unit) -> None:
        with self._lock:
            self._units[unit.name] = unit
            self._write()

    def forget(self, stage: str, table: str = "") -> None:
        with self._lock:
            self._units.pop(f"{stage}/{table}" if table else stage, None)
            self._write()

    def note(self, **facts: Any) -> None:
        """Facts of the whole run: versions, seed, resolved settings, source snapshots."""
        with self._lock:
            self.facts.update(facts)
            self._write()

    def _write(self) -> None:
        data = {
            "format_version": FORMAT_VERSION,
            "facts": self.facts,
            "units": {name: asdict(unit) for name, unit in sorted(self._units.items())},
        }
        self._directory.write_text(FILE, json.dumps(data, indent=1, default=str, ensure_ascii=False))
