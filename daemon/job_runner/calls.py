"""What runs on a worker: sent there as text, so that a worker needs nothing of daskd. Standard library only.

A call is [index, combination]; a record is (index, kind, bytes): a pickled result, or JSON that says how it failed.
"""

import importlib
import json
import os
import pickle
import re
import shlex
import subprocess
import sys
import time
import traceback
import types

RESULT, FAILURE = 1, 2
LONGEST_S = 1.0  # calls that are together in one task: the rest of them goes back after this time
OUTPUT_BYTES = 1 << 20  # what is kept of a command's output, from its end

_functions = {}  # key: as `load` gives it


def run(key, describe, arguments, calls):
    """Records of the calls that were done, and the seconds that they took: at least one, unless `describe()`, which says
    what to call, does not know either. It is asked once in each process."""
    begun = time.monotonic()
    if key not in _functions:
        wanted = describe()
        if wanted is None:
            return [], 0.0
        try:
            _functions[key] = load(wanted)
        except (Exception, SystemExit) as error:
            body = json.dumps(told(error)).encode()
            return [(index, FAILURE, body) for index, _combination in calls], time.monotonic() - begun
    records = []
    for index, combination in calls:
        if records and time.monotonic() - begun > LONGEST_S:
            break
        records.append((index, *_record(*_functions[key], arguments, combination)))
    return records, time.monotonic() - begun


def _record(function, is_own_class, arguments, combination):
    try:
        result = function(*arguments, *combination)
    except CommandFailed as failure:
        return FAILURE, json.dumps(failure.told).encode()
    except (Exception, SystemExit) as error:
        return FAILURE, json.dumps(told(error)).encode()
    try:
        return RESULT, _pickled(result, is_own_class)
    except Exception as error:
        failure = {"error": f"its result cannot be pickled: {type(error).__name__}: {error}", "traceback": ""}
        return FAILURE, json.dumps(failure).encode()


def told(error):
    """A failure as users see it: without the frames of ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    lines = traceback.format_list(frames) + traceback.format_exception_only(type(error), error)
    text = str(error)
    return {"error": f"{type(error).__name__}: {text}" if text else type(error).__name__, "traceback": "".join(lines)}


def _pickled(result, is_own_class):
    if not is_own_class:
        try:
            return pickle.dumps(result, protocol=4)
        except Exception:
            pass
    import cloudpickle

    return cloudpickle.dumps(result, protocol=4)


def load(wanted):
    """(callable, whether its module is known here alone). Raises whatever keeps it from being loaded."""
    if wanted["kind"] == "command":
        return command(wanted), False
    if wanted["kind"] == "module":
        return _member(importlib.import_module(wanted["module"]), wanted["name"]), False
    return _member(_module_of(wanted), wanted["name"]), True


def _member(module, name):
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise AttributeError(f"{module.__name__} has no '{name}'")
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"'{name}' of {module.__name__} is no function, but {type(found).__name__}")
    return found


def _module_of(wanted):
    """A file as a module: its text travels, so that it need not be there."""
    name = wanted["module"]
    if name in sys.modules:
        return sys.modules[name]
    directory = os.path.dirname(wanted["path"])
    if os.path.isdir(directory) and directory not in sys.path:
        sys.path.insert(0, directory)  # what lies beside it can be imported, as for `python FILE.py`
    module = types.ModuleType(name)
    module.__file__ = wanted["path"]
    sys.modules[name] = module
    try:
        exec(compile(wanted["source"], wanted["path"], "exec"), module.__dict__)
        import cloudpickle

        cloudpickle.register_pickle_by_value(module)  # its classes are not importable elsewhere
    except BaseException:
        del sys.modules[name]
        raise
    return module


class CommandFailed(Exception):
    def __init__(self, done):
        super().__init__(done["exit_code"])
        what = f"exit code {done['exit_code']}" if done["exit_code"] >= 0 else f"killed by signal {-done['exit_code']}"
        self.told = {"error": what, "traceback": "", **done}


def command(wanted):
    """A function that runs the command with its arguments' values in their places."""

    def run_command(*values):
        words = expand(wanted["words"], values, shlex.quote if wanted["shell"] else str)
        argv = ["/bin/sh", "-c", " ".join(words)] if wanted["shell"] else words
        directory = wanted["cwd"] if os.path.isdir(wanted["cwd"]) else None
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=directory)
        told = {"exit_code": done.returncode, "stdout": _text(done.stdout), "stderr": _text(done.stderr)}
        if done.returncode != 0:
            raise CommandFailed(told)
        return told

    return run_command


def expand(words, values, quote=str):
    """The command's words with {1}, {2} … and {} (all of them) replaced; where none is named, they are put at the end.

    >>> expand(["convert", "{1}.png", "{1}.{2}"], ["a", "jpg"])
    ['convert', 'a.png', 'a.jpg']
    >>> expand(["echo"], ["a", 2])
    ['echo', 'a', '2']
    """
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    if not any(PLACE.search(word) for word in words):
        words = [*words, *(f"{{{n}}}" for n in range(1, len(texts) + 1))]
    replaced = []
    for word in words:
        if word == "{}":
            replaced += [quote(text) for text in texts]
        else:
            replaced.append(PLACE.sub(lambda match: _value(match, texts, quote), word))
    return replaced


PLACE = re.compile(r"\{(\d*)\}")


def _value(match, texts, quote):
    if not match[1]:
        return " ".join(quote(text) for text in texts)
    number = int(match[1])
    if not 1 <= number <= len(texts):
        raise ValueError(f"{match[0]}: there are {len(texts)} values")
    return quote(texts[number - 1])


def _text(output):
    cut = output[-OUTPUT_BYTES:]
    head = b"[the beginning is left out]\n" if len(cut) < len(output) else b""
    return (head + cut).decode(errors="replace")
