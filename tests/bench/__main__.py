"""`make bench`: what the pages of every day cost, on SQLite and on PostgreSQL.

Each database gets scale data of its own in a process of its own. Pages are asked for in process,
through all middleware, which measures this code and not the server in front of it. Every round asks
for each page once, so that a slow minute of the machine hits all alike.

The bare page is a plain Wagtail page, its text as long as the lesson's, in a template of ten lines,
behind the middleware of a new Wagtail project, for somebody who is signed in. "x bare" is a page's
median over that page's.

Environment: BENCH_PEOPLE (2000), BENCH_OFFERINGS (30), BENCH_ROUNDS (60), BENCH_POSTGRESQL_URL.
"""

import os
import platform
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit

import psycopg

SERVER = os.environ.get("BENCH_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres")
DATABASE = f"lms_bench_{os.getpid()}"


def measure(**environment: str) -> int:
    with tempfile.TemporaryDirectory(prefix="lms-bench-") as folder:
        variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "LMS_DATA_DIR": folder,
            **environment,
        }
        command = [sys.executable, "manage.py", "measure_pages"]
        return subprocess.run(command, env=variables, check=False).returncode


def on_postgresql() -> int:
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as problem:
        sys.stdout.write(f"\nNOT RUN: PostgreSQL ({str(problem).splitlines()[0]})\n")
        return 0
    with server:
        server.execute(f"CREATE DATABASE {DATABASE}")
        try:
            return measure(DATABASE_URL=urlsplit(SERVER)._replace(path=f"/{DATABASE}").geturl())
        finally:
            server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def main() -> int:
    sys.stdout.write(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}\n"
    )
    sys.stdout.flush()
    return measure() or on_postgresql()


sys.exit(main())
