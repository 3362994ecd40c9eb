"""Damaged files of every kind that neurosim reads are read, or refused with `BadFile`: no other error, no crash."""

import warnings

import pytest
from fuzz_files import KINDS
from fuzz_inputs import FIRST, INPUTS, damaged

pytest.importorskip("PIL")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged")


@pytest.mark.parametrize("name", KINDS)
def test_damaged_files_are_refused_with_bad_file(name, folder):
    kind = KINDS[name]
    path = folder / name / f"file.{kind.ending}"
    path.parent.mkdir()
    kind.write(path)
    kind.read(path)
    content = path.read_bytes()
    for seed in range(FIRST, FIRST + INPUTS):
        path.write_bytes(damaged(content, seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                kind.read(path)
            except kind.refusals as error:
                assert str(error) and "\n" not in str(error), f"seed {seed}"
            except Exception as error:
                error.add_note(f"damaged(content, {seed})")
                raise
