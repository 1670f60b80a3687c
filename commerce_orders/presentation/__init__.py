"""How amounts, times and states are written for people."""
