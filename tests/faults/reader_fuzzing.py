"""Random changes to real files, given to every reader of files that users bring.

Whatever a file holds, a reader gives records that keep their promises, or one sentence.
"""

import bz2
import gzip
import io
import lzma
import math
import random
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import gemmi
from tests.concepts.tables import uniprot_source
from tests.explorer.structures.files import atom_lines, file_of, water

from interplm.concepts import (
    AnnotatedProtein,
    AnnotationSource,
    BedSource,
    ClusterFile,
    Gff3Source,
    PlainTableSource,
)
from interplm.errors import UserError
from interplm.explorer.structures.backbone import read_chains
from interplm.explorer.structures.library import StructureLibrary
from interplm.explorer.structures.numbering import best_chain
from interplm.features.encoding.pasted import read_sequence
from interplm.proteins import (
    FastaSource,
    ProteinRecord,
    ProteinSource,
    SequenceListSource,
    UniProtTsvSource,
    open_sequences,
)
from interplm.proteins.alphabet import RESIDUES

FORMS = Path(__file__).parents[1] / "public_forms"
SEQUENCE = "MKVLAAGIVGHHEDRSTNPKWY"
# An input that takes longer, in time of the processor, has met something that grows faster than
# its length.
SLOW_S = 5.0
TOKENS = [
    *(
        b"\t",
        b"\n",
        b"\r\n",
        b"\r",
        b'"',
        b'""',
        b'\\"',
        b";",
        b"; /",
        b",",
        b"|",
        b">",
        b"#",
        b"=",
    ),
    *(b"%", b"%3B", b"%0A", b"%zz", b"..", b"?", b"<1", b">9", b"-1", b"0", b"1e5", b"5.0", b" "),
    *(b"\x00", b"\x01", b"\x07", b"\x1a", b"\x1b[31m", b"\xa0", b"\xc2\xa0", b"\xe2\x80\xae"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xf0\x9f\xa7\xac", b"\xed\xa0\x80", b"*", b"-"),
    *(b"sp|", b"gi|1|", b"pdb|1ABC|", b"P1;", b"track ", b"browser\t", b"##FASTA\n", b"sep=;\n"),
    *(b'/note="', b'/evidence="ECO:0000269"', b"ECO:0000269", b"Entry\tSequence\n"),
    *(b"ACGTN" * 30, b"A" * 3000, b"9" * 4301, b"x" * 132_000),
]


def _zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return packed.getvalue()


COMPRESSIONS = [
    lambda content: gzip.compress(content, 1),
    bz2.compress,
    lambda content: lzma.compress(content, preset=0),
    _zipped,
]


def changed(dice: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds after one to eight random changes, seldom compressed or re-encoded."""
    content = dice.choice(seeds)
    for _ in range(dice.choice([1, 1, 2, 3, 8])):
        content = dice.choice(_CHANGES)(dice, content, seeds)
    kind = dice.random()
    if kind < 0.03:
        content = content.decode("utf-8", "replace").encode(
            dice.choice(["utf-16", "cp1252"]), "replace"
        )
    if kind > 0.95:
        content = dice.choice(COMPRESSIONS)(content)
        if dice.random() < 0.7:
            content = dice.choice(_CHANGES[:4])(dice, content, seeds)
    return content


def _place(dice: random.Random, content: bytes) -> tuple[int, int]:
    start = dice.randrange(len(content) + 1)
    return start, min(len(content), start + int(dice.expovariate(0.05)) + 1)


def _flip(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, _stop = _place(dice, content)
    return content[:start] + bytes([dice.randrange(256)]) + content[start + 1 :]


def _cut(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, stop = _place(dice, content)
    return content[:start] + content[stop:]


def _end(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    return content[: _place(dice, content)[0]]


def _repeat(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, stop = _place(dice, content)
    return content[:start] + content[start:stop] * dice.choice([2, 3, 40]) + content[stop:]


def _insert(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, _stop = _place(dice, content)
    return content[:start] + dice.choice(TOKENS) + content[start:]


def _splice(dice: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    other = dice.choice(seeds)
    return content[: _place(dice, content)[0]] + other[_place(dice, other)[0] :]


def _swap_fields(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    mark = dice.choice([b"\t", b"\n", b";", b"|", b","])
    parts = content.split(mark)
    one, other = dice.randrange(len(parts)), dice.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return mark.join(parts)


def _requote(dice: random.Random, content: bytes, _: list[bytes]) -> bytes:
    mark = dice.choice([b"\t", b"\n"])
    parts = content.split(mark)
    chosen = dice.randrange(len(parts))
    parts[chosen] = b'"' + parts[chosen].replace(b'"', dice.choice([b'"', b'""', b'\\"'])) + b'"'
    return mark.join(parts)


_CHANGES = [_flip, _cut, _end, _repeat, _insert, _insert, _splice, _swap_fields, _requote]


def _check_proteins(source: ProteinSource) -> None:
    seen = set()
    for record in source.read():
        if isinstance(record, ProteinRecord):
            assert record.accession.isprintable()
            assert record.accession not in seen
            assert record.description.isprintable()
            assert set(record.sequence) <= set(RESIDUES)
            assert record.sequence
            seen.add(record.accession)
        else:
            assert record.reason


def _check_annotations(source: AnnotationSource) -> None:
    for found in source.read():
        if isinstance(found, AnnotatedProtein):
            assert found.accession.isprintable()
            for span in found.spans:
                assert 0 <= span.start < span.stop < 10**9
                assert not found.sequence or span.stop <= len(found.sequence)
                assert span.concept in source.concepts
                assert span.concept.isprintable()
                assert span.concept
        else:
            assert found.reason


def _check_pasted(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    record = read_sequence(text, max_residues=2000)
    assert set(record.sequence) <= set(RESIDUES)


def _uniprot() -> Callable[[Path], None]:
    source = uniprot_source(FORMS / "uniprot_2026.tsv")

    def read(path: Path) -> None:
        source.paths = (path,)
        source.concepts.clear()
        _check_annotations(source)

    return read


def _own(source: Callable[..., AnnotationSource], **settings: object) -> Callable[[Path], None]:
    kept = {"kind": "domain", "category": "Mine", "family": "Lab", "evidence": "any"} | settings
    return lambda path: _check_annotations(source(path=path, **kept))


def _check_structure(path: Path) -> None:
    text = StructureLibrary(
        folder=None, alphafold_url=None, cache=path.parent, timeout_s=1, max_bytes=10_000_000
    ).read(path)
    chains = read_chains(text, path.name)
    for chain in chains:
        assert len(chain.ca) == len(chain.sequence) == len(chain.direction) == len(chain.kind)
        assert all(map(math.isfinite, (x for point in chain.ca for x in point)))
    for accession in ("P69905", "Q90031"):
        chosen, numbering = best_chain(chains, SEQUENCE, accession=accession)
        assert len(numbering.residues) == len(chosen.sequence)
        assert all(n is None or 0 <= n < len(SEQUENCE) for n in numbering.residues)


@dataclass(frozen=True)
class Target:
    """A reader, the files it starts from, and what reads and checks one."""

    name: str
    seeds: list[bytes]
    read: Callable[[Path], object]


def _seeds(*names: str) -> list[bytes]:
    return [(FORMS / name).read_bytes() for name in names]


PLAIN = [
    b"accession\tstart\tend\tconcept\tkind\tevidence\tnote\nP1\t2\t9\tA\tdomain\tECO:0000269\tx\nsp|P2|X\t1\t1\tB\tends\t\t\n",
    b'accession,start,end,concept\nP1,2,9,"A, ""b"""\nP2,5.0,7.0,A\n',
]  # fmt: skip
BED = [
    b'track name="x"\nP1\t0\t9\tPF1\t0\t+\nP2\t3\t4\t"PF, 2"\n',
    b"P1 0 9 PF1\nP1\t0\t30\tA\t0\t+\t0\t30\t0\t2\t5,5\t0,25\n",
]
CLUSTERS = [b"P1\tP1\nP1\tP2\nP3\tsp|P3|X_HUMAN\n"]
LISTS = [
    b"id,sequence\nP1,MKV\nP2,MKL\n",
    b"MKV\nACD\n",
    b'"name";"seq"\n"protein 1";"MKV"\n',
    b">P1\nMKV\n",
]


def _structures() -> list[bytes]:
    pdb = file_of(atom_lines(SEQUENCE), water(3))
    structure = gemmi.read_pdb_string(pdb)
    structure.setup_entities()
    structure.assign_label_seq_id()
    return [
        pdb.encode(),
        structure.make_mmcif_document().as_string().encode(),
        *_seeds("author_numbering.cif"),
    ]


def targets() -> list[Target]:
    """Every reader with seeds of its own."""
    fasta = _seeds("jgi.fasta", "nr.fasta")
    tables = _seeds("uniprot_2021.tsv", "uniprot_2026.tsv")
    gff3 = _seeds("uniprot.gff3", "uniprot_2021.gff3", "interproscan5.gff3", "interproscan6.gff3")
    accessions = ["P1", "P2", "P3"]
    return [
        Target("FASTA", fasta, lambda p: _check_proteins(FastaSource(path=p, name="x"))),
        Target(
            "aligned FASTA",
            [*fasta, b"#A3M#\n>P1\nMK--vlA.\n>P2\n-----MKV\n"],
            lambda p: _check_proteins(
                FastaSource(path=p, name="x", aligned=True, refuse_nucleotides=False)
            ),
        ),
        Target(
            "UniProtKB table, proteins",
            tables,
            lambda p: _check_proteins(UniProtTsvSource(path=p, name="x", reviewed_only=False)),
        ),
        Target(
            "UniProtKB table, annotations",
            tables,
            _uniprot(),
        ),
        Target(
            "sequence list",
            LISTS,
            lambda p: _check_proteins(SequenceListSource(path=p, name="x")),
        ),
        Target(
            "any sequences",
            [*LISTS, *fasta, *tables],
            lambda p: _check_proteins(open_sequences(p)),
        ),
        Target("GFF3 by type", gff3, _own(Gff3Source, named_by=None)),
        Target(
            "GFF3 by attribute", gff3, _own(Gff3Source, named_by="Dbxref", evidence="experimental")
        ),
        Target("BED", BED, _own(BedSource, kind="residue")),
        Target("plain table", PLAIN, _own(PlainTableSource)),
        Target(
            "cluster file",
            CLUSTERS,
            lambda p: ClusterFile(path=p).clusters(accessions, ["MK"] * 3),
        ),
        Target("pasted sequence", fasta, _check_pasted),
        Target("structure", _structures(), _check_structure),
    ]


@dataclass
class Outcome:
    """What happened to the inputs of one target."""

    n_read: int = 0
    n_refused: int = 0
    slowest_s: float = 0.0
    findings: list[tuple[str, bytes]] = field(default_factory=list)


def fuzz(target: Target, *, n: int, seed: int, folder: Path) -> Outcome:
    """Give `n` changed files to a reader; anything but a UserError is a finding."""
    dice = random.Random(f"{seed} {target.name}")
    outcome = Outcome()
    path = folder / "input"
    for _ in range(n):
        content = changed(dice, target.seeds)
        path.write_bytes(content)
        start = time.process_time()
        try:
            target.read(path)
            outcome.n_read += 1
        except UserError:
            outcome.n_refused += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            outcome.findings.append((f"{type(error).__name__}: {error}"[:300], content))
        took = time.process_time() - start
        outcome.slowest_s = max(outcome.slowest_s, took)
        if took > SLOW_S:
            outcome.findings.append((f"took {took:.1f} s", content))
    return outcome


def with_real_rows(all_targets: Iterable[Target], data: Path, *, n: int = 20) -> list[Target]:
    """The same targets with rows of real files as further seeds.

    Args:
        all_targets: see targets.
        data: with `proteins.fasta.gz` and `uniprot_annotated.tsv.gz`.
        n: rows or records of each.
    """
    with gzip.open(data / "uniprot_annotated.tsv.gz", "rb") as file:
        header, *rows = [next(file) for _ in range(n + 1)]
    tables = [header + row for row in rows if len(row) < 20_000]
    with gzip.open(data / "proteins.fasta.gz", "rb") as file:
        records = file.read(40_000).split(b"\n>")[1:-1]
    fasta = [b">" + b"\n>".join(records[start : start + 3]) for start in range(0, n, 3)]
    real = {
        "FASTA": fasta, "aligned FASTA": fasta, "any sequences": fasta + tables,
        "UniProtKB table, proteins": tables, "UniProtKB table, annotations": tables,
        "pasted sequence": fasta,
    }  # fmt: skip
    return [Target(t.name, [*t.seeds, *real.get(t.name, [])], t.read) for t in all_targets]
