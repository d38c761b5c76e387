"""What happens to jobs and their folders: kills, signals, limits, neighbours."""

import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.children import Ended, Prepare, as_nobody, limited, temporary_files_in
from tests.faults.workspace import Job, Workspace, differences

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@dataclass
class Outcome:
    """What became of one kind of fault.

    Attributes:
        kind: of fault.
        job: that met it.
        tried: how often.
        unhurt: of these, how often the job ended well all the same.
        findings: what is not as it should be.
    """

    kind: str
    job: str
    tried: int = 0
    unhurt: int = 0
    findings: list[str] = field(default_factory=list)

    def judge(self, ended: Ended, *, stopped_with: int | None = None) -> None:
        """Count a job that was stopped or limited: all went well, or one sentence."""
        self.tried += 1
        self.unhurt += ended.status == 0
        if stopped_with is None:
            fine = ended.status == 0 or ended.is_sentence
        else:
            # Before the job has begun the signal itself ends it, which shells call the same.
            stopped = (stopped_with, 128 - stopped_with)
            fine = ended.status in (0, *stopped) and "Traceback" not in ended.said
        if not fine:
            self.findings.append(f"status {ended.status}: ...{ended.said[-1500:]}")


def killed(workspace: Workspace, job: Job, *, n: int, dice: random.Random) -> Outcome:
    """SIGKILL at random moments, a few in a row; then the job gives the same as ever."""
    outcome = Outcome("SIGKILL", job.name)
    for number in range(n):
        if number % 5 == 0:
            workspace.restore(job.name)
        _stopped(workspace, job, signal.SIGKILL, dice)
        outcome.tried += 1
        if number % 5 == 4 or number == n - 1:
            _same_again(workspace, job, outcome)
    return outcome


def signalled(workspace: Workspace, job: Job, *, n: int, dice: random.Random) -> Iterator[Outcome]:
    """SIGINT and SIGTERM at random moments: the status of the signal, then the same as ever."""
    for number, status in SIGNALS.items():
        outcome = Outcome(number.name, job.name)
        for _ in range(n):
            workspace.restore(job.name)
            outcome.judge(_stopped(workspace, job, number, dice), stopped_with=status)
            _same_again(workspace, job, outcome)
        yield outcome


def starved(workspace: Workspace, job: Job, *, n: int, dice: random.Random) -> Iterator[Outcome]:
    """Limits, a full disk, a read-only folder: all is well or one sentence, then the same."""
    sizes: dict[str, tuple[str, int, int]] = {
        "file size limit": ("RLIMIT_FSIZE", 0, 60_000),
        "few descriptors": ("RLIMIT_NOFILE", 3, 10),
        "little memory": ("RLIMIT_AS", 2**18, 2**26),
    }
    for kind, (name, least, most) in sizes.items():
        outcome = Outcome(kind, job.name)
        for _ in range(n):
            _try(workspace, job, outcome, limited(**{name: dice.randint(least, most)}))
        yield outcome
    if os.getuid() == 0:
        yield _on_full_disks(workspace, job, n=n, dice=dice)
    outcome = Outcome("read-only folder", job.name)
    workspace.restore(job.name)
    _set_writable(workspace.data, writable=False)
    outcome.judge(workspace.run(job, prepare=as_nobody))
    _set_writable(workspace.data, writable=True)
    _same_again(workspace, job, outcome)
    yield outcome


def _on_full_disks(workspace: Workspace, job: Job, *, n: int, dice: random.Random) -> Outcome:
    """No space is left at some point; temporary files are on the same disk."""
    outcome = Outcome("full disk", job.name)
    for _ in range(n):
        room = dice.randint(0, workspace.written_by(job))
        with workspace.on_a_small_disk(job.name, room) as enlarge:
            outcome.judge(workspace.run(job, prepare=temporary_files_in(workspace.data)))
            enlarge()
            _same_again(workspace, job, outcome)
    return outcome


def together(workspace: Workspace, one: Job, other: Job) -> Outcome:
    """Two processes in one folder: each ends well or is told why not; then all is the same.

    Of two jobs each makes its part afresh, and then all is as if one had followed the other.
    """
    outcome = Outcome("two at once", f"{one.name} and {other.name}")
    same = one is other
    wanted = workspace.after[one.name] if same else _in_turn(workspace, one, other)
    workspace.restore(one.name if same else "end")
    logs = [workspace.log.with_name(f"log{number}") for number in (0, 1)]
    children = [
        workspace.start(job, log=log, fresh=job.can_be_fresh and not same)
        for job, log in zip((one, other), logs, strict=True)
    ]
    for child in children:
        outcome.judge(child.wait())
    for job in [one] if same else [one, other]:
        ended = workspace.run(job, fresh=job.can_be_fresh and not same)
        if ended.status and not _is_there_already(ended):
            outcome.findings.append(f"rerun of {job.name}: {ended.said[-1500:]}")
    outcome.findings += differences(workspace.contents(), wanted)
    return outcome


def _in_turn(workspace: Workspace, one: Job, other: Job) -> dict[str, str]:
    workspace.restore("end")
    for job in (one, other):
        workspace.run(job, fresh=job.can_be_fresh)
    return workspace.contents()


def _stopped(workspace: Workspace, job: Job, number: int, dice: random.Random) -> Ended:
    child = workspace.start(job)
    time.sleep(dice.uniform(0.0, 1.1) * workspace.seconds[job.name])
    child.send(number)
    return child.wait()


def _try(workspace: Workspace, job: Job, outcome: Outcome, prepare: Prepare) -> None:
    workspace.restore(job.name)
    outcome.judge(workspace.run(job, prepare=prepare))
    _same_again(workspace, job, outcome)


def _same_again(workspace: Workspace, job: Job, outcome: Outcome) -> None:
    ended = workspace.run(job)
    if ended.status and not _is_there_already(ended):
        outcome.findings.append(f"rerun: status {ended.status}: ...{ended.said[-1500:]}")
    outcome.findings += differences(workspace.contents(), workspace.after[job.name])


def _is_there_already(ended: Ended) -> bool:
    """Some jobs never replace what is finished."""
    return ended.is_sentence and any(
        words in ended.last_line for words in ("is there already", "nothing is overwritten")
    )


def _set_writable(folder: Path, *, writable: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755 if writable else 0o555)
        else:
            path.chmod(0o644 if writable else 0o444)
