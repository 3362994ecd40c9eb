"""The exceptions of neurosim, and the warning of a fallback. Each message gives the rule, the value and the remedy.

::

    NeurosimError
    ├── InvalidInput  (also ValueError)     an argument breaks a rule
    │   └── Uncalibrated                    a population of the spiking circuit does not switch on at its threshold
    ├── Unavailable   (also RuntimeError)   a package, a compiler or a device is missing
    ├── BadFile       (also ValueError)     a file cannot be read
    │   └── MissingData                     the files of a data set were not found
    └── OutputError   (also OSError)        a result cannot be written

The command line prints the message on one line and exits with code 2.
"""

from __future__ import annotations

import multiprocessing
import warnings


class NeurosimError(Exception):
    r"""Base class of the errors that neurosim raises.

    Examples
    --------
    >>> str(NeurosimError("threshold must be a number, got [[1.]\n [2.]]"))
    'threshold must be a number, got [[1.] [2.]]'
    """

    def __str__(self) -> str:
        """Return the message on one line; the text of a value, such as an array, can have several."""
        return " ".join(line.strip() for line in super().__str__().splitlines())


class InvalidInput(NeurosimError, ValueError):
    """An argument breaks a rule."""


class Uncalibrated(InvalidInput):
    """A population of the spiking circuit does not switch on at its threshold, whatever the shift of its drive."""


class Unavailable(NeurosimError, RuntimeError):
    """A package, a compiler or a device is missing; there is no silent fallback."""


class BadFile(NeurosimError, ValueError):
    """A file is missing, truncated, or of another kind."""


class MissingData(BadFile):
    """The files of a data set were not found.

    Parameters
    ----------
    message : str
    dataset : str
        Name of the data set.
    """

    def __init__(self, message: str, dataset: str = "") -> None:
        super().__init__(message)
        self.dataset = dataset


class OutputError(NeurosimError, OSError):
    """A result cannot be written; no half-written file is left."""


_WARNED: set[str] = set()


def warn_once(message: str) -> None:
    """Warn of a fallback: once in a process, and not in its workers, which would repeat it.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     for _ in range(2):
    ...         warn_once("an example of a fallback")
    >>> len(caught)
    1
    """
    if message not in _WARNED and multiprocessing.current_process().name == "MainProcess":
        _WARNED.add(message)
        warnings.warn(message, RuntimeWarning, stacklevel=3)
