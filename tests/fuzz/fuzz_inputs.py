"""Strategies for damaged files, and for values where JSON and arrays should be.

Each fuzz target has 60 inputs, always the same, or as many others as NEUROSIM_FUZZ states (`make fuzz`: 10,000).
"""

import math
import os
import random

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

INPUTS = int(os.environ.get("NEUROSIM_FUZZ", "60"))
FIRST = random.SystemRandom().randrange(2**48) if "NEUROSIM_FUZZ" in os.environ else 0  # seed of a damaged file
FUZZ = settings(
    max_examples=INPUTS,
    derandomize="NEUROSIM_FUZZ" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

EXTREME = [b"", b"\0", b"\xff", bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\x01" * 8, b"[" * 200]


def damaged(content: bytes, seed: int) -> bytes:
    """Return a file with a few bytes replaced, inserted, deleted, repeated or cut off, often in its header.

    A seed draws what changes: hypothesis takes several times as long for as many draws.
    """
    data, rng = bytearray(content), random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        start = rng.randint(0, min(len(data), 128) if rng.random() < 0.5 else len(data))
        what = rng.choice(["replace", "replace", "insert", "delete", "repeat", "cut"])
        new = rng.choice(EXTREME) if rng.random() < 0.5 else rng.randbytes(rng.randint(0, 8))
        length = rng.randint(0, 16)
        if what == "replace":
            data[start : start + len(new)] = new
        elif what == "insert":
            data[start:start] = new
        elif what == "delete":
            del data[start : start + length]
        elif what == "repeat":
            data[start:start] = data[start : start + 8 * length]
        else:
            del data[start:]
    return bytes(data)


NUMBERS = st.integers() | st.floats() | st.sampled_from([0, 1, -1, 2**63, 2**64, 1e308, math.inf, math.nan])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
ARRAYS = arrays.arrays(
    dtype=st.sampled_from(["f8", "f8", "f4", "f2", "i8", "u1", "?"]),
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


def changed(record: dict, draw) -> dict:
    """Return a record with one entry replaced, removed or added."""
    name = draw(st.sampled_from(sorted(record)) | st.text(max_size=6)) if record else "a"
    others = {key: value for key, value in record.items() if key != name}
    return others if draw(st.booleans()) else {**others, name: draw(JSON)}


def few(*shape: int) -> np.ndarray:
    """Return bytes of the given shape, of many values."""
    return (np.arange(math.prod(shape)) * 37 % 251).astype(np.uint8).reshape(shape)
