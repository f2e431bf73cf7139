"""The rules of the code that can be read off it: who imports whom, where Spark and MLflow appear, what is left out."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Imports point one way: a module imports from the layers above its own in this table, never from those below. Within a
# layer a package imports only itself (two stages meet in artifacts/), except in the layers of FREE_WITHIN.
LAYERS: dict[str, tuple[str, ...]] = {
    "errors": ("errors",),
    "ground": ("config", "masking", "progress", "seeds"),
    "artifacts": ("artifacts",),
    "arithmetic": ("spark_types", "stats"),
    "rules": ("rules",),
    "stages": (
        "read",
        "profile",
        "relate",
        "review",
        "fit",
        "generate",
        "write",
        "verify",
        "evaluate",
        "track",
        "demo",
    ),
    "flow": ("external", "appending", "fingerprints", "generation", "mirror", "results", "run", "sampling", "units"),
    "edge": ("__init__", "cli", "jobs"),
}
FREE_WITHIN = ("flow", "edge")
LAYER_OF = {module: layer for layer, modules in LAYERS.items() for module in modules}
ORDER = list(LAYERS)

# The version stands at the top of the package and everything that writes a file may name it.
OPEN_TO_ALL = ("synthspark.__version__",)

SPARK_FILES = ("on_spark.py", "spark_types.py")
SPARK_FOLDERS = ("jobs",)
MLFLOW_FOLDERS = ("synthspark/track",)

MOST_LINES = 400

PICKLING_MODULES = ("cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve")
PICKLING_NAMES = ("allow_pickle", "read_pickle", "to_pickle")
# What Spark Connect does not have, and so neither Databricks serverless nor a shared cluster.
CLASSIC_SPARK_NAMES = ("rdd", "sparkContext", "_jdf", "_jsc", "_jsparkSession", "_jvm", "_sc")
NUMPY_RANDOM_WITHOUT_STATE = ("BitGenerator", "Generator", "PCG64", "Philox", "SeedSequence", "default_rng")

Finding = tuple[int, str]  # line, what was found there


class Imports(ast.NodeVisitor):
    """Full names of all that a module imports, with line, apart from what only a type checker imports."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.type_checking = False
        self.found: list[tuple[int, str, bool]] = []  # line, name, for a type checker only

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(node.lineno, alias.name, self.type_checking) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        parents = self.package.split(".")
        origin = parents[: len(parents) - node.level + 1] if node.level else []
        base = ".".join([*origin, *([node.module] if node.module else [])])
        self.found += [(node.lineno, f"{base}.{alias.name}", self.type_checking) for alias in node.names]

    def visit_If(self, node: ast.If) -> None:
        outer = self.type_checking
        self.type_checking = outer or ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body:
            self.visit(statement)
        self.type_checking = outer
        for statement in node.orelse:
            self.visit(statement)


def imports_of(path: str, tree: ast.AST) -> list[tuple[int, str, bool]]:
    """Imports of the module at `path`, which is relative to the repository."""
    visitor = Imports(package=".".join(Path(path).parts[:-1]))
    visitor.visit(tree)
    return visitor.found


def member(path: str) -> str:
    """The package or module of LAYERS that the file at `path` belongs to."""
    parts = Path(path).parts
    return parts[0] if parts[0] != "synthspark" else Path(parts[1]).stem


def import_finding(importer: str, name: str) -> str | None:
    """Why a member of LAYERS must not import `name`, or None."""
    if name in OPEN_TO_ALL or name.split(".")[0] not in ("synthspark", "jobs"):
        return None
    parts = name.split(".")
    imported = "jobs" if parts[0] == "jobs" else parts[1] if len(parts) > 1 and parts[1] in LAYER_OF else "__init__"
    if importer == imported:
        return None
    if importer not in LAYER_OF:
        return f"{importer} has no layer: give it one in LAYERS of {Path(__file__).name}"
    ours, theirs = LAYER_OF[importer], LAYER_OF[imported]
    if ours == theirs and ours in FREE_WITHIN:
        return None
    if ORDER.index(ours) > ORDER.index(theirs):
        return None
    return f"{importer} ({ours}) imports {name} ({theirs})"


def misdirected_imports(path: str, tree: ast.AST) -> Iterator[Finding]:
    for line, name, _ in imports_of(path, tree):
        finding = import_finding(member(path), name)
        if finding is not None:
            yield line, finding


def misplaced_spark(path: str, tree: ast.AST) -> Iterator[Finding]:
    # A type checker's import brings nothing into a running program: mirror.py takes a session and says so.
    if Path(path).name in SPARK_FILES or path.startswith(SPARK_FOLDERS):
        return
    for line, name, type_checking in imports_of(path, tree):
        if name.split(".")[0] in ("pyspark", "py4j") and not type_checking:
            yield line, f"imports {name}; only {', '.join(SPARK_FILES)} and {', '.join(SPARK_FOLDERS)}/ do"


def misplaced_mlflow(path: str, tree: ast.AST) -> Iterator[Finding]:
    if path.startswith(MLFLOW_FOLDERS):
        return
    for line, name, _ in imports_of(path, tree):
        if name.split(".")[0].startswith("mlflow"):
            yield line, f"imports {name}; only {', '.join(MLFLOW_FOLDERS)}/ does"


def printing(path: str, tree: ast.AST) -> Iterator[Finding]:
    if path.startswith("synthspark/cli/"):  # its print is rich's; ruff refuses the built-in one
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno, "print: log it, or return it to the caller"


def pickling(path: str, tree: ast.AST) -> Iterator[Finding]:
    for line, name, _ in imports_of(path, tree):
        if name.split(".")[0] in PICKLING_MODULES:
            yield line, f"imports {name}: artifacts are JSON and plain arrays"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in PICKLING_NAMES:
            yield node.lineno, f"{node.attr}: artifacts are JSON and plain arrays"
        if isinstance(node, ast.keyword) and node.arg in PICKLING_NAMES and ast.unparse(node.value) != "False":
            yield node.value.lineno, f"{node.arg}: artifacts are JSON and plain arrays"


def classic_spark(path: str, tree: ast.AST) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLASSIC_SPARK_NAMES:
            yield node.lineno, f".{node.attr}: Spark Connect has none"
    for line, name, _ in imports_of(path, tree):
        if name.split(".")[-1] in ("SparkContext", "RDD"):
            yield line, f"imports {name}: Spark Connect has none"


def hidden_randomness(path: str, tree: ast.AST) -> Iterator[Finding]:
    modules = {name for _, name, _ in imports_of(path, tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            if owner in ("np.random", "numpy.random") and node.attr not in NUMPY_RANDOM_WITHOUT_STATE:
                yield node.lineno, f"{owner}.{node.attr}: global state; take a stream of synthspark.seeds"
            if owner == "random" and "random" in modules and node.attr != "Random":
                yield node.lineno, f"random.{node.attr}: global state; take a stream of synthspark.seeds"
            if owner == "Faker" and node.attr == "seed":
                yield node.lineno, "Faker.seed: global state; use seed_instance"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash":
            yield node.lineno, "hash(): differs from process to process; take a digest of synthspark.seeds"


RULES: tuple[Callable[[str, ast.AST], Iterator[Finding]], ...] = (
    misdirected_imports,
    misplaced_spark,
    misplaced_mlflow,
    printing,
    pickling,
    classic_spark,
    hidden_randomness,
)


@functools.cache
def sources() -> dict[str, str]:
    """Text of every module of the package and of jobs/, by path."""
    files = [file for folder in ("synthspark", "jobs") for file in sorted((ROOT / folder).rglob("*.py"))]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}


@functools.cache
def trees() -> dict[str, ast.AST]:
    """Syntax tree of every module, by path."""
    return {path: ast.parse(text, path) for path, text in sources().items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_module_breaks(rule):
    findings = [f"{path}:{line}: {finding}" for path, tree in trees().items() for line, finding in rule(path, tree)]
    assert not findings, "\n" + "\n".join(findings)


def test_no_module_holds_more_than_one_idea():
    lengths = {path: len(text.splitlines()) for path, text in sources().items()}
    too_long = {path: length for path, length in lengths.items() if length > MOST_LINES}
    assert not too_long, f"more than {MOST_LINES} lines: look for a second idea"


def test_every_module_has_a_layer():
    members = {member(path) for path in sources()}
    assert members <= LAYER_OF.keys(), f"without a layer in LAYERS: {sorted(members - LAYER_OF.keys())}"


def test_every_package_says_what_it_holds():
    folders = {Path(path).parent.as_posix() for path in sources() if path.startswith("synthspark")}
    openings = {folder: trees().get(f"{folder}/__init__.py") for folder in folders}
    silent = [folder for folder, tree in openings.items() if tree is None or ast.get_docstring(tree) is None]
    assert not silent


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (misdirected_imports, "synthspark/fit/trees.py", "from synthspark.generate import keys"),
        (misdirected_imports, "synthspark/fit/on_spark.py", "from synthspark.read.on_spark import open_tables"),
        (misdirected_imports, "synthspark/fit/trees.py", "from synthspark import mirror"),
        (misdirected_imports, "synthspark/fit/trees.py", "import synthspark"),
        (misdirected_imports, "synthspark/fit/trees.py", "from ..generate import keys"),
        (misdirected_imports, "synthspark/fit/trees.py", "from .. import generate"),
        (misdirected_imports, "synthspark/stats/copula.py", "def f():\n    from synthspark.fit import trees"),
        (misdirected_imports, "synthspark/stats/copula.py", "from synthspark.spark_types import spark_schema"),
        (misdirected_imports, "synthspark/artifacts/model.py", "from synthspark.stats.copula import Copula"),
        (misdirected_imports, "synthspark/config.py", "from synthspark.seeds import generator_for"),
        (misdirected_imports, "synthspark/mirror.py", "from synthspark.cli.on_spark import local_session"),
        (misdirected_imports, "synthspark/nowhere.py", "from synthspark.errors import DataError"),
        (misplaced_spark, "synthspark/fit/trees.py", "from pyspark.sql import DataFrame"),
        (misplaced_spark, "synthspark/mirror.py", "def f():\n    import pyspark.sql.functions as F"),
        (misplaced_mlflow, "synthspark/mirror.py", "def f():\n    import mlflow"),
        (printing, "synthspark/fit/trees.py", "print(1)"),
        (pickling, "synthspark/artifacts/store.py", "from pickle import dumps"),
        (pickling, "synthspark/artifacts/store.py", "np.load(path, allow_pickle=True)"),
        (classic_spark, "synthspark/read/on_spark.py", "df.rdd.getNumPartitions()"),
        (classic_spark, "synthspark/read/on_spark.py", "spark.sparkContext.setLogLevel('ERROR')"),
        (classic_spark, "synthspark/read/on_spark.py", "from pyspark import SparkContext"),
        (hidden_randomness, "synthspark/fit/trees.py", "np.random.seed(0)"),
        (hidden_randomness, "synthspark/fit/trees.py", "import random\nrandom.shuffle(rows)"),
        (hidden_randomness, "synthspark/fit/trees.py", "bucket = hash(key) % 64"),
    ],
)
def test_rule_finds(rule, path, text):
    assert list(rule(path, ast.parse(text)))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (misdirected_imports, "synthspark/fit/trees.py", "from synthspark.stats import copula"),
        (misdirected_imports, "synthspark/fit/trees.py", "from synthspark.fit.cells import cells"),
        (misdirected_imports, "synthspark/fit/trees.py", "from .cells import cells"),
        (misdirected_imports, "synthspark/fit/trees.py", "from synthspark import __version__"),
        (misdirected_imports, "synthspark/__init__.py", "from synthspark.mirror import Mirror"),
        (misdirected_imports, "jobs/fit.py", "from synthspark.cli.main import main"),
        (misplaced_spark, "synthspark/mirror.py", "if TYPE_CHECKING:\n    from pyspark.sql import DataFrame"),
        (misplaced_spark, "synthspark/fit/on_spark.py", "from pyspark.sql import DataFrame"),
        (misplaced_spark, "jobs/fit.py", "from pyspark.sql import SparkSession"),
        (misplaced_mlflow, "synthspark/track/store.py", "def f():\n    import mlflow"),
        (printing, "synthspark/cli/main.py", "from rich import print\nprint(table)"),
        (pickling, "synthspark/artifacts/store.py", "np.load(path, allow_pickle=False)"),
        (hidden_randomness, "synthspark/seeds.py", "np.random.default_rng([seed, 1])"),
        (hidden_randomness, "synthspark/fit/trees.py", "stream.random(10)"),
    ],
)
def test_rule_passes(rule, path, text):
    assert not list(rule(path, ast.parse(text)))
