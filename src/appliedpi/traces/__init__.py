"""Derivations, and the executions of the process that follow them."""
