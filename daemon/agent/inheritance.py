"""What an agent that was killed has left, as its ledger tells: the state with which the next one of its id begins."""

from __future__ import annotations

import dataclasses
from typing import Any

from daskd_agent.ledger import Entry
from daskd_agent.table import Launch

FIELDS = {field.name for field in dataclasses.fields(Launch)}


def table_of(entries: list[Entry]) -> dict[str, Any]:
    """Launches that had a process, alive or not, and exits that nobody has acknowledged: a state for Table.from_state.

    A launch that nobody has signed has no process: whoever signs too late ends himself.
    """
    launches: dict[str, dict[str, Any]] = {}
    exits: dict[int, dict[str, Any]] = {}  # by seq: one may have been entered twice
    last_seq = 0
    for entry in entries:
        kind = entry["entry"]
        if kind == "launch":
            launch = {name: value for name, value in entry.items() if name in FIELDS}
            launches[entry["marker"]] = {**launch, "is_adopted": True}
        elif kind == "signed" and entry["marker"] in launches:
            signed = {name: entry.get(name) for name in ("pid", "start_time", "port")}
            launches[entry["marker"]].update(signed)
        elif kind == "ended":
            launches.pop(entry["marker"], None)
            exits[entry["exited"]["seq"]] = entry["exited"]
            last_seq = max(last_seq, entry["exited"]["seq"])
        elif kind == "acknowledged":
            exits = {seq: exited for seq, exited in exits.items() if seq > entry["seq"]}
            last_seq = max(last_seq, entry["seq"])
    with_process = [launch for launch in launches.values() if launch["pid"]]
    return {"launches": with_process, "exits": list(exits.values()), "last_seq": last_seq}


def desk_of(entries: list[Entry], launches: list[dict[str, Any]]) -> dict[str, Any]:
    """A state for Desk: the addresses that living workers call, and the desk that still answers there."""
    last: Entry = next((entry for entry in reversed(entries) if entry["entry"] == "desk"), {})
    places = {launch["name"]: launch["nanny"] for launch in launches if launch.get("nanny")}
    former = [last["pid"], last["start_time"]] if last else None
    return {"settings": last.get("settings", {}), "places": places, "former": former}
