"""Outputs: the one place that plans, checks and writes files.

`require_writable` and `check_outputs` refuse, before any work, what could not be written or would destroy an input.
`write_file` writes a whole file at once: to a temporary file in the same folder, which then takes the place of the old
file. A writer holds a lock on its temporary file, so files that killed processes left are recognised and deleted by the
next one. The same holds for temporary folders.
"""

from __future__ import annotations

import fnmatch
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from neurosim.errors import InvalidInput, NeurosimError, OutputError
from neurosim.ownership import delete_if_unused, is_new

FILES = {".html", ".htm", ".nc", ".h5", ".json", ".pdf", ".png", ".svg", ".safetensors"}  # no endings of folders
_INPUTS: ContextVar[tuple[Path, ...]] = ContextVar("inputs", default=())
_PREFIX, _SUFFIX = ".neurosim-", ".part"
_MADE = {".nc", ".pdf", ".safetensors", ".checkpoint", ".html"}  # no folder of data holds images in such files
_TIDIED: set[Path] = set()  # folders in which this process has looked for files of killed ones


@contextmanager
def protecting(*inputs: Path | None) -> Iterator[None]:
    """Refuse, while it lasts, every output that is one of the inputs, or a file of data in a folder of them.

    Parameters
    ----------
    *inputs : Path or None
        Files and folders that are read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.outputs import protecting, require_writable
    >>> with tempfile.NamedTemporaryFile() as file, protecting(Path(file.name)):
    ...     require_writable(file.name)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: the output must not be an input file, got ...; give another name
    """
    token = _INPUTS.set((*_INPUTS.get(), *(path for path in inputs if path is not None)))
    try:
        yield
    finally:
        _INPUTS.reset(token)


def expanded(path: str | Path) -> Path:
    """Return a path with ~ for the home folder; as in a shell, unchanged where there is no such home.

    Raises
    ------
    InvalidInput
        It is no path.

    Examples
    --------
    >>> expanded("~no user of this name/a.nc")
    PosixPath('~no user of this name/a.nc')
    """
    try:
        path = Path(path)
    except TypeError:
        raise InvalidInput(f"a path must be a text or a pathlib.Path, got {path!r}") from None
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def require_writable(path: str | Path) -> Path:
    """Return a path after a test that a file can be written there; to be called before long computations.

    ~ stands for the home folder. A missing folder is made by `replacing`, when there is something to write. Temporary
    files that killed processes left in the folder are deleted.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Path

    Raises
    ------
    OutputError
        `path` is a folder, a device or a FIFO, write-protected, too long, or in a folder that cannot be written.
    InvalidInput
        The file is an input (`protecting`), or a standard stream of this process.

    Examples
    --------
    >>> from neurosim.outputs import require_writable
    >>> require_writable("/dev/null")
    Traceback (most recent call last):
    neurosim.errors.OutputError: output must be a regular file, got /dev/null, a device; give another name
    """
    path = expanded(path)
    _checked_target(path)
    return path


def check_outputs(*paths: str | Path | None) -> list[Path]:
    """Return the files that a command will write after the tests of `require_writable`; no two may be the same.

    Parameters
    ----------
    *paths : str, Path or None

    Returns
    -------
    list of Path

    Raises
    ------
    OutputError, InvalidInput
        As `require_writable`; or two outputs are one file.

    Examples
    --------
    >>> from neurosim.outputs import check_outputs
    >>> check_outputs("a.nc", "./a.nc")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: two outputs would be the same file, a.nc; give them different names
    """
    given = [Path(path) for path in paths if path is not None]
    targets = [_checked_target(path) for path in given]
    for number, path in enumerate(given):
        if targets[number] in targets[:number]:
            raise InvalidInput(f"two outputs would be the same file, {path}; give them different names")
    return [path.expanduser() for path in given]


def check_folder(folder: Path, *names: str) -> None:
    """Check that a command can write its files into a folder.

    Parameters
    ----------
    folder : Path
    *names : str
        Names of the files; * stands for any text.

    Raises
    ------
    OutputError, InvalidInput
        As `require_writable`; or an input of such a name is in the folder; or the name is that of a file, as in
        ``--out report.html``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.outputs import check_folder, protecting
    >>> with tempfile.TemporaryDirectory() as folder, protecting(Path(folder, "net.nc")):
    ...     Path(folder, "net.nc").touch()
    ...     check_folder(Path(folder), "*.nc")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: a result would replace the input ...net.nc; give another folder than ...
    """
    if folder.suffix.lower() in FILES and not folder.is_dir():
        raise InvalidInput(f"the output must be a folder, got the file name {folder}; give {folder.with_suffix('')}")
    for name in names:
        if "*" not in name:
            require_writable(folder / name)
    for path in (one.resolve() for one in _INPUTS.get() if one.is_file()):
        if _same(path.parent, folder) and any(fnmatch.fnmatchcase(path.name, name) for name in names):
            raise InvalidInput(f"a result would replace the input {path}; give another folder than {folder}")


@contextmanager
def replacing(path: str | Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the same folder; rename it to `path` on success and delete it on failure.

    An existing file keeps its permissions. A link stays, and the file that it names is replaced. Content that is made
    in memory is better written by `write_file`.

    Parameters
    ----------
    path : str or Path
    private : bool, default False
        Let only this user read and write the file.

    Raises
    ------
    OutputError
        The folder cannot be made or written, the disk is full, `path` is no regular file; or any other error within.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.outputs import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "new.txt"
    ...     with replacing(path) as temporary:
    ...         _ = temporary.write_text("content")
    ...     path.read_text()
    'content'
    """
    target = _checked_target(Path(path))
    made = [parent for parent in target.parents if not parent.exists()]
    temporary = descriptor = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary, descriptor = _new_file(target.parent)
        mode = 0o600 if private else (target if target.exists() else temporary).stat().st_mode
        yield temporary
        temporary.chmod(stat.S_IMODE(mode))  # libraries may have put another file in its place
        os.replace(temporary, target)
        made = []
    except (NeurosimError, MemoryError):
        raise
    except Exception as error:  # libraries have errors of their own for a full disk
        raise OutputError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        if temporary is not None and descriptor is not None:
            temporary.unlink(missing_ok=True)
            os.close(descriptor)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def write_file(path: str | Path, content: bytes | memoryview | str, *, private: bool = False) -> None:
    """Write a whole file in one step; a text in UTF-8.

    Content is made in memory and then written, because libraries that write to a full disk end the process or leave a
    file that looks whole.

    Parameters
    ----------
    path : str or Path
    content : bytes or str
        Characters of a text that UTF-8 cannot hold, such as those of a badly encoded file name, become "?".
    private : bool, default False
        As in `replacing`.

    Raises
    ------
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.outputs import write_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(Path(folder) / "new.txt", "content")
    ...     (Path(folder) / "new.txt").read_text()
    'content'
    """
    with replacing(path, private=private) as temporary:
        temporary.write_bytes(content.encode("utf-8", "replace") if isinstance(content, str) else content)


def _tidy(folder: Path) -> None:
    """Delete temporary files of killed processes, once per folder."""
    if folder in _TIDIED:
        return
    _TIDIED.add(folder)
    for path in folder.glob(f"{_PREFIX}{'?' * 16}{_SUFFIX}"):
        delete_if_unused(path)


def _check_names(target: Path) -> None:
    """Refuse names that no file can have; the system tells only once the folders above exist."""
    folder = next(parent for parent in target.parents if os.path.lexists(parent))
    longest = os.pathconf(folder, "PC_NAME_MAX")
    for part in target.parts:
        if 0 < longest < len(os.fsencode(part)):
            raise OSError(None, f"a name of {len(os.fsencode(part))} bytes is longer than {longest}")
    if 0 < os.pathconf(folder, "PC_PATH_MAX") <= len(os.fsencode(target)):
        raise OSError(None, "the path is too long")


def _status(path: Path, target: Path) -> os.stat_result | None:
    """Return what is known of an existing output; refuse all but regular files."""
    try:
        found = os.stat(path)  # /dev/stdout leads to a pipe that has no path
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(f"output must be a file, got the folder {path}; name a file in it")
    if not stat.S_ISREG(found.st_mode):
        kinds = {stat.S_IFIFO: "FIFO", stat.S_IFSOCK: "socket"}
        kind = kinds.get(stat.S_IFMT(found.st_mode), "device")
        raise OutputError(f"output must be a regular file, got {path}, a {kind}; give another name")
    if not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {path}: it is write-protected; give another name")
    return found


def _checked_target(path: Path) -> Path:
    """Return the file that `path` names, links resolved, after the tests of `require_writable`."""
    try:
        target = Path(os.path.realpath(path.expanduser()))
        _check_names(target)
        found = _status(path.expanduser(), target)
        folder = next(parent for parent in target.parents if os.path.lexists(parent))
        with tempfile.TemporaryFile(dir=folder):
            pass
    except NeurosimError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~ of nobody
        raise OutputError(f"cannot write {path}: {_reason(error)}; choose another name or folder") from None
    if found is not None:
        _refuse_inputs(path, target, found)
    _tidy(folder)
    return target


def _new_file(folder: Path) -> tuple[Path, int]:
    """Make an empty temporary file and lock it."""
    while True:
        path = folder / f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)  # less the umask
        if is_new(descriptor):
            return path, descriptor


def _refuse_inputs(path: Path, target: Path, found: os.stat_result) -> None:
    for stream in range(3):
        with suppress(OSError):
            if os.path.samestat(os.fstat(stream), found):
                raise InvalidInput(f"the output {path} is a standard stream of this process; give another name")
    for read in _INPUTS.get():
        inside = read.is_dir() and target.is_relative_to(read.resolve()) and not _is_result(target)
        if inside or _same(read, target):
            raise InvalidInput(f"the output must not be an input file, got {path}; give another name")


def _is_result(path: Path) -> bool:
    """Return whether this package may have written a file, which is then no image of a folder of data."""
    with path.open("rb") as file:
        begin = file.read(4096)
        file.seek(max(0, path.stat().st_size - 4096))
        return path.suffix.lower() in _MADE or b"neurosim" in begin + file.read()


def _same(path: Path, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error or type(error).__name__).split())
