"""The long run: everything at once, for as long as it takes, and then the oracle (``make soak``)."""
