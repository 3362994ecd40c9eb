"""Files of this user and this process: locks, temporary files and folders, and caches that are safe to run.

A process locks its temporary files and folders, and the system releases a lock when the process ends, however it ends.
What no process has locked was left by a killed one, and is deleted by the next.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurosim.errors import NeurosimError, OutputError


def temporary_folder(prefix: str) -> tuple[Path, int]:
    """Make a folder for temporary files, and delete folders of the same kind that killed processes left.

    Parameters
    ----------
    prefix : str
        Begin of its name.

    Returns
    -------
    folder : Path
        Only this user can read it.
    descriptor : int
        While it is open, in this process or in a child that it was passed to, the folder is in use.

    Raises
    ------
    OutputError
        There is no writable folder for temporary files.

    Examples
    --------
    >>> import os
    >>> from neurosim.ownership import temporary_folder
    >>> folder, descriptor = temporary_folder("neurosim-example-")
    >>> folder.rmdir(); os.close(descriptor)
    """
    try:
        for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            delete_if_unused(left)
        while True:
            folder = Path(tempfile.mkdtemp(prefix=prefix))
            descriptor = os.open(folder, os.O_RDONLY)
            if is_new(descriptor):
                return folder, descriptor
    except OSError as error:
        raise OutputError(f"cannot make a temporary folder: {error.strerror}; set TMPDIR to a writable one") from None


def folder_of_process(prefix: str) -> Path:
    """Make a folder as `temporary_folder` does, for what the process needs until it ends.

    Parameters
    ----------
    prefix : str
        Begin of its name.

    Raises
    ------
    OutputError
        There is no writable folder for temporary files.

    Examples
    --------
    >>> from neurosim.ownership import folder_of_process
    >>> folder_of_process("neurosim-example-").is_dir()
    True
    """
    folder, _ = temporary_folder(prefix)  # locked until the end
    atexit.register(_delete_own, folder, os.getpid())
    return folder


def _delete_own(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not a forked child
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def temporary_files(prefix: str) -> Iterator[Path]:
    """Yield a folder as `temporary_folder` makes it, and delete it afterwards.

    Parameters
    ----------
    prefix : str
        Begin of its name.

    Raises
    ------
    OutputError
        There is no writable folder for temporary files, or it is full.

    Examples
    --------
    >>> from neurosim.ownership import temporary_files
    >>> with temporary_files("neurosim-example-") as folder:
    ...     _ = (folder / "file").write_text("content")
    >>> folder.exists()
    False
    """
    folder, descriptor = temporary_folder(prefix)
    try:
        yield folder
    except NeurosimError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write temporary files in {folder}: {error.strerror}; set TMPDIR") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def own_content(path: Path) -> bytes | None:
    """Return the content of a cached file, or None if there is none that is safe to run.

    The file and its folder must belong to this user, and no other may be able to write them: what is cached is run.

    Examples
    --------
    >>> from pathlib import Path
    >>> from neurosim.ownership import own_content
    >>> own_content(Path("absent")) is None
    True
    """
    try:
        if not is_own(path.parent.stat()):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)  # of what was opened, whatever the path names by now
        return file.read() if is_own(found) and stat.S_ISREG(found.st_mode) else None


def own_folder(path: Path) -> Path | None:
    """Return a folder, made if missing, that belongs to this user and that no other can write; else None.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.ownership import own_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     oct(own_folder(Path(folder) / "cache").stat().st_mode & 0o777)
    '0o700'
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        return path if is_own(path.stat()) and os.access(path, os.W_OK) else None
    except OSError:
        return None


def is_own(found: os.stat_result) -> bool:
    """Return whether a file or folder belongs to this user and no other user can write it.

    Examples
    --------
    >>> import os, tempfile
    >>> from neurosim.ownership import is_own
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     is_own(os.stat(folder))
    True
    """
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def closed_folder(path: Path) -> bool:
    """Take from others the right to write a folder of this user; return whether all that is in it is this user's.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.ownership import closed_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder).chmod(0o777)
    ...     closed_folder(Path(folder)), oct(Path(folder).stat().st_mode & 0o777)
    (True, '0o755')
    """
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            path.chmod(stat.S_IMODE(mode) & ~(stat.S_IWGRP | stat.S_IWOTH))
        with os.scandir(path) as entries:
            return path.stat().st_uid == os.geteuid() and not any(map(_is_of_another, entries))
    except OSError:
        return False


def _is_of_another(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.stat(follow_symlinks=False).st_uid != os.geteuid()
    except FileNotFoundError:  # a temporary file of another process
        return False


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock an open file until it is closed, also by the death of the process; return whether it is locked.

    Disks without locks give False.

    Examples
    --------
    >>> import tempfile
    >>> from neurosim.ownership import lock
    >>> with tempfile.NamedTemporaryFile() as file, open(file.name) as other:
    ...     lock(file.fileno(), wait=False), lock(other.fileno(), wait=False)
    (True, False)
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def is_new(descriptor: int) -> bool:
    """Lock a new file or folder; return False, and close it, if it was deleted as one of a dead process before that.

    Examples
    --------
    >>> import os, tempfile
    >>> from neurosim.ownership import is_new
    >>> descriptor, path = tempfile.mkstemp()
    >>> os.unlink(path)
    >>> is_new(descriptor)
    False
    """
    lock(descriptor, wait=True)
    if os.fstat(descriptor).st_nlink:
        return True
    os.close(descriptor)
    return False


def delete_if_unused(path: Path) -> None:
    """Delete a temporary file or folder of this user if no process has it locked.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.ownership import delete_if_unused
    >>> folder = Path(tempfile.mkdtemp())
    >>> delete_if_unused(folder)
    >>> folder.exists()
    False
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or not lock(descriptor, wait=False):
            return
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(path, ignore_errors=True)
        elif stat.S_ISREG(found.st_mode):
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
