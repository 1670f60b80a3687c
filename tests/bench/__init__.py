"""Benchmarks: ``make bench``. They measure and print; they never fail on a time."""
