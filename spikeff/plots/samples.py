"""Images that a network made itself, in rows by what they started from."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np

from spikeff.ir.arrays import Array

GAP = 2  # pixels between images


def picture_of(groups: Mapping[str, Sequence[Array]]) -> bytes:
    """A PNG with a row of images for each group, its name on the left.

    Args:
        groups: Images uint8 (rows, columns), all of one shape, by the name of their group.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sheet = tiled(list(groups.values()))
    height = len(sheet) / len(groups)
    inches = 0.55 * len(groups)
    figure = Figure(figsize=(1.2 + inches * sheet.shape[1] / len(sheet), inches + 0.2))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.16, 0.02, 0.83, 0.96))
    axes.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    axes.set_yticks([height * (k + 0.5) for k in range(len(groups))], list(groups))
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    return buffer.getvalue()


def tiled(groups: Sequence[Sequence[Array]]) -> Array:
    """All images in one, uint8, a row for each group, with gaps of 0 between them."""
    rows, columns = groups[0][0].shape
    most = max(len(images) for images in groups)
    sheet = np.zeros((len(groups) * (rows + GAP), most * (columns + GAP)), np.uint8)
    for k, images in enumerate(groups):
        for j, image in enumerate(images):
            top, left = k * (rows + GAP), j * (columns + GAP)
            sheet[top : top + rows, left : left + columns] = image
    return sheet
