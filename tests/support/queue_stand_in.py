#!/usr/bin/python3
"""Stands in for the commands of HTCondor, PBS and LSF, which Debian does not have: they print what the manuals show.

Called by the name of a command (a link to this file). Jobs really run, on this machine, each in a session of its own; what
is known of them is below $QUEUE_STAND_IN. While a file `full` is there, submitted jobs wait.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

HOME = Path(os.environ.get("QUEUE_STAND_IN", "."))
NODE = "node7"


def jobs() -> list[dict]:
    return [look(json.loads(file.read_text())) for file in sorted(HOME.glob("*.job"))]


def look(job: dict) -> dict:
    """The job as it is now: one that waits may start."""
    if job["state"] == "running" and (HOME / f"{job['number']}.exit").exists():
        job["state"], job["code"] = "ended", int((HOME / f"{job['number']}.exit").read_text())
        keep(job)
    if job["state"] == "waiting" and not (HOME / "full").exists():
        start(job)
    return job


def keep(job: dict) -> None:
    path = HOME / f"{job['number']}.job"
    path.with_suffix(".new").write_text(json.dumps(job))
    path.with_suffix(".new").rename(path)


def start(job: dict) -> None:
    """Its script by its first line, and then its code where `look` finds it; as far as that is not killed too."""
    watch = 'trap "" TERM; "$@"; echo $? > "$CODE.new"; mv "$CODE.new" "$CODE"'
    environment = {**os.environ, "CODE": str(HOME / f"{job['number']}.exit")}
    with open(HOME / f"{job['number']}.out", "ab") as output:
        child = subprocess.Popen(["sh", "-c", watch, "sh", *job["words"]], stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=output, env=environment, start_new_session=True, cwd=HOME)
    keep({**job, "state": "running", "session": child.pid})
    job["state"] = "running"


def submit(name: str, words: list[str]) -> dict:
    number = 1 + len(list(HOME.glob("*.job")))
    job = {"number": number, "name": name, "words": words, "state": "waiting"}
    keep(job)
    return look(job)


def submit_script(mark: str, flag: str) -> dict:
    script = sys.stdin.read()
    path = HOME / f"{len(list(HOME.glob('*.job')))}.script"
    path.write_text(script)
    path.chmod(0o700)
    queue = re.search(rf"^{mark} -q (\S+)$", script, re.M)
    if queue and queue[1] == "nope":
        sys.exit("qsub: Unknown queue" if mark == "#PBS" else "nope: No such queue. Job not submitted.")
    return submit(re.search(rf"^{mark} {flag} (\S+)$", script, re.M)[1], [str(path)])


def cancel(numbers: list[int]) -> None:
    for job in jobs():
        if job["number"] in numbers and job["state"] != "ended":
            if "session" in job:
                try:
                    os.killpg(job["session"], signal.SIGKILL)
                except ProcessLookupError:
                    pass
            keep({**job, "state": "ended", "cancelled": True})


# HTCondor

def condor_submit(_words: list[str]) -> None:
    description = sys.stdin.read()
    arguments = re.search(r'^Arguments = "(.*)"$', description, re.M)[1].replace('""', '"')
    words = []
    for word in re.findall(r"'((?:[^']|'')*)'|(\S+)", arguments):  # new syntax: '' is a quote within quotes
        words.append((word[0].replace("''", "'") or word[1]).replace("$(DOLLAR)", "$"))
    name = re.search(r"^JobBatchName = (\S+)$", description, re.M)[1]
    job = submit(name, ["/bin/sh", *words])
    print(f"Submitting job(s).\n1 job(s) submitted to cluster {job['number']}.")


def condor_ad(job: dict) -> dict:
    status = {"waiting": 1, "running": 2, "ended": 3 if job.get("cancelled") else 4}[job["state"]]
    ad = {"ClusterId": job["number"], "ProcId": 0, "JobBatchName": job["name"], "JobStatus": status,
          "NumJobStarts": int("session" in job)}
    if job["state"] == "running":
        ad["RemoteHost"] = f"slot1@{NODE}"
    if job.get("cancelled"):
        ad["RemoveReason"] = "via condor_rm (by user me)"
    elif "code" in job:
        ad.update({"ExitBySignal": job["code"] > 128, "ExitCode": job["code"], "ExitSignal": max(0, job["code"] - 128)})
    return ad


def condor_q(_words: list[str]) -> None:
    ads = [condor_ad(job) for job in jobs() if job["state"] != "ended"]
    print(json.dumps(ads, indent=0) if ads else "", end="")


def condor_history(words: list[str]) -> None:
    print(json.dumps([condor_ad(job) for job in jobs() if f"{job['number']}.0" == words[0]]))


def condor_rm(words: list[str]) -> None:
    cancel([int(word.split(".")[0]) for word in words])
    print("\n".join(f"Job {word} marked for removal" for word in words))


# PBS

def qsub(_words: list[str]) -> None:
    print(f"{submit_script('#PBS', '-N')['number']}.server")


def qselect(_words: list[str]) -> None:
    print("".join(f"{job['number']}.server\n" for job in jobs()), end="")


def qstat(words: list[str]) -> None:
    wanted = [word for word in words if not word.startswith("-")]
    for job in jobs():
        if f"{job['number']}.server" not in wanted:
            continue
        letter = {"waiting": "Q", "running": "R", "ended": "F"}[job["state"]]
        print(f"Job Id: {job['number']}.server\n    Job_Name = {job['name']}\n    job_state = {letter}")
        if letter == "Q":
            print("    comment = Not Running: Insufficient amount of resource: ncpus\n    substate = 10")
        elif letter == "R":
            print(f"    exec_host = {NODE}/0\n    substate = 42\n    run_count = 1")
        elif job.get("cancelled"):
            print("    substate = 91\n    Exit_status = 271")
        else:
            print(f"    substate = 93\n    Exit_status = {job['code'] + 128 * (job['code'] > 128)}")
        print()


def qdel(words: list[str]) -> None:
    cancel([int(word.split(".")[0]) for word in words])


# LSF

def bsub(_words: list[str]) -> None:
    print(f"Job <{submit_script('#BSUB', '-J')['number']}> is submitted to queue <normal>.")


def bjobs(words: list[str]) -> None:
    shown = [job for job in jobs() if "-a" in words or str(job["number"]) in words]
    records = []
    for job in shown:
        failed = job.get("cancelled") or job.get("code", 0) != 0
        stat = {"waiting": "PEND", "running": "RUN", "ended": "EXIT" if failed else "DONE"}[job["state"]]
        records.append({
            "JOBID": str(job["number"]), "STAT": stat, "EXEC_HOST": NODE if stat == "RUN" else "",
            "EXIT_CODE": str(job["code"]) if job.get("code") else "", "JOB_NAME": job["name"],
            "EXIT_REASON": "TERM_OWNER: job killed by owner." if job.get("cancelled") else "",
            "PEND_REASON": "New job is waiting for scheduling;" if stat == "PEND" else "",
        })
    print(json.dumps({"COMMAND": "bjobs", "JOBS": len(records), "RECORDS": records}))


def bkill(words: list[str]) -> None:
    cancel([int(word) for word in words])
    print("\n".join(f"Job <{word}> is being terminated" for word in words))


COMMANDS = (condor_submit, condor_q, condor_history, condor_rm, qsub, qselect, qstat, qdel, bsub, bjobs, bkill)

if __name__ == "__main__":
    with open(HOME / "calls", "a") as calls:
        calls.write(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]) + "\n")
    {command.__name__: command for command in COMMANDS}[Path(sys.argv[0]).name](sys.argv[1:])
