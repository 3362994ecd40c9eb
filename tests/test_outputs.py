"""Outputs: what is refused before the work, what a write leaves behind, and what a killed process left."""

import io
import os
import resource
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput, Network, OutputError, load_result, outputs, ownership, save_result
from neurosim.learning.data import tables
from neurosim.outputs import check_folder, check_outputs, protecting, replacing, require_writable, write_file
from neurosim.report import index, page


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(outputs, "_TIDIED", set())
    return tmp_path


@contextmanager
def disk_full(limit=1000):
    """Let no file grow beyond some bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def entries(folder):
    return sorted(path.name for path in folder.rglob("*"))


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


SPECIAL = {
    "FIFO": os.mkfifo,
    "socket": make_socket,
    "device": lambda path: path.symlink_to("/dev/null"),
    "folder": Path.mkdir,
    "levels of symbolic links": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_only_regular_files_are_replaced(kind, folder):
    path = folder / "out"
    SPECIAL[kind](path)
    before = path.lstat()
    for write in (require_writable, lambda path: write_file(path, b"new"), Network(np.eye(2)).save):
        with pytest.raises(OutputError, match=kind):
            write(path)
    assert (path.lstat().st_ino, path.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert entries(folder) == ["out"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_the_file_that_it_names_is_written(there, folder):
    if there:
        (folder / "file").write_text("old")
    (folder / "link").symlink_to("file")
    write_file("link", "new")
    assert (folder / "link").is_symlink() and (folder / "file").read_text() == "new"


NAMES = {
    "n" * 256: "longer than 255",
    "absent/" + "n" * 256: "longer than 255",
    "/".join(["n" * 200] * 30): "too long",
    "a\0b": "null (byte|character)",
    "~no-such-user/file": "home directory",
    "/proc/no/such": "No such file",
    "file/inside": "Not a directory",
}


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_names_that_no_file_can_have_are_refused_before_the_work(number, folder):
    (folder / "file").touch()
    name, message = list(NAMES.items())[number]
    with pytest.raises(OutputError, match=message) as caught:
        require_writable(name)
    assert "\n" not in str(caught.value) and entries(folder) == ["file"]


@pytest.mark.parametrize("name", ["n" * 255, os.fsdecode(b"\xff\xfe"), "a b.c.d", "-", "α" * 127])
def test_every_name_that_a_file_can_have_is_written(name, folder):
    save_result(xarray.Dataset(attrs={"file": name}), name)
    assert entries(folder) == [name]
    assert load_result(name).attrs["file"] == name.encode(errors="replace").decode()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write every file")
def test_a_write_protected_file_is_not_replaced(folder):
    (folder / "file").touch(mode=0o400)
    with pytest.raises(OutputError, match="write-protected"):
        require_writable("file")


def test_no_input_is_an_output_by_any_of_its_names(folder):
    (folder / "net").write_text("weights")
    (folder / "link").symlink_to("net")
    os.link(folder / "net", folder / "hard")
    for name in ("net", "./net", "link", "hard", str(folder / "net")):
        with protecting(Path("net")):
            for write in (require_writable, lambda name: write_file(name, b"")):
                with pytest.raises(InvalidInput, match="must not be an input file"):
                    write(name)
    assert (folder / "net").read_text() == "weights"
    write_file("net", b"")  # outside of it, a file may be loaded, changed and saved


def test_data_in_a_folder_of_inputs_stay_and_results_there_are_written(folder):
    (folder / "data").mkdir()
    for name in ("a.png", "train-images-idx3-ubyte"):
        (folder / "data" / name).write_bytes(b"pixels")
    Network(np.eye(2)).save("data/net")
    with protecting(Path("data")):
        for name in ("a.png", "train-images-idx3-ubyte"):
            with pytest.raises(InvalidInput, match="must not be an input file"):
                require_writable(f"data/{name}")
        for name in ("net", "new", "new.nc"):
            require_writable(f"data/{name}")


def test_a_standard_stream_is_no_output(folder):
    command = "from neurosim.outputs import require_writable; require_writable('log')"
    with (folder / "log").open("w") as log:
        answer = subprocess.run([sys.executable, "-c", command], stdout=log, stderr=subprocess.PIPE, text=True)
    assert "is a standard stream" in answer.stderr


def test_two_outputs_are_two_files(folder):
    (folder / "link").symlink_to("a")
    with pytest.raises(InvalidInput, match="the same file"):
        check_outputs("a", None, "link")


def test_a_folder_of_results_has_no_input_of_their_names(folder):
    (folder / "noise.nc").touch()
    with protecting(folder / "noise.nc"):
        check_folder(folder, "report.html", "damage-*.nc")
        for out in (folder, Path("."), folder / "sub" / ".."):
            (folder / "sub").mkdir(exist_ok=True)
            with pytest.raises(InvalidInput, match=r"would replace the input .*noise\.nc"):
                check_folder(out, "report.html", "*.nc")
    (folder / "report.html").mkdir()
    with pytest.raises(OutputError, match="got the folder"):
        check_folder(folder, "report.html")


def test_permissions_stay_and_those_of_new_files_are_the_umask(folder):
    (folder / "private").touch(mode=0o600)
    write_file("private", b"new")
    assert stat.S_IMODE((folder / "private").stat().st_mode) == 0o600
    write_file("secret", b"new", private=True)
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600


def empty_axes():
    from neurosim.plots import style

    return style.axes(None)


LARGE = Network.gaussian(40, 20, seed=0)
WRITERS = {
    "network": lambda path: LARGE.save(path),
    "result": lambda path: save_result(xarray.Dataset({"x": ("i", np.random.default_rng(0).random(500))}), path),
    "page": lambda path: page.write_html(path, "title", "summary", []),
    "pdf": lambda path: page.write_pdf(empty_axes(), path),
    "picture": lambda path: page.write_picture(page.Picture("p", "png", "", bytes(2000)), path.parent),
    "record": lambda path: index.write_record(
        path.parent, page.Picture("p", "png", "", b""), "title", ["x" * 2000], []
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_error_and_leaves_what_was_there(name, folder):
    path = folder / "new" / "deep" / "out"
    with disk_full(), pytest.raises(OutputError, match=r"cannot write .*: File too large$"):
        WRITERS[name](path)
    assert entries(folder) == []
    WRITERS[name](path)
    (written,) = (one for one in path.parent.iterdir() if one.is_file())
    before = written.read_bytes()
    with disk_full(), pytest.raises(OutputError):
        WRITERS[name](path)
    assert written.read_bytes() == before and [one.name for one in path.parent.iterdir()] == [written.name]


class OtherError(Exception):
    """An error of a library."""


def test_every_error_of_a_library_that_writes_is_one_of_outputs(folder):
    with pytest.raises(OutputError, match="cannot write out: no space"), replacing("out"):
        raise OtherError("no\nspace")
    with pytest.raises(MemoryError), replacing("out"):
        raise MemoryError
    assert entries(folder) == []


def test_what_netcdf_cannot_hold_is_named(folder):
    with pytest.raises(OutputError, match="netCDF cannot hold the result"):
        save_result(xarray.Dataset(attrs={"mapping": {"a": 1}}), "out.nc")
    assert entries(folder) == []


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 2**63, 2**64, -(2**63) - 1, 2**127, [1, 2**64]])
def test_whole_numbers_of_any_size_are_stored_as_attributes(value, folder):
    variable = xarray.Variable("i", [0.5], {"seed": value})
    save_result(xarray.Dataset({"x": variable}, attrs={"seed": value, "other": "text"}), "out.nc")
    again = load_result("out.nc")
    assert again.attrs == {"seed": value, "other": "text"} and again.x.attrs == {"seed": value}


WRITING = """
import sys
from neurosim import outputs, ownership
with outputs.replacing("out") as temporary:
    temporary.write_bytes(b"half")
    folder, descriptor = ownership.temporary_folder("neurosim-test-")
    (folder / "file").write_bytes(b"half")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_files_and_folders_of_killed_processes_are_deleted_and_those_of_living_ones_stay(folder, monkeypatch):
    temporary = folder / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    foreign = [folder / ".neurosim-notes.part", folder / "out.part", temporary / "neurosim-other"]
    for path in foreign:
        path.write_text("precious")

    def left():
        outputs._TIDIED.clear()
        require_writable("out")
        mine, descriptor = ownership.temporary_folder("neurosim-test-")
        mine.rmdir()
        os.close(descriptor)
        return len(list(folder.glob(".neurosim-????????????????.part"))), len(list(temporary.glob("neurosim-test-*")))

    environment = {**os.environ, "TMPDIR": str(temporary)}
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment, "text": True}
    with subprocess.Popen([sys.executable, "-c", WRITING], **options) as process:
        assert process.stdout.readline() == "writing\n"
        assert left() == (1, 1)
        process.kill()
        process.wait()
        assert left() == (0, 0)
    assert all(path.read_text() == "precious" for path in foreign)


def test_a_stream_is_read_without_a_file(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    stream = io.BytesIO()
    np.save(stream, np.zeros((30, 8, 8)))
    stream.seek(0)
    with disk_full():
        assert tables.read_stream(stream, "the stream").values.shape == (30, 8, 8)
    assert entries(folder) == []


def test_only_files_of_this_user_that_no_other_can_write_are_run(folder, monkeypatch):
    (folder / "file").write_bytes(b"program")
    (folder / "link").symlink_to("file")
    os.mkfifo(folder / "fifo")
    (folder / "file").chmod(0o600)
    assert ownership.own_content(folder / "file") == b"program"
    assert ownership.own_content(folder / "link") is None and ownership.own_content(folder / "fifo") is None
    for mode in (0o620, 0o602, 0o666):
        (folder / "file").chmod(mode)
        assert ownership.own_content(folder / "file") is None
    (folder / "file").chmod(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)  # another user
    assert ownership.own_content(folder / "file") is None


def test_only_folders_of_this_user_that_no_other_can_write_are_used(folder, monkeypatch):
    cache = folder / "deep" / "cache"
    assert ownership.own_folder(cache) == cache and stat.S_IMODE(cache.stat().st_mode) == 0o700
    cache.chmod(0o777)
    assert ownership.own_folder(cache) is None
    cache.chmod(0o755)
    assert ownership.own_folder(cache) == cache
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert ownership.own_folder(cache) is None
    assert ownership.own_folder(Path("/dev/null/cache")) is None


def test_the_name_of_a_file_is_no_folder_for_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInput, match=r"must be a folder, got the file name x\.html; give x"):
        check_folder(Path("x.html"), "report.html")
    Path("run.nc").mkdir()
    check_folder(Path("run.nc"), "report.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.nc"]
