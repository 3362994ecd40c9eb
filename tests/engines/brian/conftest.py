"""Brian2 settings of the tests of the Brian2 engine."""

import brian2
import pytest

from neurosim.engines.brian import calibration


@pytest.fixture
def interpreted():
    """Run what a test itself builds with numpy: quicker than compiling."""
    before = brian2.prefs["codegen.target"]
    brian2.prefs["codegen.target"] = "numpy"
    yield
    brian2.prefs["codegen.target"] = before


@pytest.fixture(scope="module")
def own_calibrations(tmp_path_factory):
    """Keep the calibrations of the circuit in a folder of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
        calibration.curve.cache_clear()
        yield
    calibration.curve.cache_clear()
