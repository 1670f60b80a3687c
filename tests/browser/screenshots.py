"""``python -m tests.browser.screenshots [DIRECTORY [PAGE …]]``: pictures of every page, or of some."""

import os
import sys
from pathlib import Path

import pytest

DIRECTORY = "build/screenshots"

if __name__ == "__main__":
    directory, *pages = sys.argv[1:] or [DIRECTORY]
    os.environ["SCREENSHOTS"], os.environ["SCREENSHOT_PAGES"] = directory, ",".join(pages)
    sys.exit(pytest.main([str(Path(__file__).with_name("pictures.py")), "-q", "-p", "no:randomly"]))
