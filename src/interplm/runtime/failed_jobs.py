"""Jobs of a sweep that fail beside others that don't."""

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hydra.core.utils import JobReturn, JobStatus

from interplm.errors import UserError
from interplm.runtime.sentences import sentence_of


def check_jobs(
    jobs: Sequence[Sequence[str]], returns: Sequence[JobReturn], config_name: str
) -> None:
    """Tell of every job that failed.

    Args:
        jobs: the command line of each.
        returns: what each gave.
        config_name: root yaml of the jobs.

    Raises:
        UserError: with what each that failed has of its own, and why.
        Exception: the first that no sentence is known for, with all that as a note.
    """
    # Not `return_value`, which raises it.
    failures = [
        (words, returned._return_value)
        for words, returned in zip(jobs, returns, strict=True)
        if returned.status == JobStatus.FAILED
    ]
    if not failures:
        return
    if len(jobs) == 1:
        raise failures[0][1]
    common = set(jobs[0]).intersection(*jobs)
    sentences = [sentence_of(error, config_name) for _, error in failures]
    lines = [f"{len(failures)} of {len(jobs)} jobs failed:"]
    for (words, error), sentence in zip(failures, sentences, strict=True):
        own = " ".join(word for word in words if word not in common)
        lines.append(f"  {own}: {sentence or repr(error)}")
    told = "\n".join(lines)
    if None in sentences:
        unknown: Exception = failures[sentences.index(None)][1]
        unknown.add_note(told)
        raise unknown
    raise UserError(told) from failures[0][1]


@contextmanager
def lost_jobs_failing() -> Iterator[None]:
    """Wait for all jobs of submitit, and let one that was killed be a failed one among them.

    Its launcher for Hydra would leave at the first such job, while others run.
    """
    if importlib.util.find_spec("submitit") is None:
        yield
        return
    from submitit import Job
    from submitit.core.utils import UncompletedJobError

    of_submitit: Any = Job  # whose method is replaced for a while
    results = of_submitit.results

    def results_or_failure(job: Any) -> Any:  # Any: as submitit has them
        try:
            return results(job)
        except UncompletedJobError as error:
            lost = UserError(
                "its process was killed, or ran out of time or memory; what it printed is in "
                f"{job.paths.stdout} and {job.paths.stderr.name} beside it."
            )
            lost.__cause__ = error
            return [JobReturn(status=JobStatus.FAILED, _return_value=lost)]

    of_submitit.results = results_or_failure
    try:
        yield
    finally:
        of_submitit.results = results
