"""The processes of the demo: started in order, watched, and stopped together."""

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 10
LAST_LINES = 15
_PARENT_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG


class ProcessFailed(Exception):
    """A process ended, or did not answer in time; ``str`` says which, and what it wrote last."""


class StopRequested(BaseException):
    """Somebody pressed Ctrl-C; no error, so nothing that handles errors may catch it."""


@dataclass(frozen=True, slots=True)
class Process:
    name: str
    handle: subprocess.Popen[bytes]
    log: Path

    def last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])


class Processes:
    """Each process has a group of its own, so that Ctrl-C reaches only us and we stop them in good order."""

    def __init__(self, *, log_folder: Path, environment: Mapping[str, str]) -> None:
        self._log_folder = log_folder
        self._environment = dict(environment)
        self._running: list[Process] = []
        self._is_asked_to_stop = False
        log_folder.mkdir(parents=True, exist_ok=True)

    def ask_to_stop(self, *_: object) -> None:
        """Handles signals. Raising here would be lost whenever Python happens to be inside a finalizer."""
        self._is_asked_to_stop = True

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Run Python with ``arguments``; output goes to ``<log folder>/<name>.log``."""
        log = self._log_folder / f"{name}.log"
        with log.open("wb") as output:
            handle = subprocess.Popen(  # noqa: S603  our own words only
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
                preexec_fn=end_with_parent if sys.platform == "linux" else None,
            )
        self._running.append(Process(name, handle, log))

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
        raise ProcessFailed(f"Nothing answers at {address} after {seconds:.0f} seconds; see {self._log_folder}.")

    def look_after(self) -> None:
        """Raises ``StopRequested`` when we were asked to stop, ``ProcessFailed`` when a process ended by itself."""
        if self._is_asked_to_stop:
            raise StopRequested
        for process in self._running:
            code = process.handle.poll()
            if code is not None:
                raise ProcessFailed(
                    f"The {process.name} ended with code {code}. The end of {process.log}:\n{process.last_lines()}"
                )

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
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.handle.pid, signal.SIGKILL)
            process.handle.wait()
        self._running.clear()


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
