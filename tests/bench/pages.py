"""Every page at a million orders: ``make bench-pages``. Prints p50 and p95 of the server's time, and REST's requests.

It measures and never fails on a time. What was filled is kept for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tests.bench.results import describe_machine, write_results

LOCAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postgres"
OWN_DATABASE = "bench_pages"
FOLDER = Path("build/bench")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    parser.add_argument("--database", choices=["postgresql", "sqlite", "both"], default="both")
    parser.add_argument("--orders", type=int, default=1_000_000, help="on PostgreSQL; a tenth of them on SQLite")
    parser.add_argument("--repeat", type=int, default=20, help="times that each page is asked for")
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure_here(options)
        return
    results = {}
    for name, address in addresses(options.database).items():
        orders = options.orders if name == "PostgreSQL" else options.orders // 10
        results[name] = measure(address, orders, options)
        print_table(name, orders, results[name])
        sys.stdout.flush()
    if not options.only:
        write_results({"pages": {"machine": describe_machine(), "repeat": options.repeat, "databases": results}})


def addresses(wanted: str) -> dict[str, str]:
    found = {}
    if wanted != "sqlite":
        server = os.environ.get("DATABASE_URL", LOCAL_POSTGRESQL)
        server = server if server.startswith("postgres") else LOCAL_POSTGRESQL
        if create_database(server):
            found["PostgreSQL"] = urlunsplit(urlsplit(server)._replace(path=f"/{OWN_DATABASE}"))
        else:
            print("No PostgreSQL answers; set DATABASE_URL to measure on one.", file=sys.stderr)  # noqa: T201
    if wanted != "postgresql":
        FOLDER.mkdir(parents=True, exist_ok=True)
        found["SQLite"] = f"sqlite:///{(FOLDER / 'pages.sqlite3').absolute()}"
    return found


def create_database(server: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=3) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWN_DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {OWN_DATABASE}")
    except psycopg.OperationalError:
        return False
    return True


def measure(address: str, orders: int, options: argparse.Namespace) -> dict[str, Any]:
    """In a process of its own, since Django has one default database."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.bench.pages", "--inside", address, "--orders", str(orders),
         "--repeat", str(options.repeat), "--only", options.only],
        stdout=subprocess.PIPE,
        check=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def measure_here(options: argparse.Namespace) -> None:
    import tests.environment  # noqa: F401  settings read it

    os.environ.update({"DATABASE_URL": options.inside, "DJANGO_SETTINGS_MODULE": "project.settings"})
    import django

    django.setup()
    import_module("project.wsgi")  # as a web server does
    from django.core.management import call_command

    from amazon_channel.models import AmazonOrder
    from tests.bench.filling import fill
    from tests.bench.importing import running_amazon
    from tests.bench.visits import visit_pages

    call_command("migrate", verbosity=0)
    if not AmazonOrder.objects.exists():
        with running_amazon() as url:
            os.environ.update({"AMAZON_SP_API_URL": url, "AMAZON_LWA_URL": url})
            from django.conf import settings

            settings.AMAZON_SP_API_URL = settings.AMAZON_LWA_URL = url
            fill(url, options.orders)
    print(json.dumps(visit_pages(repeat=options.repeat, only=options.only)))  # noqa: T201


def print_table(name: str, orders: int, result: dict[str, Any]) -> None:
    print(f"\n{name}, {orders:,} orders; {describe_machine()}")  # noqa: T201
    print(f"{'page':<44}{'p50, ms':>10}{'p95, ms':>10}{'Python':>9}{'database':>10}{'queries':>9}{'KiB':>7}")  # noqa: T201
    for page, row in result.items():
        print(  # noqa: T201
            f"{page:<44}{row['p50']:>10.0f}{row['p95']:>10.0f}{row['python']:>9.0f}{row['database']:>10.0f}{row['queries']:>9}{row['kib']:>7.0f}"
            + (f"{row['per_second']:>8.0f} requests/s" if page.startswith("REST") else "")
            + ("" if row["status"] < 300 else f"  status {row['status']}")
        )


if __name__ == "__main__":
    main()
