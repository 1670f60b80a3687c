"""A database of its own for tests whose processes die: a file, or a database of the PostgreSQL server."""

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

_serial = itertools.count(1)


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """Copy the tests' migrated, empty database and lead this thread's connection to the copy; yields its address.

    Outside a test's transaction only: what the copy is made of must be committed, and other processes must see it.
    """
    tests_own = connections["default"]
    tests_own.ensure_connection()
    if tests_own.vendor == "sqlite":
        name = str(folder / f"{next(_serial)}.sqlite3")
        with closing(sqlite3.connect(name)) as copy:
            tests_own.connection.backup(copy)
        address = f"sqlite:///{name}"
    else:
        name = f"{tests_own.settings_dict['NAME']}_{os.getpid()}_{next(_serial)}"
        with _server(tests_own) as server:
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{tests_own.settings_dict["NAME"]}"')
        parts = tests_own.settings_dict
        address = f"postgres://{parts['USER']}:{parts['PASSWORD']}@{parts['HOST']}:{parts['PORT']}/{name}"
    own = tests_own.copy()
    own.settings_dict["NAME"] = name
    connections["default"] = own
    try:
        yield address
    finally:
        own.close()
        connections["default"] = tests_own
        if own.vendor == "postgresql":
            with _server(tests_own) as server:
                server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _server(connection: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server; PostgreSQL copies a database only while nobody is connected to it."""
    connection.close()
    parts = connection.settings_dict
    with psycopg.connect(
        host=parts["HOST"],
        port=parts["PORT"] or 5432,
        user=parts["USER"],
        password=parts["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    ) as server:
        yield server
