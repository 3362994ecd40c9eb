"""Files and folders of images as users have them, made from scikit-learn's digits."""

import h5py
import numpy as np
from PIL import Image


def pictures(folder, images, labels=None, *, size=None, ending="png", **saving):
    """Write one 8-bit picture for each image with values 0 … 16, in a sub-folder of its class if there are labels."""
    for number, image in enumerate(images):
        into = folder if labels is None else folder / f"digit-{labels[number]}"
        into.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(np.round(image * 255 / 16).astype(np.uint8))
        (picture.resize(size) if size else picture).save(into / f"{number:03d}.{ending}", **saving)
    return folder


def nwb(path, frames, series="stimulus/presentation/digits"):
    """Write the groups, datasets and attributes that PyNWB 4.2 writes for an ImageSeries and a TimeSeries."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"nwb_version": "2.11.0", "namespace": "core", "neurodata_type": "NWBFile"})
        file["session_description"] = "made by a test"
        file.create_dataset("file_create_date", data=["2026-01-01T00:00:00+00:00"], dtype=h5py.string_dtype())
        for name, data, kind in ((series, frames, "ImageSeries"), ("acquisition/lfp", np.ones((50, 8)), "TimeSeries")):
            group = file.create_group(name)
            group.attrs.update({"neurodata_type": kind, "namespace": "core", "description": "no description"})
            dataset = group.create_dataset("data", data=data)
            dataset.attrs.update({"conversion": 1.0, "offset": 0.0, "resolution": -1.0, "unit": "n/a"})
            group.create_dataset("starting_time", data=0.0).attrs.update({"rate": 10.0, "unit": "seconds"})
    return path
