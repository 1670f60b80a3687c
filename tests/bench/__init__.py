"""Benchmarks: ``make bench`` and ``make bench-pages``. They measure and print; they never fail on a time."""
