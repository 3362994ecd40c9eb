"""The interactive page: what it holds, its command, and whether its program matches its sources."""

import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, recall
from neurosim.damage import Noise, Occluded
from neurosim.explore import builtin, page
from neurosim.explore.shown import Shown, packed
from neurosim.learning import Images

FOLDER = Path(page.__file__).parent


def data_of(path):
    """Return the records of the networks of a page."""
    html = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, flags=re.S)[1])


def unpacked(record):
    kinds = {"u1": "u1", "f4": "<f4", "f8": "<f8"}
    values = np.frombuffer(base64.b64decode(record["data"]), kinds[record["kind"]])
    return (values / record["levels"]).astype(np.float32) if record["kind"] == "u1" else values


def test_the_program_was_built_from_its_sources():
    """Without Node; `make test-browser` builds it again."""
    digest = hashlib.sha256()
    for path in sorted((FOLDER / "src").glob("*.ts")):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    first = (FOLDER / "explore.js").read_text(encoding="utf-8").split("*/", 1)[0]
    assert digest.hexdigest() in first, "run `npm run build` in neurosim/explore"


def test_a_page_holds_the_numbers_of_the_network(tmp_path):
    rng = np.random.default_rng(0)
    net = Network(rng.standard_normal((12, 3)), feedback=rng.standard_normal((3, 12)), threshold=[0.1, 0.2, 0.3])
    images = Images(rng.random((5, 12)), np.arange(5) % 2, (3, 4), "few", classes=("<a>", "b"))
    page.write(tmp_path / "a.html", [Shown("</script><b>", net, images, "about & more")])
    (record,) = data_of(tmp_path / "a.html")
    assert (record["name"], record["about"], record["shape"]) == ("</script><b>", "about & more", [1, 3, 4])
    for name, values in (("weights", net.weights), ("feedback", net.feedback), ("threshold", net.threshold)):
        assert (unpacked(record[name]) == values.ravel()).all(), name
    order = images.balanced_sample(40, seed=0)
    assert (unpacked(record["images"]) == images.pixels[order].ravel()).all()
    assert record["labels"] == [images.classes[label] for label in images.labels[order]]
    assert "</script><b>" not in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_page_needs_nothing_else(tmp_path):
    page.write(tmp_path / "a.html", [builtin.digits(), builtin.random()])
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert not re.search(r"""(?:src|href)=["']?(?!#)|url\(|@import|https?://(?!www\.w3\.org/)""", html)
    assert (tmp_path / "a.html").stat().st_size < 2_000_000


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((np.arange(256) / 255).astype(np.float32), "u1"),
        ((np.arange(17) / 16).astype(np.float32), "u1"),
        (np.float32([0.1, 0.7]), "f4"),
        (np.array([0.5, -2.0]), "f4"),
        (np.array([0.1, 1e300]), "f8"),
        (np.zeros(0), "f4"),
    ],
)
def test_packed_numbers_lose_nothing(values, kind):
    record = packed(values)
    assert record["kind"] == kind and (unpacked(record) == values).all()


def test_networks_that_the_exact_engine_cannot_recall_are_refused():
    net = Network.gaussian(20, 2, seed=0)
    for changed, named in (
        (net.replace(hidden_activation=Sigmoid(4)), "Heaviside"),
        (net.replace(tau_v=np.linspace(0.01, 0.02, 20)), "one tau_v"),
    ):
        with pytest.raises(InvalidInput, match=named):
            Shown("a", changed)
    with pytest.raises(InvalidInput, match="20 pixels"):
        Shown("a", net, Images(np.zeros((1, 4)), None, (2, 2), "small"))


def test_the_visible_layer_is_drawn_in_the_shape_of_its_images():
    assert Shown("a", Network.gaussian(60, 2, seed=0)).shape == (1, 6, 10)
    assert Shown("a", Network.gaussian(11, 2, seed=0)).shape == (1, 3, 4)
    assert Shown("a", Network.gaussian(1, 1, seed=0)).shape == (1, 1, 1)
    trained = Network(np.ones((48, 2)), provenance={"image_shape": [3, 4, 4]})
    assert Shown("a", trained).shape == (3, 4, 4)
    assert Shown("a", trained.replace(provenance={"image_shape": [5, 5]})).shape == (1, 6, 8)


def test_the_built_in_digits_are_completed():
    shown = builtin.digits()
    pixels = shown.images.pixels.astype(float)
    intact = recall(shown.network, pixels).hidden_active.values
    assert len(np.unique(intact, axis=0)) == len(pixels) == 40
    for damage, least in ((Noise(0.1), 0.95), (Occluded(), 0.8)):
        damaged = damage.apply(pixels, seed=0, image_shape=(8, 8))
        same = (recall(shown.network, damaged).hidden_active.values == intact).all(axis=1)
        assert same.mean() >= least, damage
