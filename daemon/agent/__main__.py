"""Entry of the zip application: the agent itself, or (first word) another process of this program."""

from __future__ import annotations

import argparse
import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["run"]:
        from daskd_agent import child

        child.run_from_descriptor(int(sys.argv[2]))
    elif sys.argv[1:2] == ["desk"]:
        from daskd_agent import desk_server

        desk_server.run_from_descriptor(int(sys.argv[2]))
    elif sys.argv[1:2] == ["ask"]:
        from daskd_agent import scheduler_question

        scheduler_question.run_from_descriptor(int(sys.argv[2]))
    elif sys.argv[1:2] == ["become"]:
        from daskd_agent import interpreter

        interpreter.become(int(sys.argv[2]))
    elif sys.argv[1:2] == ["enter"]:
        from daskd_agent import enter

        sys.exit(enter.enter(sys.argv[2:]))
    elif sys.argv[1:2] == ["uncontain"]:
        from daskd_agent import remote_container

        sys.exit(remote_container.uncontain())
    elif sys.argv[1:2] == ["mouth"]:
        from daskd_tunnel import mouth

        sys.exit(mouth.main(sys.argv[2]))

    parser = argparse.ArgumentParser(prog="daskd-agent", description="daskd's host agent")
    parser.add_argument("--id", required=True, help="names the agent: shown in ps")
    parser.add_argument("--socket", required=True, help="Unix socket to listen on")
    parser.add_argument("--warm", default="", help="modules to import before forking, separated by commas")
    parser.add_argument("--image", default="", help="of the container that its processes run in")
    parser.add_argument("--unable", help="why this interpreter starts nothing, and only looks after what runs")
    parser.add_argument("--job", help="private file of the job that it runs in")
    parser.add_argument("--resume", type=int, help="descriptor with the state of the agent that this one continues")
    options = parser.parse_args()

    from daskd_agent import serve

    code = serve.serve(options)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking apart all that was imported takes 0.1 s and does nothing


main()
