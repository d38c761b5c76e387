"""Several jobs encode the shards of a store; the one that finds all of them there scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from interplm.activations.shard import ShardHeader
from interplm.features.compared import BaselineSettings, baseline_representations, benchmark_of
from interplm.features.encoding.names import SAE
from interplm.features.encoding.representations import Representation
from interplm.features.encoding.shard_files import EncodedFolder, ShardFiles
from interplm.features.scoring.annotated import AnnotatedSet
from interplm.features.scoring.benchmark import Benchmark
from interplm.features.scoring.scorer import ConceptScorer
from interplm.features.subject import Subject
from interplm.proteins import is_mine


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What other jobs have not encoded yet.

    Attributes:
        n_files: of an SAE and a shard each.
        n_in_all: of such files, of all jobs.
        jobs: whose they are, ascending.
    """

    n_files: int
    n_in_all: int
    jobs: Sequence[int]

    def sentence(self) -> str:
        """What is missing, and what to do."""
        jobs = ", ".join(map(str, self.jobs))
        return (
            f"{self.n_files:,} of {self.n_in_all:,} encoded shards are missing (encoding.job="
            f"{jobs}). The job that finds all of them finishes the scores; where one was stopped, "
            "the same command goes on with what is there."
        )


def encode_share(
    *,
    subject: Subject,
    controls: Mapping[str, Subject],
    annotated: AnnotatedSet,
    scorer: ConceptScorer,
    baselines: BaselineSettings,
    device: torch.device,
    encoded_in: EncodedFolder,
    n_jobs: int,
    job: int,
) -> Missing:
    """Encode a job's share of the shards with each SAE, and look what others have to do.

    Args:
        subject: the SAE.
        controls: see `score_run`.
        annotated: what all are scored on.
        scorer: of all representations.
        baselines: of which random SAEs are encoded here.
        device: on which to encode.
        encoded_in: where it is kept.
        n_jobs: that the shards of all SAEs are dealt to.
        job: which of them this is.

    Raises:
        UserError: if there is no such job.
        InUse: if another process is encoding a shard of this job.
    """
    is_mine(0, job=job, n_jobs=n_jobs, group="encoding")
    benchmark = benchmark_of(scorer, annotated, subject.store.shards)
    every: list[tuple[ShardFiles, int]] = []
    for name, representation, shards in _saes(
        subject, controls, benchmark, baselines=baselines, device=device, seed=scorer.seed
    ):
        files = encoded_in.files(name, benchmark.parts(shards))
        # Counted on over all SAEs: where there are few shards, no job has one more of each.
        numbers = range(len(every), len(every) + len(files))
        every += [(files, shard) for shard in range(len(files))]
        files.make(
            representation,
            [
                shard
                for shard, number in enumerate(numbers)
                if is_mine(number, job=job, n_jobs=n_jobs, group="encoding")
            ],
            residues_per_batch=scorer.residues_per_batch,
            device=device,
            description=f"{name}, encoding",
        )
    missing = [number for number, (files, shard) in enumerate(every) if not files.has(shard)]
    jobs = sorted({number % n_jobs for number in missing})
    return Missing(n_files=len(missing), n_in_all=len(every), jobs=jobs)


def _saes(
    subject: Subject,
    controls: Mapping[str, Subject],
    benchmark: Benchmark,
    *,
    baselines: BaselineSettings,
    device: torch.device,
    seed: int,
) -> Iterator[tuple[str, Representation, Sequence[ShardHeader]]]:
    yield SAE, subject.sae.to(device), subject.store.shards
    yield from baseline_representations(
        baselines.sparse(), subject, controls, benchmark, device=device, seed=seed
    )
