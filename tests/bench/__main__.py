"""Runs every benchmark on each database in a process of its own; prints a table, writes benchmarks.json."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from tests.bench.results import describe_machine, write_results

LOCAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postgres"
MOST_EVENTS = 5000
LINES = (
    ("new orders / s", "new_per_second", "{:,.0f}"),
    ("raw floor, rows / s as orders", "floor_per_second", "{:,.0f}"),
    ("share of the raw floor", "share_of_floor", "{:.0%}"),
    ("changed orders / s", "changed_per_second", "{:,.0f}"),
    ("unchanged orders / s", "unchanged_per_second", "{:,.0f}"),
    ("statements per new page", "statements_new", "{}"),
    ("statements per changed page", "statements_changed", "{}"),
    ("statements per unchanged page", "statements_unchanged", "{}"),
    ("calls per order", "calls_per_order", "{:.3f}"),
    ("rows per order", "rows_per_order", "{:.1f}"),
    ("peak memory, MiB", "peak_memory_mib", "{:,.0f}"),
    ("webhooks distributed / s", "webhooks_distributed_per_second", "{:,.0f}"),
    ("webhooks delivered / s", "webhooks_delivered_per_second", "{:,.0f}"),
    ("raw floor, same POSTs / s", "webhooks_floor_per_second", "{:,.0f}"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--orders", type=int, default=int(os.environ.get("BENCH_ORDERS", "10000")))
    orders = parser.parse_args().orders
    with tempfile.TemporaryDirectory() as folder:
        databases = {"SQLite": f"sqlite:///{folder}/bench.sqlite3"}
        postgresql = os.environ.get("DATABASE_URL", LOCAL_POSTGRESQL)
        if postgresql.startswith("postgres") and answers(postgresql):
            databases["PostgreSQL"] = postgresql
        else:
            print("No PostgreSQL answers; set DATABASE_URL to measure on one.", file=sys.stderr)  # noqa: T201
        results = {
            name: measure(address, "importing", "--orders", orders)
            | measure(address.replace("bench.", "webhooks."), "webhooks", "--events", min(orders, MOST_EVENTS))
            for name, address in databases.items()
        }
    print_table(results, orders)
    write_results({"machine": describe_machine(), "orders": orders, "databases": results})


def answers(address: str) -> bool:
    import psycopg

    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def measure(address: str, benchmark: str, option: str, count: int) -> dict[str, Any]:
    process = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{benchmark}", option, str(count)],
        env=os.environ | {"DATABASE_URL": address},
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def print_table(results: dict[str, dict[str, Any]], orders: int) -> None:
    print(f"{orders:,} orders of two items, customer and Commerce order each, from the local Amazon over HTTP")  # noqa: T201
    print(" " * 32 + "".join(f"{name:>14}" for name in results))  # noqa: T201
    for title, key, form in LINES:
        print(f"{title:<32}" + "".join(f"{form.format(result[key]):>14}" for result in results.values()))  # noqa: T201


if __name__ == "__main__":
    main()
