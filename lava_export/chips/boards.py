"""Boards: how many chips of which kind work together, with sources.

Loihi 1: M. Davies et al., "Advancing Neuromorphic Computing With Loihi: A Survey of Results and
Outlook", Proceedings of the IEEE 109(5), 2021. Loihi 2: Intel, "Taking Neuromorphic Computing to
the Next Level with Loihi 2", technology brief, 2021. Hala Point, of which 122 cores a chip are in
use: Intel's announcement, 2024.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lava_export.chips.catalogue import Chip, get_chip
from spikeff.errors import ConfigError, UnknownNameError

SURVEY = "Davies et al., Proceedings of the IEEE 109(5), 2021"
BRIEF = "Intel, technology brief on Loihi 2, 2021"
HALA_POINT = "Intel, Hala Point announcement, 2024: 140,544 neuro-cores of 1,152 chips"


@dataclass(frozen=True)
class Board:
    """Chips of one kind that exchange spikes.

    Attributes:
        chip: Name in ``lava_export.chips.catalogue``.
        chips: How many there are.
        source: Where that is published.
        usable_cores: Neuro-cores of each chip that take neurons; None where all of them do.
    """

    name: str
    chip: str
    chips: int
    source: str
    usable_cores: int | None = None

    @property
    def kind(self) -> Chip:
        """Its chip, with as many cores as can be used."""
        chip = get_chip(self.chip)
        return chip if self.usable_cores is None else replace(chip, cores=self.usable_cores)

    @property
    def cores(self) -> int:
        """Neuro-cores of all chips."""
        return self.chips * self.kind.cores


BOARDS: dict[str, Board] = {}


def register_board(board: Board) -> None:
    """Make a board known by its name, to ``--board`` too.

    Raises:
        ConfigError: The name is taken, there is no chip on it, or more cores than its chips have.
        UnknownNameError: Nobody knows its chip.
    """
    cores = get_chip(board.chip).cores
    if board.name in BOARDS:
        raise ConfigError(f"board {board.name!r} exists already; choose another name.")
    if board.chips < 1:
        raise ConfigError(f"board {board.name!r}: {board.chips} chips; give it at least one.")
    if board.usable_cores is not None and not 0 < board.usable_cores <= cores:
        raise ConfigError(
            f"board {board.name!r}: {board.usable_cores} usable cores; "
            f"a {board.chip} has 1 to {cores}."
        )
    BOARDS[board.name] = board


def get_board(name: str) -> Board:
    """Look a board up by name.

    Raises:
        UnknownNameError: No such board exists; the message lists those that do.
    """
    if name not in BOARDS:
        raise UnknownNameError("board", name, BOARDS)
    return BOARDS[name]


def chips_for(chip: str | None, board: str | None, own: str) -> tuple[Chip, int]:
    """The kind of chip that is meant, and how many there are.

    Args:
        chip: Name that a caller gave, or None.
        board: Name that a caller gave, or None.
        own: The chip that the network was fitted to; "" where it is not known.

    Raises:
        UnknownNameError: There is no such chip or board.
        ConfigError: The board has other chips.
    """
    if board is None:
        return get_chip(chip or own or "loihi1"), 1
    found = get_board(board)
    if chip is not None and get_chip(chip).name != found.chip:
        raise ConfigError(
            f"board {board!r} has chips of kind {found.chip}, and {chip} was asked for; leave the "
            f"chip out, or name a board of that kind."
        )
    return found.kind, found.chips


for _board in (
    Board("kapoho-bay", "loihi1", 2, SURVEY),
    Board("nahuku-8", "loihi1", 8, SURVEY),
    Board("nahuku-32", "loihi1", 32, SURVEY),
    Board("oheo-gulch", "loihi2", 1, BRIEF),
    Board("kapoho-point", "loihi2", 8, BRIEF),
    Board("hala-point", "loihi2", 1152, HALA_POINT, usable_cores=122),
):
    register_board(_board)
