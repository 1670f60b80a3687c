import argparse
from typing import Any

from django.core.management.base import CommandParser

from amazon_channel.simulator import __main__ as simulator
from commerce_orders.command import JsonCommand, WrongArguments


class Command(JsonCommand):
    help = "A local Amazon for demos and tests, until interrupted."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        simulator.add_arguments(parser)

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        """It says where it is and goes on running, which is no report."""
        try:
            simulator.run(argparse.Namespace(**options), as_json=as_json)
        except simulator.CannotServe as error:
            self.refuse(WrongArguments("cannot_serve", str(error)), as_json=as_json)
