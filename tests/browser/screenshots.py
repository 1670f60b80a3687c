"""``python -m tests.browser.screenshots [DIRECTORY]``: pictures of every page, into build/screenshots."""

import os
import sys
from pathlib import Path

import pytest

DIRECTORY = "build/screenshots"

if __name__ == "__main__":
    os.environ["SCREENSHOTS"] = sys.argv[1] if sys.argv[1:] else DIRECTORY
    sys.exit(pytest.main([str(Path(__file__).with_name("pictures.py")), "-q", "-p", "no:randomly"]))
