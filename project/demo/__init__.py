"""What `make demo` runs: everything on one machine, with a simulated Amazon instead of the real one."""
