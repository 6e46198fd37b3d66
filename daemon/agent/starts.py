"""What a `spawn` message wants, started: by a spare worker that takes the name, by fork, or as a fresh interpreter."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Optional

from daskd_agent import head_files, job, logs, ports, scratch, spawn
from daskd_agent.loop import Loop
from daskd_agent.standby import Standbys, kind_of
from daskd_agent.table import Launch, Table, marker_of

Message = dict  # a `spawn` message


class Starts:
    """`socket_path`: the agent's, beside which is what its children need. `address_for`: where a worker finds its nanny.
    `ports_of_dying`: what those still have that the table knows no more. `on_ports_taken`: programs of others have these.
    """

    def __init__(
        self,
        loop: Loop,
        spawner: spawn.Spawner,
        table: Table,
        socket_path: str,
        can_fork: bool,
        hours: Optional[job.Hours],
        address_for: Callable[[Message], Optional[str]],
        ports_of_dying: Callable[[], Iterable[spawn.Port]],
        on_ports_taken: Callable[[list[int]], None],
    ) -> None:
        self._spawner = spawner
        self._table = table
        self._socket_path = socket_path
        self._can_fork = can_fork
        self._hours = hours
        self._address_for = address_for
        self._ports_of_dying = ports_of_dying
        self._on_ports_taken = on_ports_taken
        self._turns = ports.Turns()
        self.standbys = Standbys(
            loop, spawner, lambda: {launch.kind for launch in table.launches.values()}, self._choose_port
        )

    def start(self, message: Message) -> Launch:
        """It is in the table. Raises OSError, or KeyError and ValueError for a message that cannot be followed."""
        message = head_files.localized(message, head_files.directory_beside(self._socket_path))
        message = {
            **message,
            "args": self._hours.fit(message["args"]) if self._hours else message["args"],
            "log": logs.made_ready(message["log"]),
            "scratch": scratch.entries_beside(self._socket_path),
            "nanny": self._address_for(message),
            "marker": marker_of(message["name"], message["incarnation"], self._socket_path),
        }
        launch = self._spawner.start(message, self._can_fork, self.standbys.take, self._choose_port)
        self._table.add(launch)
        if self._can_fork:
            launch.kind = kind_of(message)
            self.standbys.keep_for(message)
        return launch

    def _choose_port(self, message: dict[str, Any]) -> spawn.Port:
        """Raises ValueError if there is none left."""
        if not message.get("ports"):
            return None
        used = {launch.port for launch in self._table.launches.values()} | self.standbys.ports()
        used.update(self._ports_of_dying())
        port, taken = self._turns.next(message["ports"]["worker"], {port for port in used if port is not None})
        if port is None:
            self._on_ports_taken(taken)
            raise ValueError(f"none of its ports is free on this host: {message['ports']['worker']}")
        return port
