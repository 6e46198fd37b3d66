"""Dask's configuration in a child: as its files and variables are now, and daskd's own above it."""

from __future__ import annotations

import os
from typing import Any

# What the configuration in memory was read from, while the agent was warming; None in a fresh interpreter.
_read_from: Any = None


def remember_sources() -> None:
    """Call after `dask` was imported: reading all files again takes longer than a fork."""
    global _read_from
    _read_from = _sources()


def are_stale(environment: dict[str, Any]) -> bool:
    """Whether a child with these further variables must read the configuration anew. Asked in the agent: a child that
    looked for itself would make half a megabyte of shared memory its own."""
    return _read_from is not None and (_read_from != _sources() or any(map(_is_dasks, environment)))


def apply(settings: dict[str, Any], is_stale: bool) -> None:
    """Bring dask.config up to date and lay `settings` over it; log handlers follow."""
    import dask.config

    may_touch_logging = is_stale or _logging_part(settings) != _logging_part({})
    logging_before = _logging_part(dask.config.config) if may_touch_logging else ""
    if is_stale:
        dask.config.refresh()
    dask.config.update(dask.config.config, settings, priority="new")
    if may_touch_logging and _logging_part(dask.config.config) != logging_before:
        _restart_logging(dask.config.config)


def _is_dasks(variable: str) -> bool:
    return variable.startswith("DASK_")


def _sources() -> Any:
    """Dask's variables, and its files with their modification times."""
    import dask.config

    variables = {name: value for name, value in os.environ.items() if _is_dasks(name)}
    files = []
    for path in dask.config.paths:
        if os.path.isdir(path):
            files += [(entry.path, entry.stat().st_mtime_ns) for entry in os.scandir(path)]
        elif os.path.exists(path):
            files.append((path, os.stat(path).st_mtime_ns))
    return variables, sorted(files)


def _logging_part(config: dict[str, Any]) -> str:
    def keys_of(level: Any) -> Any:
        found = {key: level[key] for key in ("logging", "logging-file-config") if key in level}
        admin = level.get("admin")
        return found, admin.get("log-format") if isinstance(admin, dict) else None

    return repr((keys_of(config), keys_of(config.get("distributed") or {})))


def _restart_logging(config: dict[str, Any]) -> None:
    import logging

    from distributed.config import initialize_logging

    # Dask adds its handlers each time; without this every line would come twice.
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
    initialize_logging(config)


def add_preload(role: str, module: str) -> None:
    """Put `module` before the preloads that Dask's configuration names for a scheduler or worker."""
    import dask.config

    configured = dask.config.get(f"distributed.{role}.preload", default=None) or []
    words = dask.config.get(f"distributed.{role}.preload-argv", default=None) or []
    names = [configured] if isinstance(configured, str) else list(configured)
    if words and not isinstance(words[0], str):  # a list for each preload
        words = [[], *words]
    dask.config.set({f"distributed.{role}.preload": [module, *names], f"distributed.{role}.preload-argv": words})


def hide_preload(module: str) -> None:
    """Keep Dask from logging about `module`: the log should read as that of any other process of Dask's."""
    import logging

    logging.getLogger("distributed.preloading").addFilter(lambda record: record.args != (module,))
