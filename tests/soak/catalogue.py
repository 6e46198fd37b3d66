"""A fault: a function that does harm to a Round and says in a few words what it has done, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from rounds import Round

Harm = Callable[[Round], str]


@dataclass
class Fault:
    name: str
    harm: Harm
    weight: int  # how often, beside the others
    loses: bool  # everything on the scheduler may be lost
    kills: bool  # results on a worker may be lost, and are computed again
    disturbs: bool  # a verb that follows at once may fail
    to_come: bool  # daskd does not survive it yet: only with --only

    @property
    def is_gentle(self) -> bool:
        """Not one result may be lost by it."""
        return not self.loses and not self.kills


def fault(weight: int = 4, *, loses: bool = False, kills: bool = False, disturbs: bool = False,
          to_come: bool = False) -> Callable[[Harm], Fault]:
    """Makes the function that follows one."""
    return lambda harm: Fault(harm.__name__, harm, weight, loses, kills, disturbs or loses, to_come)
