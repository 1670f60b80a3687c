"""The processes of the demo: started in order, watched, started again when they end, and stopped together."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

STOP_SECONDS = 10
LAST_LINES = 15
STEADY_SECONDS = 30  # who ran that long had a good start
MOST_QUICK_ENDS = 5
FIRST_DELAY_SECONDS = 0.5  # doubled from one quick end to the next
_PARENT_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG


class ProcessFailed(Exception):
    """A process ended again and again, or did not answer in time; ``str`` says which, and what it wrote last."""


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C; no error, so nothing that handles errors may catch it."""


@dataclass(slots=True)
class Process:
    name: str
    arguments: Sequence[str]
    log: Path
    handle: subprocess.Popen[bytes]
    started_at: float  # of the monotonic clock, as is the next one
    starts_again_at: float | None = None
    quick_ends: int = 0

    def last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def end_group(self) -> None:
        """Whatever is left of it: its children outlive a parent that was killed."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.handle.pid, signal.SIGKILL)
        self.handle.wait()


class Processes:
    """Each process has a group of its own, so that Ctrl-C reaches only us and we stop them in good order."""

    def __init__(self, *, log_folder: Path, environment: Mapping[str, str], say: Callable[[str], object]) -> None:
        self._log_folder = log_folder
        self._environment = dict(environment)
        self._say = say
        self._running: list[Process] = []
        self._is_asked_to_stop = False
        log_folder.mkdir(parents=True, exist_ok=True)

    def ask_to_stop(self, *_: object) -> None:
        """Handles signals. Raising here would be lost whenever Python happens to be inside a finalizer."""
        self._is_asked_to_stop = True

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Run Python with ``arguments``; output goes to ``<name>.log``, that of the last demo is ``<name>.log.1``."""
        log = self._log_folder / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        self._running.append(Process(name, arguments, log, self._open(arguments, log), time.monotonic()))

    def wait_for_answer(self, address: str, *, seconds: float) -> None:
        """Until something answers HTTP at ``address``, whatever the status. Raises ``ProcessFailed``."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.look_after()
            try:
                with urllib.request.urlopen(address, timeout=2):  # noqa: S310  http on loopback
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise ProcessFailed(
            _("Nothing answers at %(address)s after %(seconds)s seconds; see %(folder)s.")
            % {"address": address, "seconds": round(seconds), "folder": self._log_folder}
        )

    def look_after(self) -> None:
        """Start again what has ended, after a little while.

        Raises ``StopRequested`` when we were asked to stop, ``ProcessFailed`` when a process cannot stay up.
        """
        if self._is_asked_to_stop:
            raise StopRequested
        now = time.monotonic()
        for process in self._running:
            if process.starts_again_at is not None:
                if now >= process.starts_again_at:
                    process.handle = self._open(process.arguments, process.log)
                    process.started_at, process.starts_again_at = now, None
            elif process.handle.poll() is not None:
                self._plan_start(process, now)

    def stop(self) -> None:
        """Ask the last started first; after ten seconds end whatever is left of each group."""
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                process.handle.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in reversed(self._running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.handle.wait(max(0, deadline - time.monotonic()))
            # The worker's own children too: it can hang when it is stopped while it replaces one of them.
            process.end_group()
        self._running.clear()

    def _plan_start(self, process: Process, now: float) -> None:
        process.end_group()
        process.quick_ends = process.quick_ends + 1 if now - process.started_at < STEADY_SECONDS else 1
        what = {"name": process.name, "code": process.handle.returncode, "log": process.log}
        if process.quick_ends > MOST_QUICK_ENDS:
            words = _("The process “%(name)s” ends again and again, now with code %(code)s. The end of %(log)s:")
            raise ProcessFailed(f"{words % what}\n{process.last_lines()}")
        process.starts_again_at = now + FIRST_DELAY_SECONDS * 2 ** (process.quick_ends - 1)
        self._say(_("The process “%(name)s” has ended with code %(code)s and is started again; see %(log)s.") % what)

    def _open(self, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603  our own words only
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
                preexec_fn=end_with_parent if sys.platform == "linux" else None,
            )


def end_with_parent() -> None:
    """Runs in the new process: Linux tells it to stop when we are killed and cannot."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
