"""Real processes that do our work and die at checkpoints.

Each is forked from the tests, which have loaded everything already: starting Python anew takes seconds. Only the
database and Amazon, both outside of it, outlive a process.
"""

import os
import select
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import execute_from_command_line
from django.db import connections
from django.utils import timezone

from project import checkpoints

KILLED = -signal.SIGKILL
FAILED = 70


@dataclass(slots=True)
class Process:
    """A process under way. Its ``life`` is the reading end of a pipe that closes when it ends, however it ends."""

    pid: int
    life: int
    log: Path
    code: int | None = None

    def wait(self, seconds: float = 60) -> int:
        """The exit code, negative for a signal."""
        if self.code is None:
            if not select.select([self.life], [], [], seconds)[0]:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f"The process did not end in {seconds} seconds: {self.output()}")
            os.close(self.life)
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code

    def wait_until_stopped(self) -> None:
        """Until it stands still at its ``stop_at``."""
        _pid, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"{status}: {self.output()}"

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def output(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(slots=True)
class Pause(checkpoints.Fault):
    """Stop this process, as a machine that is suspended would, until somebody lets it go on."""

    def count(self, name: str) -> None:
        if name == self.name:
            self.passes -= 1
            if self.passes == 0:
                os.kill(os.getpid(), signal.SIGSTOP)


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts processes that write to files in ``folder``."""

    folder: Path

    def start(
        self,
        work: Callable[[], Any],
        *,
        fault_at: str = "",
        stop_at: str = "",
        at: datetime | None = None,
        ahead: timedelta = timedelta(0),
        without: Callable[[], Any] | None = None,
    ) -> Process:
        """Run ``work`` in a new process, killed at ``fault_at`` or stopped at ``stop_at``.

        Its clock stands ``at`` a time, or is ``ahead``.
        ``without`` takes one of our guards off, in that process only: for the controls.
        """
        connection = connections["default"]
        connection.close()
        log = self.folder / f"{len(list(self.folder.iterdir())):03}.log"
        log.touch()
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            # The other thread is the simulated Amazon, which holds no lock that the new process could need.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid:
            os.close(writing)
            return Process(pid, reading, log)
        code = FAILED
        try:
            # The browser of other tests keeps an event loop running in this thread. The new process has none, and
            # would get a connection of its own, to the database that all tests share.
            connections["default"] = connection
            os.close(reading)
            output = os.open(log, os.O_WRONLY)
            os.dup2(output, 1)
            os.dup2(output, 2)
            sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1)
            checkpoints.armed = Pause(stop_at) if stop_at else checkpoints.read_fault(fault_at)
            _set_clock(at, ahead)
            if without:
                without()
            work()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else FAILED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def run(self, work: Callable[[], Any], **options: Any) -> Process:
        process = self.start(work, **options)
        process.wait()
        return process

    def manage(self, *words: str, **options: Any) -> Process:
        """``manage.py`` with ``words``."""
        return self.run(command(*words), **options)


def command(*words: str) -> Callable[[], Any]:
    # Django's own checks load every address and template anew in each process, which takes longer than the work.
    return lambda: execute_from_command_line(["manage.py", *words, "--skip-checks"])


def _set_clock(at: datetime | None, ahead: timedelta) -> None:
    """Let ``timezone.now``, which is a default argument of services, tell another time."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return (at or datetime.now(tz)) + ahead

    timezone.datetime = Clock
