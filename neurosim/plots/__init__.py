"""One module a figure; each draws what an analysis returned, on `ax` if given, and returns the Axes.

Nothing here shows a window or changes a global style. Without `ax` (or `figure`, for grids), a figure of one
column's width is made outside pyplot; save it with ``ax.figure.savefig(path)``, or give ``ax=plt.gca()``.
"""
