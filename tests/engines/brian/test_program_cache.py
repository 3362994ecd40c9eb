"""The cache of compiled programs, with a program that needs no compiler."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from neurosim import Unavailable
from neurosim.engines.brian import compilers, programs

MAKEFILE = "main:\n\techo made >> $(LOG)\n\tcp source.cpp main\n\tchmod +x main\n"


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Return a maker of program folders; `made` in it counts how often make ran."""
    log = tmp_path / "log"
    log.touch()
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path / "cache"))
    count = iter(range(100))

    def folder(text="#!/bin/sh\necho hello\n", makefile=MAKEFILE):
        made = tmp_path / f"program{next(count)}"
        (made / "results").mkdir(parents=True)
        (made / "makefile").write_text(makefile)
        (made / "source.cpp").write_text(text)
        return made

    folder.made = lambda: len(log.read_text().splitlines())
    return folder


def output_of(program):
    return subprocess.run([program / "main"], capture_output=True, text=True).stdout


def test_the_same_source_is_compiled_once(source):
    for _ in range(2):
        program = source()
        (program / "results" / "numbers").write_bytes(os.urandom(8))  # not source
        programs.compile_or_reuse(program)
        assert output_of(program) == "hello\n"
    assert source.made() == 1
    other = source("#!/bin/sh\necho other\n")
    programs.compile_or_reuse(other)
    assert output_of(other) == "other\n" and source.made() == 2


@pytest.mark.parametrize("fact", ["_compilers", "_processor"])
def test_another_compiler_or_processor_compiles_again(source, monkeypatch, fact):
    programs.compile_or_reuse(source())
    monkeypatch.setattr(programs, fact, lambda: "another")
    programs.compile_or_reuse(source())
    assert source.made() == 2


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Return a maker of compilers, scripts that answer to --version, in a folder whose name has a space."""
    folder = tmp_path / "my tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def made(name, *, says=None, runs=None):
        script = f"#!/bin/sh\necho '{says}'\n" if runs is None else f'#!/bin/sh\nexec {runs} "$@"\n'
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
        compilers._version.cache_clear()  # a new process asks anew
        return folder / name

    return made


@pytest.mark.parametrize("cxx", ["newest", "wrap newest", "wrap newest -O1", "'{tool}'", "wrap '{tool}' -DNAME=x"])
def test_a_new_version_of_the_compiler_compiles_again_however_it_is_called(source, tools, monkeypatch, cxx):
    tools("wrap", runs="env")
    monkeypatch.setenv("CXX", cxx.format(tool=tools("newest", says="newest 12.1")))
    for version, n_made in (("12.1", 1), ("12.1", 1), ("12.2", 2), ("12.1", 2)):
        tools("newest", says=f"newest {version}")
        assert compilers.compiler() is not None
        programs.compile_or_reuse(source())
        assert source.made() == n_made, version


def test_options_in_the_command_and_variables_of_the_compiler_compile_again(source, tools, monkeypatch):
    tools("newest", says="newest 12.1")
    for n_made, (name, value) in enumerate((("CXX", "newest"), ("CXX", "newest -DNAME=x"), ("CPATH", "/headers")), 1):
        monkeypatch.setenv(name, value)
        for _ in range(2):
            programs.compile_or_reuse(source())
            assert source.made() == n_made


def test_make_is_given_the_command(source, tools, monkeypatch):
    tools("wrap", runs="env")
    tool = tools("newest", says="newest 12.1")
    makefile = "main:\n\techo made >> $(LOG)\n\t$(CXX) --version > main\n"
    for cxx in (f"'{tool}'", "wrap newest -O1", f"wrap '{tool}'"):
        monkeypatch.setenv("CXX", cxx)
        program = source(cxx, makefile)
        programs.compile_or_reuse(program)
        assert (program / "main").read_text() == "newest 12.1\n"


@pytest.mark.parametrize("cxx", ["absent", "wrap absent", "'/no such/folder/g++'", "{folder}/newest", "failing"])
def test_a_compiler_that_does_not_run_is_missing(tools, monkeypatch, cxx):
    tools("wrap", runs="env")
    tools("failing", runs="false")
    monkeypatch.setenv("CXX", cxx.format(folder=tools("newest", says="newest 12.1").parent))  # a space without quotes
    assert compilers.compiler() is None
    with pytest.raises(Unavailable, match=r"not found: .* \(from CXX\)"):
        compilers.requires_compiler("this")


def test_quotes_that_do_not_match_are_named(monkeypatch):
    monkeypatch.setenv("CXX", "'g++")
    with pytest.raises(Unavailable, match=r"CXX must be a command.*got \"'g\+\+\".*No closing quotation"):
        compilers.compiler()


def test_an_empty_variable_means_the_default(source, monkeypatch):
    monkeypatch.setenv("CXX", "")
    program = source(makefile="main:\n\techo made >> $(LOG)\n\techo $(CXX) > main\n")
    programs.compile_or_reuse(program)
    assert (program / "main").read_text() == "g++\n"


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:-5], lambda c: b"\0" * len(c), lambda c: c + b"more"])
def test_a_damaged_program_is_compiled_again(source, damage):
    programs.compile_or_reuse(source())
    (file,) = programs.cache_folder().iterdir()
    file.write_bytes(damage(file.read_bytes()))
    for _ in range(2):
        program = source()
        programs.compile_or_reuse(program)
        assert output_of(program) == "hello\n"
    assert source.made() == 2  # and mended


def test_a_folder_that_cannot_be_written_costs_compiling_only(source, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", "/dev/null/nowhere")
    for _ in range(2):
        program = source()
        programs.compile_or_reuse(program)
        assert output_of(program) == "hello\n"
    assert source.made() == 2


def test_a_program_is_run_although_its_time_of_use_cannot_be_noted(source, monkeypatch):
    programs.compile_or_reuse(source())

    def refused(*_, **__):
        raise PermissionError

    monkeypatch.setattr(Path, "touch", refused)
    program = source()
    programs.compile_or_reuse(program)
    assert output_of(program) == "hello\n" and source.made() == 1


def of_another_user(monkeypatch, file):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)


OTHERS = {
    "a program of another user": of_another_user,
    "a program that others can write": lambda _, file: file.chmod(0o666),
    "a program in a folder that others can write": lambda _, file: file.parent.chmod(0o777),
    "a link": lambda _, file: file.rename(file.with_name("other")).parent and file.symlink_to("other"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_others_may_have_written_is_not_run(kind, source, monkeypatch):
    programs.compile_or_reuse(source())
    (file,) = programs.cache_folder().iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    content = file.read_bytes()
    OTHERS[kind](monkeypatch, file)
    program = source()
    programs.compile_or_reuse(program)
    assert output_of(program) == "hello\n" and source.made() == 2
    assert file.read_bytes() == content  # of the same source


def test_a_compiler_that_fails_is_quoted(source):
    with pytest.raises(SystemExit, match=r"could not build(.|\n)*no such flux capacitor"):
        programs.compile_or_reuse(source(makefile="main:\n\t@echo no such flux capacitor >&2; exit 1\n"))
    assert not programs.cache_folder().exists()


def test_the_least_recently_used_programs_go_first(source, monkeypatch):
    monkeypatch.setattr(programs, "_MOST_KEPT", 2)
    for age, name in ((3, "a"), (2, "b"), (1, "c")):
        if name == "c":
            programs.compile_or_reuse(source("a"))  # used again, so "b" is the oldest
        programs.compile_or_reuse(source(name))
        for file in programs.cache_folder().iterdir():
            moment = file.stat().st_mtime - 10 * age
            os.utime(file, (moment, moment))
    before = source.made()
    for name in ("a", "c"):
        programs.compile_or_reuse(source(name))
    assert source.made() == before
    programs.compile_or_reuse(source("b"))
    assert source.made() == before + 1


def test_files_of_others_in_the_folder_stay(source, monkeypatch):
    monkeypatch.setattr(programs, "_MOST_KEPT", 1)
    programs.cache_folder().mkdir(parents=True)
    for name in ("notes", "0" * 63, "0" * 64 + ".txt"):
        (programs.cache_folder() / name).write_text("precious")
        os.utime(programs.cache_folder() / name, (0, 0))
    for text in ("a", "b"):
        programs.compile_or_reuse(source(text))
    assert len(list(programs.cache_folder().iterdir())) == 4


def test_simultaneous_compilations_do_not_interfere(source):
    folders = [source() for _ in range(8)]
    threads = [threading.Thread(target=programs.compile_or_reuse, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [output_of(folder) for folder in folders] == ["hello\n"] * 8
    assert len(list(programs.cache_folder().iterdir())) == 1
