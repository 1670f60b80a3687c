import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

from commerce_orders.command import FAILED, CommandRefused, JsonCommand, Report
from project import environment
from project.demo.preparation import DemoAccess, RealAccountsPresent, prepare_demo
from project.demo.processes import ProcessFailed, StopRequested, is_port_free
from project.demo.supervisor import Demo

PORTS = {"PORT": 8000, "SIMULATOR_PORT": 8099}


class Command(JsonCommand):
    help = "Runs everything on this machine with a simulated Amazon until Ctrl-C; PORT and SIMULATOR_PORT say where."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.ports = {
                name: environment.read_integer(name, default=port, minimum=1, maximum=65_535)
                for name, port in PORTS.items()
            }
        except ImproperlyConfigured as error:
            self.refuse(CommandRefused("environment_unreadable", str(error)), as_json=options["as_json"])
        try:
            with Demo(
                port=self.ports["PORT"], simulator_port=self.ports["SIMULATOR_PORT"], say=self.stderr.write
            ) as self.demo:
                super().handle(*args, **options)
                self.demo.keep_running()
        except StopRequested:
            self.stderr.write(_("The demo has stopped."))
        except ProcessFailed as failure:
            self.stderr.write(str(failure))
            sys.exit(FAILED)

    def report(self, **options: Any) -> Report:
        for name, port in self.ports.items():
            if not is_port_free(port):
                raise CommandRefused(
                    "port_in_use",
                    _("Port %(port)s is in use: stop what uses it, or set %(name)s to another one.")
                    % {"port": port, "name": name},
                )
        self.stderr.write(_("Starting the demo …"))
        try:
            access = prepare_demo(now=timezone.now())
            self.demo.start()
        except RealAccountsPresent:
            raise CommandRefused(
                "real_accounts_present",
                _("This database serves real seller accounts; set DATABASE_URL to another one for the demo."),
            ) from None
        except ProcessFailed as failure:
            raise CommandRefused("process_failed", str(failure)) from failure
        return Report(data=self._data(access), text=self._text(access))

    def _data(self, access: DemoAccess) -> dict[str, Any]:
        return {
            "address": f"{self.demo.address}/admin/",
            "api": f"{self.demo.address}/api/v1/",
            "amazon": self.demo.amazon_address,
            "user": access.users[0],
            "users": list(access.users),
            "password": access.password,
            "token": access.token,
            "account": next(iter(access.accounts.values())),
            "accounts": access.accounts,
        }

    def _text(self, access: DemoAccess) -> str:
        rows = {
            _("Back office"): f"{self.demo.address}/admin/",
            _("User"): access.users[0],
            _("Password"): access.password,
            _("Others, same password"): ", ".join(access.users[1:]),
            _("REST"): f"{self.demo.address}/api/v1/docs/",
            _("Token"): access.token,
            _("Simulated Amazon"): f"{self.demo.amazon_address}/_sim/orders",
            _("Logs"): str(self.demo.folder),
        }
        width = max(map(len, rows))
        lines = [f"  {label:<{width}}  {value}" for label, value in rows.items() if value]
        return "\n".join(["", *lines, "", _("Orders arrive and move by themselves. Ctrl-C stops everything."), ""])
