import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.packs.packs import LAYER, small_pack

import interplm
from interplm.activations.extraction import ActivationExtractor
from interplm.packs.annotation import Annotator
from interplm.packs.formats import FORMATS
from interplm.proteins.records import ProteinRecord

SEQUENCES = ["MKTAYIAKQRQISFVKSHFSRQ", "ACDEFGHIKLMNPQRSTVWY" * 4, "GG"]


@pytest.fixture(scope="module")
def plm():
    return interplm.load_plm("esm2_demo")


def extractor(plm, **changes):
    settings = {
        "residues_per_batch": 200, "long_proteins": "window", "window_overlap": 16,
        "unknown_residues": "window", "autocast": None,
    }  # fmt: skip
    return ActivationExtractor(plm=plm, layers=[LAYER], **settings | changes)


def records(sequences=SEQUENCES):
    return [
        ProteinRecord(accession=f"P{n}", sequence=sequence, description="", line=n)
        for n, sequence in enumerate(sequences)
    ]


def annotator(plm, strengths=None, threshold=None, extent=None):
    pack = small_pack()
    labels = list(pack.labels.values())
    if threshold is not None:
        limits = {"threshold": threshold, "extent": threshold if extent is None else extent}
        labels = [replace(one, **limits) for one in labels]
    return pack, Annotator(
        sae=pack.sae, labels=labels, layer=LAYER, extractor=extractor(plm), strengths=strengths
    )


def naive(pack, plm, sequence, labels):
    """Stretches and their maxima residue by residue, from the dense features."""
    with torch.inference_mode():
        features = pack.sae.encode(plm.activations([sequence], [LAYER])[LAYER][0]).numpy()
    found = {}
    for label in labels:
        start = None
        column = features[:, label.feature]
        for residue in range(len(column) + 1):
            fires = residue < len(column) and column[residue] > np.float32(label.extent)
            if fires and start is None:
                start = residue
            if not fires and start is not None:
                peak = start + int(column[start:residue].argmax())
                if column[peak] > np.float32(label.threshold):
                    found[label.feature, start, residue, peak] = float(column[peak])
                start = None
    return found


@pytest.mark.parametrize("extent", [0.15, 0.05, 0.0])
def test_stretches_are_those_of_a_loop_over_residues(plm, extent):
    pack, one = annotator(plm, threshold=0.15, extent=extent)
    hits = one.annotate(records())
    assert sum(map(len, hits)) > 5
    longest = max(hit.stop - hit.start for of_protein in hits for hit in of_protein)
    assert longest > 1 or extent == 0.15
    for sequence, of_protein in zip(SEQUENCES, hits, strict=True):
        found = {(h.label.feature, h.start, h.stop, h.peak): h.maximum for h in of_protein}
        assert found == pytest.approx(naive(pack, plm, sequence, one.labels), rel=1e-4)


def test_only_labels_with_the_evidence_that_is_asked_for_are_used(plm):
    _, one = annotator(plm, strengths=["follows"], threshold=0.15)
    assert [label.feature for label in one.labels] == [2, 7]
    _, none = annotator(plm, strengths=[])
    assert none.annotate(records()) == [[], [], []]


def test_a_long_protein_is_read_in_windows_and_every_residue_counts(plm):
    sequence = "ACDEFGHIKLMNPQRSTVWY" * 80
    _, one = annotator(plm, threshold=0.15)
    [hits] = one.annotate(records([sequence]))
    assert max(hit.stop for hit in hits) > 1022


@pytest.fixture(scope="module")
def hits(plm):
    _, one = annotator(plm, threshold=0.15)
    return one.annotate(records())[1]


def test_a_table_has_a_head_and_a_line_for_each_hit(hits):
    head, lines = FORMATS["tsv"]
    rows = [line.split("\t") for line in (head() + lines("P1", 80, hits)).splitlines()]
    assert {len(row) for row in rows} == {len(rows[0])}
    first = dict(zip(rows[0], rows[1], strict=True))
    assert int(first["start"]) == hits[0].start + 1
    assert int(first["end"]) == hits[0].stop
    assert int(first["start"]) <= int(first["peak"]) <= int(first["end"])
    assert float(first["precision"]) == 0.9


def test_gff3_escapes_and_has_nine_columns(hits):
    head, lines = FORMATS["gff3"]
    text = head() + lines("P1;a=b c", 80, hits)
    first, region, *rows = text.splitlines()
    assert first == "##gff-version 3"
    assert region == "##sequence-region P1%3Ba%3Db%20c 1 80"
    for row in rows:
        fields = row.split("\t")
        assert len(fields) == 9
        assert all(part.count("=") == 1 for part in fields[8].split(";"))


def test_each_line_of_jsonl_is_a_protein(hits):
    _, lines = FORMATS["jsonl"]
    record = json.loads(lines("P1", 80, hits))
    assert record["accession"] == "P1"
    assert len(record["features"]) == len(hits)
    assert record["features"][0]["label"].startswith("Concept")
