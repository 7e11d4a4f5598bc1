"""What the report says about what the network does, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.data.encoders import get_encoder
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.pipeline.report import cost_sections, spike_figures, stream_figures
from spikeff.pipeline.report.collect import CHECK, Content, Trained
from spikeff.pipeline.report.overview import chance, origin
from spikeff.pipeline.report.page import Section, folded, preformatted, table
from spikeff.pipeline.report.streams import SAMPLES, Streams, sent_fields
from spikeff.pipeline.run.evaluation import EvaluationReport
from spikeff.pipeline.sample import images_by_start

if TYPE_CHECKING:
    from spikeff.evidence.figures import Evaluation
    from spikeff.ir.arrays import Array
    from spikeff.pipeline.sample import OwnSample


def sections(content: Content) -> list[Section]:
    """All sections of the page, in order."""
    listed = []
    if content.evaluation is not None:
        listed += [_accuracy(content, content.evaluation.samples), _agreement(content.evaluation)]
    if content.trained is not None and content.trained.history.epochs:
        listed.append(_training(content.trained))
    listed += [_fidelity(content), _spikes(content)]
    if content.streams is not None:
        listed.append(_streams(content.streams))
    if content.evaluation is not None:
        listed.append(_goodness(content))
    if content.trained is not None and content.trained.description.input.pixels:
        listed.append(_fields(content, content.trained.description))
    if content.trained is not None and content.trained.samples:
        listed.append(_own_samples(content, content.trained.samples))
    return [*listed, *cost_sections.sections(content), _origin(content)]


def _accuracy(content: Content, samples: int) -> Section:
    stages = []
    if content.trained is not None:
        e = content.trained.evaluation
        stages = [
            ("float, goodness", "trained network, goodness", e.accuracy, e.samples),
            ("float, linear readout", "one pass without a label", e.readout_accuracy, e.samples),
            ("float, short list", "goodness among the likeliest", e.shortlist_accuracy, e.samples),
        ]
    for r in content.energy.readings:
        stages.append((f"integers, {r.name}", r.meaning, r.accuracy, content.energy.samples))
    stages = [stage for stage in stages if not np.isnan(stage[2])]
    return Section(
        "Accuracy through the pipeline",
        f"{samples:,} test samples; bars are 95 % intervals of a share (Wilson "
        f"1927). Integers ran on the emulator.",
        (("accuracy", spike_figures.accuracy(stages, chance(content))),),
    )


def _agreement(e: EvaluationReport) -> Section:
    spread = "" if e.shuffled_spread is None else f" ± {100 * e.shuffled_spread:.2f}"
    rows = [
        (f"accuracy by {e.readings[0].name}", _percent(e.accuracy)),
        (
            f"after the time shuffle, {e.shuffle_draws} draws",
            f"{100 * e.shuffled_accuracy:.2f} %{spread}",
        ),
        ("share of the accuracy above chance that is time", _percent(e.time_share)),
        *_perturbed(e),
        ("rate goodness on the same spikes", _percent(e.rate_accuracy)),
    ]
    per_layer = zip(e.coincidence_ratio, e.negative_ratio, e.firing, strict=True)
    layers = [
        (f"layer {k}", positive, negative, 100 * firing)
        for k, (positive, negative, firing) in enumerate(per_layer, start=1)
    ]
    header = ("", "coincidence ratio, positives", "negatives", "firing, % of neuron-steps")
    return Section(
        "Agreement: how much of the answer is time",
        "The shuffle moves each neuron's spikes to random steps and keeps their number: what it "
        "takes from the accuracy is what rests on time. Jitter moves every spike by at most so "
        "many steps; goodness that is built in does not tell forwards from backwards. All of it is "
        "done to the recorded spikes of the layers that the answer reads, here those of the "
        "integers. Coincidence ratio: coincident pairs over those that the shuffle leaves.",
        (),
        table(("", "share"), rows) + table(header, layers),
    )


def _perturbed(e: Evaluation) -> list[tuple[str, str]]:
    moved, deleted = e.jittered_accuracy or {}, e.deleted_accuracy or {}
    return [
        *((f"after jitter of up to {reach} steps", _percent(x)) for reach, x in moved.items()),
        *(
            (f"after deleting {100 * float(share):.0f} % of the spikes", _percent(x))
            for share, x in deleted.items()
        ),
        ("after reversing the spikes in time", _percent(e.reversed_accuracy)),
    ]


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.2f} %"


def _training(trained: Trained) -> Section:
    probes = trained.history.probes
    return Section(
        "Training",
        f"Before the first epoch and after each; on {probes[0].samples} training samples where "
        f"nothing else is said. Solid ratios: positives, dotted: negatives.",
        tuple(spike_figures.training(trained.history, "training samples")),
        folded("Configuration", preformatted(trained.configuration)),
    )


def _fidelity(content: Content) -> Section:
    title = "Fidelity: every simulator on the same spikes"
    if content.check is None:
        return Section(title, f"Not checked here: {content.absent[CHECK]}")
    rows = [
        (
            f"{p.left} / {p.right}",
            p.spikes,
            p.mismatches,
            _states(p.state_mismatches, p.state_error),
            "none" if p.first_divergence is None else str(p.first_divergence),
        )
        for p in content.check.pairs
    ]
    header = ("pair", "spikes", "mismatches", "u and v", "first divergence")
    missing = "".join(
        f"<p>{preformatted(f'{name}: {why}')}</p>"
        for name, why in content.check.unsupported.items()
    )
    note = f"{content.check.samples} samples, {content.check.presentations} presentations."
    return Section(title, note, (), table(header, rows) + missing)


def _states(mismatches: int | None, error: float | None) -> str:
    if mismatches is not None:
        return f"{mismatches:,} differ"
    return "not recorded" if error is None else f"within {error:.2g}"


def _spikes(content: Content) -> Section:
    figures = [
        (f"raster-{k}", _titled(title, spikes)) for k, (title, spikes) in enumerate(content.rasters)
    ]
    return Section(
        "Spikes of single samples",
        "On the emulator, with the right label shown where the label is in the input. Drag to look "
        "closer, double click to return.",
        tuple(figures),
    )


def _titled(title: str, spikes: dict[str, Array]) -> object:
    return _headed(title, spike_figures.raster(spikes))


def _headed(title: str, figure: Any) -> Any:
    figure.update_layout(title={"text": title, "font": {"size": 14}}, margin={"t": 80})
    return figure


def _streams(streams: Streams) -> Section:
    figures = [
        (f"meeting-{name}", stream_figures.meeting(found))
        for name, found in streams.meetings.items()
    ]
    if streams.growth:
        figures.append(("growth", stream_figures.growth(streams.growth)))
    return Section(
        "Streams that meet",
        "A layer that hears the one below and, later, itself or one above, in sample 0 under its "
        "right label: blue are spikes to which both add in the same step. Below it, goodness of "
        f"the spikes up to each step, means over at most {SAMPLES} samples: right labels or "
        "classes solid, wrong ones dotted.",
        tuple(figures),
    )


def _goodness(content: Content) -> Section:
    goodness = np.concatenate([r.goodness for r in content.measured.readings])
    right = np.zeros(goodness.shape, bool)
    right[np.arange(len(goodness)), content.split.labels] = True
    return Section(
        "Goodness of positives and negatives",
        "Every test sample on the emulator: the goodness under its right label (or of its own "
        "class's columns), and under all wrong ones.",
        (("goodness", spike_figures.goodness(goodness[right], goodness[~right])),),
    )


def _fields(content: Content, description: NetworkDescription) -> Section:
    code = description.input
    shape = content.split.shape
    if get_encoder(code.encoder).in_steps:
        shape = (1, code.pixels)
    figures = [("fields", spike_figures.receptive_fields(first_weights(description), shape))]
    for name, fields in sent_fields(description).items():
        for way, weights in (("up", fields.up), ("down", fields.down)):
            figure = spike_figures.receptive_fields(weights, shape)
            figures.append((f"fields-{way}-{name}", _headed(f"{name}, {way}", figure)))
    return Section(
        "Receptive fields of the first layer",
        "Float weights from the input to the neurons with the strongest ones: red excites, blue "
        "inhibits. Of a layer that is heard by the one below it, up: what reaches its neurons "
        "through that layer; down: what they send to it, as the input that would excite it alike.",
        tuple(figures),
    )


def _own_samples(content: Content, samples: tuple[OwnSample, ...]) -> Section:
    groups = images_by_start(samples, content.split.shape)
    return Section(
        "Samples of the network's own",
        "Rolled out by its generative side: from test samples, from noise, and from each label.",
        (("samples", spike_figures.own_samples(groups)),),
    )


def first_weights(description: NetworkDescription) -> Array:
    """Weights (neurons, pixels) from the pixels to the first population, 0 where no synapse is."""
    first = description.populations[0].name
    c = next(c for c in description.incoming(first) if c.source == INPUT)
    return c.connectivity.matrix(c.weights)[:, : description.input.pixels]


def _origin(content: Content) -> Section:
    return Section(
        "What made this page", "Commands and versions.", (), preformatted(origin(content))
    )
