"""The exceptions. Each message names the rule, the value it met and the remedy.

::

    NeurosimError
    ├── InvalidInput  (also ValueError)     an argument breaks a rule
    ├── Unavailable   (also RuntimeError)   a package, compiler or ability is missing here
    ├── BadFile       (also ValueError)     a file cannot be read as what it should be
    └── OutputError   (also OSError)        a result cannot be written where it was asked for

The command line turns each into one line and exit code 2.
"""

from __future__ import annotations


class NeurosimError(Exception):
    """Base of every error raised on purpose."""


class InvalidInput(NeurosimError, ValueError):
    """An argument breaks a rule."""


class Unavailable(NeurosimError, RuntimeError):
    """A package, compiler or ability is missing; nothing falls back silently."""


class BadFile(NeurosimError, ValueError):
    """A file is missing, truncated, or holds something else."""


class OutputError(NeurosimError, OSError):
    """A result cannot be written where it was asked for; nothing was left half-written."""
