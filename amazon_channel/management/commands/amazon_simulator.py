import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from amazon_channel.simulator import __main__ as simulator


class Command(BaseCommand):
    help = "A local Amazon for demos and tests, until interrupted."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        simulator.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if code := simulator.run(argparse.Namespace(**options)):
            sys.exit(code)
