"""A PostgreSQL of the tests' own: made in a temporary folder, on the loopback address, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

DRIVER = Path(os.environ.get("POSTGRES_JDBC_JAR", "/usr/share/java/postgresql.jar"))


def programs() -> Path | None:
    """Folder of initdb and pg_ctl, the newest that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def missing() -> str:
    """Why there can be no PostgreSQL for the tests here; empty where there can."""
    if programs() is None:
        return "PostgreSQL (initdb, pg_ctl) is not installed"
    if not DRIVER.is_file():
        return f"the PostgreSQL driver {DRIVER} is not there (Debian: libpostgresql-jdbc-java, or POSTGRES_JDBC_JAR)"
    if os.getuid() == 0 and (shutil.which("runuser") is None or not _is_user("postgres")):
        return "PostgreSQL does not run as root, and there is no user postgres to run it as"
    return ""


def _is_user(name: str) -> bool:
    return subprocess.run(["id", name], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def running_postgres() -> Iterator[int]:
    """The port of a fresh database cluster whose superuser `postgres` needs no password."""
    folder = Path(mkdtemp(prefix="synthspark-postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_user = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    home, tools = str(folder / "data"), programs()
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

    def run(tool: str, *arguments: str) -> None:
        subprocess.run([*as_user, f"{tools}/{tool}", *arguments], check=True, capture_output=True, cwd=folder)

    try:
        run("initdb", "-D", home, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
        run("pg_ctl", "-D", home, "-w", "-l", f"{folder}/log", "-o", settings, "start")
        try:
            yield port
        finally:
            run("pg_ctl", "-D", home, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(port: int, sql: str) -> None:
    """Run SQL statements in the database `postgres`."""
    address = ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-q"]
    subprocess.run([f"{programs()}/psql", *address], input=sql.encode(), check=True, capture_output=True)
