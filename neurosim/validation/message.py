"""The form of an error message: rule, value, remedy."""

from __future__ import annotations

from neurosim.errors import InvalidInput


def invalid(rule: str, got: str, remedy: str) -> InvalidInput:
    """Return the error whose message gives the rule, the value and, if there is one, the remedy."""
    return InvalidInput(f"{rule}, got {got}" + (f"; {remedy}" if remedy else ""))
