"""The raster of one digit while agreement grows: `python -m benchmarks.growing_agreement`.

Trains the preset `digits` and keeps what one test image with its right label makes the layer fire
before training and after some epochs. Writes docs/images/growing_agreement.png.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from spikeff.data.registry import Split, load_split
from spikeff.ir.arrays import Array
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.nn.builder import encode_events
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "growing_agreement.png"
PRESET, SAMPLE, COLUMNS = "digits", 0, 10  # columns of the layer that are drawn
MOST = 12  # spikes of a column in a step at which the colours end
SHOWN = (0, 1, 5, 60)  # epochs done


def presented(trainer: Trainer, test: Split) -> Array:
    """Spikes bool (steps, neurons) of the layer for the sample with its right label."""
    one = test.images[SAMPLE : SAMPLE + 1]
    label = torch.from_numpy(test.labels[SAMPLE : SAMPLE + 1])
    spikes = trainer.network(encode_events(trainer.config.data, one, trainer.device), label)[0]
    return np.asarray(spikes[:, 0].numpy() > 0)


def raster(axes: Any, spikes: Array, size: int) -> Any:
    """Draw the first columns; a spike's colour is how many of its column fire with it."""
    steps, neurons = np.nonzero(spikes[:, : COLUMNS * size])
    together = spikes.reshape(len(spikes), -1, size).sum(2)[steps, neurons // size]
    drawn = axes.scatter(
        steps + 1, neurons, c=together, s=90, marker="_", linewidths=1.8, cmap="plasma_r"
    )
    drawn.set_clim(1, MOST)
    for edge in range(size, COLUMNS * size, size):
        axes.axhline(edge - 0.5, color="0.85", linewidth=0.7, zorder=0)
    axes.set_xlim(0.3, len(spikes) + 0.7)
    axes.set_xticks(range(1, len(spikes) + 1))
    axes.set_ylim(-1, COLUMNS * size)
    axes.set_xlabel("step")
    return drawn


def draw(rasters: dict[int, Array], trainer: Trainer) -> bytes:
    """Rasters above, the log of the training below."""
    figure = Figure(figsize=(11, 7.2), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subfigures(2, 1, height_ratios=(1.7, 1))
    size, probes = trainer.config.layers[0].column_size, trainer.probes
    panels = above.subplots(1, len(rasters), sharey=True)
    for axes, (epoch, spikes) in zip(panels, rasters.items(), strict=True):
        drawn = raster(axes, spikes, size)
        when = "before training" if not epoch else f"after epoch {epoch}"
        axes.set_title(f"{when}: {probes[epoch].coincidence_ratio[0]:.1f} x chance", fontsize=10)
    panels[0].set_ylabel(f"neuron ({COLUMNS} columns of {size})")
    above.colorbar(drawn, ax=panels, label="spikes of the column in this step")
    ratio, accuracy = below.subplots(1, 2)
    ratio.plot([p.coincidence_ratio[0] for p in probes], label="with the right label")
    ratio.plot([p.negative_ratio[0] for p in probes], "--", label="with a wrong label")
    ratio.axhline(1.0, color="grey", linewidth=0.8)
    ratio.set_ylabel("coincident pairs / by chance")
    for name, label in (("accuracy", "goodness"), ("shuffled_accuracy", "shuffled in time")):
        accuracy.plot([100 * getattr(p, name) for p in probes], label=label)
    accuracy.set_ylabel(f"% right, {probes[0].samples} training samples")
    for axes in (ratio, accuracy):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def main(
    epochs: Annotated[int, typer.Option(help="Epochs of training.")] = max(SHOWN),
    out: Annotated[Path, typer.Option(help="Picture to write.")] = PICTURE,
) -> None:
    """Train, keep the rasters, draw."""
    torch.set_num_threads(1)
    config = make_config(with_fields(preset_table(PRESET), {"schedule.epochs": epochs}), PRESET)
    trainer = Trainer(config, load_split("digits", "train", None), torch.device("cpu"))
    test = load_split("digits", "test", None)
    trainer.calibrate()
    trainer.probe()
    rasters = {0: presented(trainer, test)}
    while trainer.epochs_done < epochs:
        trainer.train_epoch()
        trainer.probe()
        if trainer.epochs_done in SHOWN:
            rasters[trainer.epochs_done] = presented(trainer, test)
    write_bytes_whole(out, draw(rasters, trainer))


if __name__ == "__main__":
    typer.run(main)
