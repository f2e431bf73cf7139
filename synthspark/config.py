"""The configuration of a run: one YAML file, read once into frozen settings; unknown keys are refused."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from synthspark.errors import ConfigError

FORMATS = ("parquet", "csv", "json", "orc", "delta", "iceberg", "table", "jdbc")


def _setting(default: Any, low: float | None = None, high: float | None = None, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True)
class TableSource:
    """Where one table is, when it is not simply ``<source.path>/<table>``."""

    path: str = ""
    format: str = _setting("", choices=("", *FORMATS))
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceSettings:
    """The database to copy: a folder of tables, a catalog schema (`path: catalog.schema`), or a JDBC source."""

    format: str = _setting("parquet", choices=FORMATS)
    path: str = ""
    tables: Mapping[str, TableSource] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OutputSettings:
    """The run directory, and the format of the synthetic tables in it."""

    path: str = ""
    format: str = _setting("parquet", choices=FORMATS)
    mode: str = _setting("error", choices=("error", "overwrite", "append"))
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DiscoverSettings:
    """How keys and relationships are looked for."""

    driver_rows: int = _setting(100_000, low=0)  # tables up to this size are profiled on the driver
    sketch_size: int = _setting(16_384, low=64)  # distinct value hashes kept a column; below it counts are exact
    sample_rows: int = _setting(1_000, low=10)  # values looked at for semantic types
    recogniser: str = ""  # "module:name" of another named-entity recogniser; "" for the embedded one
    minimum_coverage: float = _setting(0.8, low=0.0, high=1.0)  # share of child values found in the parent
    minimum_confidence: float = _setting(0.4, low=0.0, high=1.0)  # foreign keys below are listed as candidates only
    minimum_rule_confidence: float = _setting(0.5, low=0.0, high=1.0)  # rules below are not shown
    rules: bool = True  # whether business rules are looked for
    rule_violations: float = _setting(0.002, low=0.0, high=0.1)  # share of rows that may break a proposed rule
    rule_sample_rows: int = _setting(50_000, low=1_000)  # rows of a large table that rules are looked for in
    maximum_key_columns: int = _setting(4, low=1, high=8)
    concurrency: int = _setting(4, low=1)  # tables worked on at the same time
    # keys that the catalog declares: proposed as they are, weighed like other evidence, or not asked for
    declared: str = _setting("trust", choices=("trust", "evidence", "ignore"))


@dataclass(frozen=True)
class ColumnSettings:
    """A person's word on one column; it outweighs discovery."""

    semantic: str = ""
    generate: str = _setting("", choices=("", "auto", "drop", "verbatim"))


@dataclass(frozen=True)
class ForeignKeySettings:
    """A foreign key that a person gives: columns of the table, the parent, and its columns if not its primary key."""

    columns: Sequence[str] = ()
    references: str = ""
    parent_columns: Sequence[str] = ()


@dataclass(frozen=True)
class TableSettings:
    """A person's word on one table; it outweighs discovery."""

    role: str = _setting("", choices=("", "synthesize", "reference", "skip"))
    primary_key: Sequence[str] = ()
    foreign_keys: Sequence[ForeignKeySettings] = ()
    context: Sequence[str] = ()  # child columns of the foreign key whose parent creates the rows
    engine: str = _setting("", choices=("", "auto", "copula", "trees"))
    rows: int | None = _setting(None, low=0)
    condition: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # column: {value: share of the rows}
    columns: Mapping[str, ColumnSettings] = field(default_factory=dict)


@dataclass(frozen=True)
class FitSettings:
    """How the models are fitted."""

    engine: str = _setting("auto", choices=("auto", "copula", "trees"))
    driver_rows: int = _setting(500_000, low=0)  # tables up to this size are fitted whole
    sample_rows: int = _setting(200_000, low=100)  # rows of a larger table that are fitted, in whole families
    shard_rows: int = _setting(50_000, low=100)  # rows of one group; a table's model is the mixture of its shards'
    maximum_shards: int = _setting(64, low=1)
    relatives: bool = True  # rows depend on all generations above and on factors that siblings share
    maximum_categories: int = _setting(1_000, low=2)
    concurrency: int = _setting(4, low=1)
    maximum_fallbacks: float = _setting(
        0.2, low=0.0, high=1.0
    )  # share of columns that may fall back before a run fails


@dataclass(frozen=True)
class GenerateSettings:
    """How the synthetic tables are written."""

    concurrency: int = _setting(4, low=1)
    batch_rows: int = _setting(131_072, low=1)
    partition_rows: int = _setting(1_000_000, low=1)  # rows aimed at in one output partition


@dataclass(frozen=True)
class TaskSettings:
    """A prediction that people will make: a query that gives a row a case, and the column to be told."""

    name: str = ""
    sql: str = ""
    target: str = "y"


@dataclass(frozen=True)
class EvaluateSettings:
    """What is measured, on how many rows, and which scores a run must reach."""

    sample_rows: int = _setting(20_000, low=100)
    detection_rows: int = _setting(5_000, low=50)
    maximum_pairs: int = _setting(300, low=1)
    maximum_joins: int = _setting(40, low=0)  # paths over two joins that are scored, the most dependent ones first
    privacy_rows: int = _setting(2_000, low=100)  # rows a side whose distances are measured
    maximum_views: int = _setting(24, low=1)  # tables, joins and subjects whose privacy is attacked
    tasks: Sequence[TaskSettings] = ()  # predictions to be learned from the copy and tested on real rows
    automatic_tasks: int = _setting(6, low=0)  # more such, chosen by what can be told from the real rows
    queries: str = ""  # SQL file that is run on both databases
    generated_queries: int = _setting(8, low=0)  # more such: a join and group-by over the largest relationships
    folds: int = _setting(3, low=2)
    concurrency: int = _setting(2, low=1)
    gates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PrivacySettings:
    """What protects the people in the source."""

    k: int = _setting(5, low=1)  # values of fewer subjects are not emitted
    locale: str = ""  # of generated names and addresses; empty: from the data
    holdout: float = _setting(0.05, low=0.0, high=0.5)  # share of the subjects kept aside to judge privacy by; 0: none
    subjects: Sequence[str] = ()  # tables whose rows are the people to protect; empty: proposed by discovery


@dataclass(frozen=True)
class TrackingSettings:
    """Where MLflow keeps the run."""

    uri: str = "sqlite:///mlflow.db"
    experiment: str = "synthspark"
    register: str = ""  # name under which the fitted database is registered; empty: not registered
    maximum_metrics: int = _setting(2_000, low=0)  # of single scores, the coarsest first; report.json has them all


@dataclass(frozen=True)
class Settings:
    """The whole configuration of one run."""

    name: str = "synthspark"
    source: SourceSettings = field(default_factory=SourceSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    seed: int = _setting(0, low=0)
    scale: float | Mapping[str, float] = 1.0
    discover: DiscoverSettings = field(default_factory=DiscoverSettings)
    tables: Mapping[str, TableSettings] = field(default_factory=dict)
    fit: FitSettings = field(default_factory=FitSettings)
    generate: GenerateSettings = field(default_factory=GenerateSettings)
    evaluate: EvaluateSettings = field(default_factory=EvaluateSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    tracking: TrackingSettings | None = field(default_factory=TrackingSettings)

    def __post_init__(self) -> None:
        scales = self.scale.values() if isinstance(self.scale, Mapping) else [self.scale]
        for scale in scales:
            if not 0.001 <= scale <= 1000:
                raise ConfigError(f"scale: found {scale}; expected 0.001 to 1000 (rows out / rows in); correct scale")

    def scale_of(self, table: str) -> float:
        """Rows out per row in, for the rows of a table without context parent."""
        if isinstance(self.scale, Mapping):
            return float(self.scale.get(table, 1.0))
        return float(self.scale)

    def engine_of(self, table: str) -> str:
        """The engine asked for."""
        own = self.tables[table].engine if table in self.tables else ""
        return own or self.fit.engine


def load_settings(path: str | Path, overrides: Sequence[str] = ()) -> Settings:
    """Settings of the file at `path`, with ``key.path=value`` overrides applied; ConfigError lists every fault."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such config file; write one with `synthspark init PATH`") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path}: cannot be read ({fault.__class__.__name__}); expected a YAML text file") from fault
    return parse_settings(text, str(path), overrides)


def parse_settings(text: str, place: str = "config", overrides: Sequence[str] = ()) -> Settings:
    """Settings written in `text`."""
    data = _yaml(text, place)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{place}: found {type(data).__name__}; expected a mapping with source, output, ...")
    for override in overrides:
        _apply(data, override)
    findings: list[str] = []
    settings = _build(Settings, data, "", findings)
    findings += [] if findings else _missing(settings)
    if findings:
        raise ConfigError("\n".join(f"{place}: {finding}" for finding in findings))
    return typing.cast(Settings, settings)


def _missing(settings: Settings) -> list[str]:
    found = []
    if not settings.source.path and not settings.source.tables and settings.source.format != "jdbc":
        found.append("source.path: missing; expected the folder or catalog schema to read; add source: {path: ...}")
    for table, wanted in settings.tables.items():
        for number, key in enumerate(wanted.foreign_keys):
            if not key.columns or not key.references:
                found.append(
                    f"tables.{table}.foreign_keys[{number}]: columns or references is missing; expected e.g. "
                    "{columns: [customer_id], references: customer}; complete it"
                )
    for number, task in enumerate(settings.evaluate.tasks):
        if not task.name or not task.sql:
            found.append(
                f"evaluate.tasks[{number}]: name or sql is missing; expected e.g. {{name: churn, sql: SELECT ..., "
                "target: left}}; complete it"
            )
    if not settings.output.path:
        found.append("output.path: missing; expected the folder to write to; add output: {path: ...} or --output DIR")
    return found


def _yaml(text: str, place: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{place}{line}: {getattr(fault, 'problem', fault)}; expected valid YAML; correct the line"
        ) from fault


def _apply(data: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    if not equals or not path:
        raise ConfigError(f"--set {override}: expected key.path=value, e.g. --set fit.engine=copula")
    *parents, last = path.split(".")
    for parent in parents:
        inner = data.get(parent)
        if inner is not None and not isinstance(inner, dict):
            raise ConfigError(
                f"--set {override}: {parent} holds a single value; expected a section; check the key path"
            )
        if inner is None:
            data[parent] = {}
        data = data[parent]
    data[last] = _yaml(value, f"--set {override}")


def _build(kind: Any, value: Any, path: str, findings: list[str]) -> Any:
    """`value` as an instance of the dataclass `kind`; faults are added to `findings`."""
    if not isinstance(value, Mapping):
        findings.append(f"{path or 'config'}: found {_shown(value)}; expected a section with {_known_keys(kind)}")
        return kind()
    hints = typing.get_type_hints(kind)
    fields = {item.name: item for item in dataclasses.fields(kind)}
    arguments = {}
    for key, inner in value.items():
        place = f"{path}.{key}" if path else str(key)
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1, cutoff=0.0)
            findings.append(
                f"{place}: unknown key; the nearest known key is {near[0]!r}; known here: {_known_keys(kind)}"
            )
            continue
        before = len(findings)
        converted = _convert(hints[key], inner, place, findings)
        if len(findings) == before:
            findings += _range_faults(fields[key], converted, place)
            arguments[key] = converted
    if findings:
        return kind()
    try:
        return kind(**arguments)
    except ConfigError as fault:
        findings.append(str(fault))
        return kind()


def _convert(hint: Any, value: Any, place: str, findings: list[str]) -> Any:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in parts:
            return None
        options = [part for part in parts if part is not type(None)]
        wanted_mapping = isinstance(value, Mapping) and len(options) > 1
        chosen = next((o for o in options if (typing.get_origin(o) is not None) == wanted_mapping), options[0])
        return _convert(chosen, value, place, findings)
    if dataclasses.is_dataclass(hint):
        return _build(hint, value if value is not None else {}, place, findings)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            findings.append(f"{place}: found {_shown(value)}; expected a mapping of names to values")
            return {}
        return {str(key): _convert(parts[1], inner, f"{place}.{key}", findings) for key, inner in value.items()}
    if origin is not None and issubclass(origin, Sequence):
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            findings.append(f"{place}: found {_shown(value)}; expected a list")
            return ()
        numbered = dataclasses.is_dataclass(parts[0])
        return tuple(
            _convert(parts[0], item, f"{place}[{number}]" if numbered else place, findings)
            for number, item in enumerate(items)
        )
    return _scalar(hint, value, place, findings)


def _scalar(hint: Any, value: Any, place: str, findings: list[str]) -> Any:
    if hint is Any:
        return value
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is str and isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, hint) and not (hint is int and isinstance(value, bool)):
        return value
    findings.append(f"{place}: found {_shown(value)}; expected {hint.__name__}; correct the value")
    return hint()


def _range_faults(item: Any, value: Any, place: str) -> list[str]:
    low, high, choices = (item.metadata.get(name) for name in ("low", "high", "choices"))
    if choices and value not in choices:
        near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.0)
        named = ", ".join(choice for choice in choices if choice)
        return [f"{place}: found {_shown(value)}; expected one of {named}; the nearest is {near[0]!r}"]
    if value is None or isinstance(value, Mapping | str | tuple):
        return []
    if (low is not None and value < low) or (high is not None and value > high):
        upper = "" if high is None else f" and at most {high:g}"
        return [f"{place}: found {value}; expected at least {low:g}{upper}; correct the value"]
    return []


def _known_keys(kind: Any) -> str:
    return ", ".join(item.name for item in dataclasses.fields(kind))


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float | bool) or value is None else f"a {type(value).__name__}"
