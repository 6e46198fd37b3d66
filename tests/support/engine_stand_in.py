"""A stand-in for docker and apptainer, where there is none: no containers at all, but the same command lines.

    engine_stand_in.py docker|apptainer STATE WORD...

It refuses what the real one would not take, and runs the command on this machine. STATE is a directory: `images` holds a
file for each image, `containers` one for each container, `calls` every command line. As with the real docker, the
command goes on when the program that started it is killed; as with the real apptainer, it is that program.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

CLEAN = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
FLAGS = {"docker": {"--interactive", "--rm"}, "apptainer": {"--cleanenv"}}
SETTINGS = {
    "docker": {"--name", "--label", "--network", "--pid", "--user", "--security-opt", "--pull", "--workdir", "--mount"},
    "apptainer": {"--pwd", "--mount"},
}


def install(directory: Path, engine: str, images: list[str]) -> str:
    """Makes `directory`/ENGINE with these images; the PATH that finds it first."""
    state = directory / "state"
    for part in ("images", "containers"):
        (state / part).mkdir(parents=True)
    for image in images:
        (state / "images" / image).touch()
    program = directory / engine
    program.write_text(f'#!/bin/sh\nexec /usr/bin/python3 -B {__file__} {engine} {state} "$@"\n')
    program.chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def calls(directory: Path) -> list[list[str]]:
    return [json.loads(line) for line in (directory / "state/calls").read_text().splitlines()]


def split(engine: str, words: list[str]) -> tuple[dict[str, list[str]], str, list[str]]:
    """Options, image and command of `run` or `exec`."""
    options: dict[str, list[str]] = {}
    for at, word in enumerate(words):
        name, _, value = word.partition("=")
        if not word.startswith("-"):
            return options, word, words[at + 1:]
        if word not in FLAGS[engine] and name not in SETTINGS[engine]:
            fail(f"unknown flag: {word}")
        options.setdefault(name, []).append(value)
    fail("requires at least 1 argument")


def fail(text: str, code: int = 125) -> NoReturn:
    print(f"docker: {text}\nSee 'docker run --help'.", file=sys.stderr)
    sys.exit(code)


def run(state: Path, words: list[str]) -> int:
    options, image, command = split("docker", words)
    for mount in options["--mount"]:
        source = dict(field.split("=") for field in mount.split(","))["source"]
        if not os.path.exists(source):
            fail(f"invalid mount config for type \"bind\": bind source path does not exist: {source}")
    if image == "forbidden":
        fail("permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock")
    if not (state / "images" / image).exists():
        fail(f"Error response from daemon: No such image: {image}")
    child = subprocess.Popen(command, env=CLEAN, cwd=options["--workdir"][0], start_new_session=True)
    container = state / "containers" / options["--name"][0]
    container.write_text(json.dumps({"pid": child.pid, "labels": options["--label"]}))
    return child.wait()


def list_containers(state: Path, words: list[str]) -> None:
    wanted = [word.removeprefix("--filter=label=") for word in words if word.startswith("--filter=label=")]
    for file in (state / "containers").iterdir():
        if set(wanted) <= set(json.loads(file.read_text())["labels"]):
            print(file.name)


def remove(state: Path, names: list[str]) -> None:
    for name in names:
        file = state / "containers" / name
        try:
            os.kill(json.loads(file.read_text())["pid"], signal.SIGKILL)
        except ProcessLookupError:
            pass
        file.unlink()


def main() -> int:
    engine, state, words = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    with open(state / "calls", "a") as file:
        file.write(json.dumps(words) + "\n")
    if engine == "apptainer":
        if words[0] != "exec":
            fail(f"unknown command {words[0]}")
        options, image, command = split(engine, words[1:])
        if not (state / "images" / image).exists():
            print(f"FATAL:   could not open image {image}: no such file or directory", file=sys.stderr)
            return 255
        os.chdir(options["--pwd"][0])
        os.execvpe(command[0], command, CLEAN)
    if words[0] == "run":
        return run(state, words[1:])
    if words[:2] == ["image", "inspect"]:
        return 0 if (state / "images" / words[-1]).exists() else 1
    if words[0] == "pull":
        if words[1].startswith("nowhere"):
            print("Error response from daemon: pull access denied", file=sys.stderr)
            return 1
        (state / "images" / words[1]).touch()
        return 0
    if words[0] == "ps":
        list_containers(state, words)
    elif words[:2] == ["rm", "--force"]:
        remove(state, words[2:])
    else:
        fail(f"unknown command {words[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
