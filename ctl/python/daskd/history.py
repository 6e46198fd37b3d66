"""Events for people, as `daskctl events` prints them."""

from __future__ import annotations

from typing import Any


def line_of(event: dict[str, Any]) -> str:
    """
    >>> line_of({"at": "2026-01-01T00:00:00.000Z", "name": "local-0", "from": "running", "to": "backoff",
    ...          "cause": {"text": "killed by SIGKILL"}, "text": ""})
    '2026-01-01T00:00:00.000Z  local-0  running → backoff: killed by SIGKILL'
    """
    name = f"agent-{event['name']}" if event.get("kind") == "agent.state" else event["name"]
    change = f"{event['from']} → {event['to']}" if event.get("from") else event.get("to") or ""
    why = event.get("text") or (event.get("cause") or {}).get("text") or ""
    said = ": ".join(part for part in (change, why) if part)
    return f"{event['at']}  {name}  {said}"
