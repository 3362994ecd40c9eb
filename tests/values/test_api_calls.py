"""Bad values for every parameter of the public functions: refused in one line that names the parameter, or taken."""

import signal

import pytest

pytest.importorskip("torch")

from api_calls import calls, functions, good_arguments, stop, wrong

CALLS = list(calls())


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a text is a path too: calls that are taken may write files


@pytest.fixture
def alarm():
    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.signal(signal.SIGALRM, before)


def wrong_answers(chosen):
    return [answer for call in chosen if (answer := wrong(*call)) is not None]


def test_calls_are_many():
    assert len(CALLS) > 10_000


def test_every_call_works_with_its_good_arguments():
    for name, function in functions():
        function(**good_arguments(name, function))


def test_a_wrong_answer_is_found(alarm):
    def refuses_badly(x):
        raise ZeroDivisionError

    assert wrong("f", refuses_badly, {}, "x", "None") == "f(x=None): ZeroDivisionError: "


@pytest.mark.parametrize("part", range(4))
def test_bad_values_are_refused_in_one_line_or_right(alarm, part):
    assert wrong_answers(CALLS[part::4]) == []
