import functools
import os
import signal

import pytest
from hydra.core.utils import JobReturn, JobStatus

from interplm.errors import UserError
from interplm.runtime.failed_jobs import check_jobs, lost_jobs_failing

DONE = JobReturn(status=JobStatus.COMPLETED)
JOBS = [["layer=3", "sae.k=1"], ["layer=3", "sae.k=2"], ["layer=3", "sae.k=3"]]


def failed(error):
    return JobReturn(status=JobStatus.FAILED, _return_value=error)


def test_each_job_that_failed_is_told_with_what_it_has_of_its_own():
    with pytest.raises(UserError) as raised:
        check_jobs(JOBS, [failed(UserError("One.")), DONE, failed(UserError("Three."))], "train")
    assert str(raised.value) == "2 of 3 jobs failed:\n  sae.k=1: One.\n  sae.k=3: Three."


def test_where_none_failed_nothing_is_raised():
    check_jobs(JOBS, [DONE] * 3, "train")


def test_an_error_without_a_sentence_keeps_its_traceback_and_notes_the_others():
    with pytest.raises(ZeroDivisionError) as raised:
        check_jobs(JOBS, [failed(UserError("One.")), DONE, failed(ZeroDivisionError())], "train")
    (note,) = raised.value.__notes__
    assert note.splitlines()[1:] == ["  sae.k=1: One.", "  sae.k=3: ZeroDivisionError()"]


def test_a_job_alone_fails_with_its_own_sentence():
    with pytest.raises(UserError, match=r"^One\.$"):
        check_jobs(JOBS[:1], [failed(UserError("One."))], "train")


def test_a_process_that_was_killed_is_a_failed_job_and_the_others_are_waited_for(
    tmp_path, monkeypatch
):
    submitit = pytest.importorskip("submitit")
    # Seconds that it gives a slow disk.
    monkeypatch.setattr(submitit.Job, "_results_timeout_s", 0)
    executor = submitit.AutoExecutor(folder=tmp_path, cluster="local")
    kill_oneself = functools.partial(signal.raise_signal, signal.SIGKILL)
    jobs = [executor.submit(kill_oneself), executor.submit(os.getpid)]
    with lost_jobs_failing():
        [lost], [pid] = [job.results() for job in jobs]
    assert pid > 0
    assert lost.status == JobStatus.FAILED
    assert str(jobs[0].paths.stdout) in str(lost._return_value)
    with pytest.raises(submitit.core.utils.UncompletedJobError):
        jobs[0].results()
