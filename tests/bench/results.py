"""``benchmarks.json``: what each benchmark measured last."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path("benchmarks.json")


def describe_machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def write_results(results: dict[str, Any]) -> None:
    """Replace what these benchmarks measured before; what others did stays."""
    document = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    document |= {"measured_at": datetime.now(UTC).isoformat(timespec="seconds")} | results
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")
