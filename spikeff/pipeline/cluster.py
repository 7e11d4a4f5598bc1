"""Work on the processes of a Ray cluster; what a lost process was at, another does again.

Every piece of work is a function of values that name files and data sets, which its process reads
for itself: where the cluster has several machines, they share these files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from spikeff.errors import SpikeffError, TargetUnavailableError
from spikeff.extras import require_extra
from spikeff.parallel import cores

Item = TypeVar("Item")
Result = TypeVar("Result")

LOCAL = "local"
RETRIES = 8  # processes that a piece of work may lose
AHEAD = 2  # pieces of work for each core that wait to be begun


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster that this process is connected to.

    Attributes:
        ray: The package.
    """

    ray: Any

    @property
    def cores(self) -> int:
        """Pieces of work that run at once."""
        return max(1, int(self.ray.cluster_resources().get("CPU", 1)))

    def done(
        self, work: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result]]:
        """Results of ``work``, each with the number of its item, as soon as each is there.

        Raises:
            SpikeffError: What ``work`` raised.
            TargetUnavailableError: One item lost more than ``RETRIES`` processes.
        """
        task = self.ray.remote(num_cpus=1, max_retries=RETRIES)(work)
        waiting, running = list(enumerate(items))[::-1], dict[Any, int]()
        while waiting or running:
            while waiting and len(running) < AHEAD * self.cores:
                number, item = waiting.pop()
                running[task.remote(item)] = number
            (reference, *_), _ = self.ray.wait(list(running), num_returns=1)
            yield running.pop(reference), self._result(reference)

    def _result(self, reference: Any) -> Any:
        try:
            return self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, SpikeffError):
                raise error.cause from None
            raise
        except self.ray.exceptions.RayError as error:
            raise TargetUnavailableError(
                f"a piece of work lost {RETRIES + 1} processes, or the cluster "
                f"({type(error).__name__}); see whether its memory is enough."
            ) from None


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to the Ray cluster at ``address``; "local" starts one on the cores of this machine.

    Raises:
        TargetUnavailableError: Ray is absent, or there is no cluster.
    """
    ray = require_extra("ray")
    how: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "ERROR"}
    if address == LOCAL:
        how |= {"num_cpus": cores(), "include_dashboard": False}
    with TemporaryDirectory() as empty:  # in which a local cluster's processes stay to the end
        with _nothing_to_import(empty):
            try:
                ray.init(**how)
            except Exception as error:  # Ray answers what is not there with errors of many kinds
                said = (str(error) or type(error).__name__).splitlines()[0]
                raise TargetUnavailableError(
                    f"no Ray cluster at {address!r} ({said}); give the address of one, as "
                    f"`ray start --head` tells it, or {LOCAL!r}."
                ) from None
        try:
            yield Cluster(ray)
        finally:
            ray.shutdown()


@contextmanager
def _nothing_to_import(empty: str) -> Iterator[None]:
    """Let Ray's processes import what this one does, and nothing of the working directory.

    Args:
        empty: A folder without files. Ray adds that in which it is started to their path.
    """
    here, before = os.getcwd(), os.environ.get("PYTHONPATH")
    os.chdir(empty)
    os.environ["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if os.path.isabs(p))
    try:
        yield
    finally:
        os.chdir(here)
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
