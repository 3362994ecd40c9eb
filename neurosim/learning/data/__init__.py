"""Images to learn: named data sets, folders of pictures, files of arrays, and arrays of the user.

`load` finds the images, `Images` holds them. Formats are read by Pillow, NumPy, SciPy, h5py and xarray, and never by
unpickling. The rules for axes, channels, values and labels are in `neurosim.learning.data.arrays`. No torch here, and
no training.
"""

from neurosim.learning.data.images import Images
from neurosim.learning.data.loading import SPLITS, load, load_stream
from neurosim.learning.data.named import DATASETS

__all__ = ["DATASETS", "SPLITS", "Images", "load", "load_stream"]
