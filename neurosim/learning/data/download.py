"""Search and download of the files of data sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from neurosim.errors import BadFile, MissingData, Unavailable
from neurosim.outputs import expanded
from neurosim.packages import required


def find_files(
    name: str,
    files: Sequence[str],
    subfolders: Sequence[str],
    data_dir: str | Path | None,
    archives: Sequence[tuple[str, str]] | None,
    remedy: str = ", or download them with --download (download=True)",
) -> list[Path]:
    """Return the paths of the files of a data set, all from one folder.

    Parameters
    ----------
    name : str
        Name of the data set.
    files : sequence of str
        File names; a file may also have the ending .gz, and .idx in place of -idx.
    subfolders : sequence of str
        Folders in which the files may be.
    data_dir : path or None
        As in `neurosim.learning.load_data`.
    archives : sequence of (url, sha256), or None
        Downloads that provide missing files; None if nothing may be downloaded.
    remedy : str, optional
        End of the message that files are missing.

    Returns
    -------
    list of Path

    Raises
    ------
    MissingData
        Files are missing and may not be downloaded.
    BadFile
        A download has another SHA-256.
    Unavailable
        The download failed, or pooch is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.learning.data.download import find_files
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "images.gz").write_bytes(b"")
    ...     [path.name for path in find_files("example", ["images"], [], folder, None)]
    ['images.gz']
    """
    root = _root(data_dir)
    # The folder named for the data set comes first: MNIST and Fashion-MNIST have the same file names.
    candidates = [parent / sub for parent in (root / name, root) for sub in (*subfolders, "")]
    for folder in candidates:
        paths = [plain_or_gz(folder / file) for file in files]
        if all(path is not None for path in paths):
            return [path for path in paths if path is not None]
    if archives is None:
        raise MissingData(
            f"{name} needs the files {', '.join(files)} (or .gz), not found together in "
            f"{' or '.join(map(str, candidates))}; name their folder with --data-dir (data_dir=) or "
            f"NEUROSIM_DATA{remedy}",
            name,
        )
    for url, sha256 in archives:
        _download(url, sha256, root / name)
    return find_files(name, files, subfolders, root, None)


def _root(data_dir: str | Path | None) -> Path:
    chosen = data_dir or os.environ.get("NEUROSIM_DATA")
    return expanded(chosen) if chosen else Path(_pooch("os_cache")("neurosim"))


def plain_or_gz(path: Path) -> Path | None:
    """Return the file, plain or .gz, if there is one; also with the dot of train-images.idx3-ubyte, an older name."""
    names = [path.name, path.name.replace("-idx", ".idx")]
    files = [path.with_name(name + ending) for name in names for ending in ("", ".gz")]
    return next((file for file in files if file.is_file()), None)


def _download(url: str, sha256: str, folder: Path) -> None:
    """Download `url` into `folder` unless it is there, check it, and unpack it if it is a tar archive."""
    file = url.rsplit("/", 1)[1]
    unpack = _pooch("Untar")(extract_dir=".") if ".tar" in file else None
    try:
        _pooch("retrieve")(url, f"sha256:{sha256}", fname=file, path=folder, processor=unpack)
    except ValueError as error:  # pooch: the hash does not match; it has deleted the file
        raise BadFile(f"{url} must have the SHA-256 {sha256}: {_first_line(error)}") from None
    except Exception as error:  # requests, urllib3, http, tarfile and the system each have their own errors
        raise Unavailable(
            f"could not download {url} into {folder} ({type(error).__name__}: {_first_line(error)}); "
            "download the file yourself and name its folder with --data-dir"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]


def _pooch(function: str) -> Callable:
    what = "a data set without --data-dir (data_dir=) or NEUROSIM_DATA"  # pooch keeps the downloads
    return getattr(required("pooch", what), function)
