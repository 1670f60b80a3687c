import os
import subprocess
import sys

from django.conf import settings

COLLECT_ALL = """
import gc, project.wsgi
loaded = gc.get_freeze_count()
gc.collect()
print(loaded > 10 * len(gc.get_objects()))
"""


def test_a_web_server_does_not_look_through_what_it_has_loaded_again_and_again():
    said = subprocess.run(
        [sys.executable, "-c", COLLECT_ALL], cwd=settings.BASE_DIR, env=os.environ, capture_output=True, text=True
    )

    assert said.stdout == "True\n", said.stderr
