"""Brian2 settings of the tests of the Brian2 engine."""

import brian2
import pytest


@pytest.fixture
def interpreted():
    """Run what a test itself builds with numpy: quicker than compiling."""
    before = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = "numpy"
    yield
    brian2.prefs["codegen.target"] = before
