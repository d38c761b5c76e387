"""The smallest data on which every job runs, and what each makes of it."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml
from tests.concepts.tables import written
from tests.faults.children import Child, Ended, Prepare, import_too, unlimited
from tests.jobs import FAST_TRAINING, small_plm

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
# Of no two runs the same.
_VOLATILE = re.compile(r"created|second|time|date|made_at|command|version|memory|started|finished")
_MANY_MODULES = 30
_NOT_COMPARED = ("checkpoints", "hydra", "logs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job with its settings; `{data}` in them stands for the data folder.

    Attributes:
        name: of the job.
        overrides: of its settings.
        can_be_fresh: whether it has the setting `fresh`.
    """

    name: str
    overrides: tuple[str, ...]
    can_be_fresh: bool = True


class Workspace:
    """A data folder that can be put back to what it was before each job.

    Args:
        folder: empty; everything is kept in it.
        jobs: in an order in which each finds what it reads.
    """

    def __init__(self, folder: Path, jobs: tuple[Job, ...]) -> None:
        self.data = folder / "data"
        self.jobs = jobs
        self._folder = folder
        self.seconds: dict[str, float] = {}
        self.after: dict[str, dict[str, str]] = {}
        self.log = folder / "log"

    def build(self) -> None:
        """Run each job once, keeping the state before each and after all.

        Raises:
            RuntimeError: if one fails.
        """
        self.data.mkdir()
        write_inputs(self.data)
        for job in self.jobs:
            self._keep(job.name)
            modules = self._folder / "modules"
            while True:
                self.restore(job.name)
                ended = self.start(job, modules=modules).wait()
                if ended.status:
                    raise RuntimeError(f"{job.name} failed:\n{ended.said}")
                # Only the time of a job that found everything imported counts.
                if import_too(modules) < _MANY_MODULES:
                    break
            self.seconds[job.name] = ended.seconds
            self.after[job.name] = self.contents()
        self._keep("end")

    def start(
        self,
        job: Job,
        *,
        prepare: Prepare = unlimited,
        modules: Path | None = None,
        log: Path | None = None,
        fresh: bool = False,
    ) -> Child:
        """The job, on its way in the data folder."""
        overrides = tuple(text.replace("{data}", str(self.data)) for text in job.overrides)
        return Child(
            job.name, (*overrides, "fresh=true") if fresh else overrides,
            data=self.data, log=log or self.log, prepare=prepare, modules=modules,
        )  # fmt: skip

    def run(self, job: Job, *, prepare: Prepare = unlimited, fresh: bool = False) -> Ended:
        """The job, to its end."""
        return self.start(job, prepare=prepare, fresh=fresh).wait()

    def restore(self, state: str) -> None:
        """Put the data folder back to what it was before a job, or at the `end`."""
        if self.data.exists():
            shutil.rmtree(self.data)
        shutil.copytree(self._folder / f"before_{state}", self.data, symlinks=True)

    @contextmanager
    def on_a_small_disk(self, state: str, room: int) -> Iterator[Callable[[], None]]:
        """The data folder, put back as by `restore`, on a disk with `room` bytes to spare.

        Only root may make one. What is yielded makes the disk large.
        """
        shutil.rmtree(self.data)
        self.data.mkdir()
        before = self._folder / f"before_{state}"
        _mount(self.data, "-t", "tmpfs", "-o", f"size={size_on_disk(before) + room}", "tmpfs")
        try:
            shutil.copytree(before, self.data, symlinks=True, dirs_exist_ok=True)
            yield lambda: _mount(self.data, "-o", "remount,size=1g")
        finally:
            subprocess.run(["umount", str(self.data)], check=True)

    def written_by(self, job: Job) -> int:
        """Bytes that a job adds to the data folder."""
        states = [*(f"before_{other.name}" for other in self.jobs), "before_end"]
        at = states.index(f"before_{job.name}")
        before, after = (size_on_disk(self._folder / state) for state in states[at : at + 2])
        return after - before

    def contents(self) -> dict[str, str]:
        """What each file says, without what differs from run to run."""
        told = self._folder / "contents.json"
        # In a process of its own: DuckDB starts threads, and what is forked later must have none.
        pid = os.fork()
        if pid == 0:
            try:
                told.write_text(json.dumps(self._contents()), encoding="utf-8")
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        found: dict[str, str] = json.loads(told.read_text(encoding="utf-8"))
        told.unlink()
        return found

    def _contents(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.data)): meaning(path)
            for path in sorted(self.data.rglob("*"))
            if path.is_file() and not set(path.relative_to(self.data).parts) & set(_NOT_COMPARED)
        }

    def _keep(self, state: str) -> None:
        kept = self._folder / f"before_{state}"
        if kept.exists():
            shutil.rmtree(kept)
        shutil.copytree(self.data, kept, symlinks=True)


def _mount(folder: Path, *options: str) -> None:
    subprocess.run(["mount", *options, str(folder)], check=True)


def size_on_disk(folder: Path, *, page: int = 4096) -> int:
    """Bytes of whole pages that the files of a folder take."""
    sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    return sum(-(-size // page) * page for size in sizes)


def differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Files that are missing, too many, or say something else."""
    return [
        f"{name} is {'missing' if name not in found else 'odd' if name not in wanted else 'other'}"
        for name in sorted(found.keys() | wanted.keys())
        if found.get(name) != wanted.get(name)
    ]


def meaning(path: Path) -> str:
    """A digest of what a file says, whenever it was written."""
    reader: Callable[[Path], bytes] = {
        ".yaml": _of_yaml, ".duckdb": _of_database, ".csv": _of_csv,
        ".html": _of_page, ".md": _of_page, ".txt": _of_list, ".parquet": lambda path: b"",
    }.get(path.suffix, Path.read_bytes)  # fmt: skip
    return hashlib.sha256(reader(path)).hexdigest()


def _of_yaml(path: Path) -> bytes:
    def still(value: object) -> object:
        if isinstance(value, dict):
            return {k: still(v) for k, v in value.items() if not _VOLATILE.search(str(k))}
        return value

    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    if isinstance(said, dict):
        said.pop("checksum", None)  # of the rest, which may hold a time
    return json.dumps(still(said), default=str).encode()


def _of_csv(path: Path) -> bytes:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    still = [{k: v for k, v in row.items() if not _VOLATILE.search(str(k))} for row in rows]
    return json.dumps(still).encode()


def _of_list(path: Path) -> bytes:
    """Of names, in whatever order they came."""
    return b"\n".join(sorted(path.read_bytes().splitlines()))


def _of_page(path: Path) -> bytes:
    return re.sub(rb"[0-9.,:]+", b"0", path.read_bytes())


def _of_database(path: Path) -> bytes:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
        rows = {
            table: sorted(
                re.sub(r'"residues_per_second": [0-9.e+]+', "", repr(row))
                for row in connection.execute(f'SELECT * FROM "{table}"').fetchall()
                if table != "meta" or not _VOLATILE.search(row[0])
            )
            for table in tables
        }
    return json.dumps(rows).encode()


def write_inputs(data: Path) -> None:
    """Proteins with annotations, and the weights of a tiny PLM."""
    rows = []
    for number in range(60):
        length = 24 + number * 37 % 40
        sequence = "".join(LETTERS[(number * i * i + 3 * i) % 20] for i in range(length))
        sites = [at + 1 for at, letter in enumerate(sequence) if letter in "SD"]
        rows.append({
            "Entry": f"P{number:05d}", "Reviewed": "reviewed", "Sequence": sequence,
            "Modified residue": "; ".join(
                f'MOD_RES {site}; /note="Phosphoserine"; /evidence="ECO:0000269"' for site in sites
            ),
            "Helix": f"HELIX 3..{9 + number % 9}",
        })  # fmt: skip
    written(data / "proteins.tsv", rows)
    small_plm(data)


_PROTEINS = ("proteins=uniprot_tsv", "proteins.path={data}/proteins.tsv")
_TRAINING = (*FAST_TRAINING, "sae=topk", "sae.k=4", "trainer.max_steps=60", "layer=2")
_SCORING = (
    "split=accession", "scoring.n_permutations=10", "scoring.n_bootstraps=10", "baselines=[]",
    "concepts.minimum_instances=5", "concepts.minimum.residues=5", "concepts.minimum.domains=5",
)  # fmt: skip
_EMBEDDING = ("embedding.device=cpu", "proteins.proteins_per_shard=15")


def _plm(name: str) -> tuple[str, ...]:
    return ("plm.weights={data}/esm2_small0.pt", "plm.d_model=40", f"plm.name={name}")


_RUN = "run={data}/runs/one"
JOBS = (
    Job(name="embed", overrides=(*_plm("small"), *_PROTEINS, *_EMBEDDING, "layers=[2]")),
    Job(name="train", overrides=(*_plm("small"), *_PROTEINS, *_TRAINING, _RUN)),
    Job(name="score", overrides=(_RUN, *_PROTEINS, *_SCORING)),
    Job(
        name="evaluate",
        overrides=(_RUN, "device=cpu", "fidelity.sequences=null"),
        can_be_fresh=False,
    ),
    Job(name="compare", overrides=(), can_be_fresh=False),
    Job(
        name="annotate",
        overrides=(
            "pack={data}/runs/one", *_PROTEINS, "strengths=null", "plm=esm2_8m", *_plm("small"),
        ),
    ),
    Job(
        name="convert",
        overrides=("source={data}/runs/one/sae", "target={data}/converted", "format=sae_lens"),
        can_be_fresh=False,
    ),
    Job(
        name="pipeline",
        overrides=(
            *_plm("piped"), *_PROTEINS, *_EMBEDDING, *_TRAINING, *_SCORING, "concepts=uniprot",
            "run={data}/runs/piped",
        ),
    ),
)  # fmt: skip
