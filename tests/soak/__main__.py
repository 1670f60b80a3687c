"""Imports and ships very many orders while Amazon fails, clocks are wrong and processes are killed; then counts."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.free_port import free_port
from tests.soak.scene import HOME, Scene, own_database, start_amazon

SPEED = 20  # seconds of the soak's clock in a second: a lease of ten minutes ends after thirty seconds
SEEDS = 5
EXAMPLES = 100
REQUESTS = 50  # of each kind, for each operation of the REST interface
CONTRACT = "tests/commerce_orders/api/test_contract.py"
RATE_SCALE = 400  # Amazon's rates are for a month, not for half an hour


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    for name, default in {"orders": 100_000, "kills": 8, "packages": 5_000}.items():
        parser.add_argument(f"--{name}", type=int, default=int(os.environ.get(name.upper(), default)))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", random.SystemRandom().randrange(10**6))))
    parser.add_argument("--only-orders", action="store_true", help="leave the crash tests and the state machine out")
    parser.add_argument("--logs", type=Path, help="where the logs of all processes are kept")
    options = parser.parse_args()
    import tests.environment  # noqa: F401  settings read it

    if not options.only_orders and not pass_the_tests(options.seed):
        return 1
    address = os.environ["DATABASE_URL"]
    with tempfile.TemporaryDirectory() as folder, own_database(Path(folder), address) as own:
        logs: Path = options.logs or Path(folder) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        return run(options, folder=Path(folder), logs=logs, address=own)


def pass_the_tests(seed: int) -> bool:
    """The crash tests with more seeds, the state machine for longer, and REST with more requests."""
    say(
        f"seed {seed}: every checkpoint with {SEEDS} seeds, the state machine with {EXAMPLES} lives, "
        f"REST with {REQUESTS} requests of each kind"
    )
    more = {"CRASH_SEEDS": str(SEEDS), "MACHINE_EXAMPLES": str(EXAMPLES), "MACHINE_STEPS": "40"}
    more |= {"CONTRACT_EXAMPLES": str(REQUESTS), "CONTRACT_SEED": str(seed), "MACHINE_SEED": str(seed)}
    words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--show-capture=stdout", "tests/crashes", CONTRACT]
    tests = subprocess.run(words, cwd=HOME, env=os.environ | more, check=False)
    return tests.returncode == 0


def run(options: argparse.Namespace, *, folder: Path, logs: Path, address: str) -> int:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    os.environ.update(
        {
            "DATABASE_URL": address,
            "AMAZON_SP_API_URL": url,
            "AMAZON_LWA_URL": url,
            "AMAZON_PULL_SECONDS": "60",
            "QUEUE_WORKERS": "3",
            "AMAZON_OVERLAP_SECONDS": "300",
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "PYTHONPATH": f"{HOME}/tests/soak/site{os.pathsep}{HOME}",
        }
    )
    scene = Scene(logs, dict(os.environ), speed=SPEED)
    say(f"seed {options.seed}: {options.orders:,} orders, {options.kills} kills, {address.partition(':')[0]}")
    try:
        amazon = start_amazon(scene, port=port, seed=options.seed, rate_scale=RATE_SCALE)
        import django

        django.setup()
        from tests.soak.course import Course

        return Course(options, scene=scene, amazon=amazon, ledger=folder / "staff.txt", say=say).run()
    finally:
        scene.stop()


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
