from dataclasses import replace

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tests.concepts.tables import uniprot_source
from tests.features.databases import contents
from tests.features.small_run import ABOVE, N, write_all

from interplm.concepts import ByAccession, ProteinSplit
from interplm.concepts.uniprot_columns import COLUMNS
from interplm.errors import UserError
from interplm.features.compared import BaselineSettings
from interplm.features.database.writer import open_database, read_meta
from interplm.features.encoding.shard_files import EncodedFolder
from interplm.features.encoding_jobs import encode_share
from interplm.features.scored_run import score_run
from interplm.features.scoring.annotated import read_annotated
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.scorer import ConceptScorer
from interplm.features.subject import open_subject
from interplm.runtime.configs import config_folder
from interplm.runtime.run_folder import RunFolder
from interplm.sae.normalized import load_normalized_sae

SITE = "Modified residue: Phosphoserine"
SCORER = ConceptScorer(
    thresholds=[0.0, 0.25, 0.5], protocol="held_out", min_residues=40, min_domains=10,
    n_controls=2, f1_floor=0.5, lift_floor=0.1, n_best=5, n_bootstraps=50, confidence=0.9,
    n_permutations=399, length_group=20, residues_per_batch=500, max_entries=10**6, seed=0,
)  # fmt: skip
BASELINES = BaselineSettings(
    names=["random_sae", "neurons", "pca", "linear_probe"], n_seeds=2, sample_residues=500,
    probe_residues=2000, probe_iterations=20, probe_weight_decay=1e-3,
)  # fmt: skip
CONTROL = "untrained_plm"


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    run, table, rows = write_all(data)
    subject = open_subject(
        run.sae, activations=data / "activations", dataset="annotated", embed="embed"
    )
    annotated = read_annotated(
        uniprot_source(table),
        ProteinSplit(validation_fraction=0.5, seed=0, n_aligned=5, grouping=ByAccession()),
        accessions=subject.store.accessions(), lengths=subject.store.lengths(),
        minimum_instances=5, rejected_csv=data / "rejected.csv", proteins=None,
    )  # fmt: skip
    found = score_run(**compared(subject, annotated), **where(data, run, subject, annotated))
    return data, subject, annotated, found, rows


def compared(subject, annotated):
    return {
        "subject": subject, "controls": {CONTROL: subject}, "annotated": annotated,
        "scorer": SCORER, "baselines": BASELINES, "device": torch.device("cpu"),
    }  # fmt: skip


def where(data, run, subject, annotated):
    """What else `score_run` takes, to write into a folder."""
    return {
        "sisters": [subject.sae],
        "profile": instantiate(OmegaConf.load(config_folder() / "profile" / "default.yaml")),
        "meta": {"dataset": annotated.described("annotated"), "figures": run.result},
        "maxima_folder": run.sae, "counts_folder": data / "counts",
        "database": data / "features.duckdb",
    }  # fmt: skip


@pytest.fixture
def query(scored):
    with open_database(scored[0] / "features.duckdb") as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def by_hand(rows, proteins, threshold, maximum):
    """Precision, recall and F1 of neuron 0 as the detector of its sites, on some proteins."""
    x = np.concatenate([x for x, chosen in zip(rows, proteins, strict=True) if chosen])[:, 0]
    fires, site = x > np.float32(threshold) * maximum, x > ABOVE
    precision, recall = (fires & site).sum() / fires.sum(), (fires & site).sum() / site.sum()
    return precision, recall, 2 * precision * recall / (precision + recall)


def test_the_feature_that_was_planted_is_the_concept_s_best_on_test_proteins(scored, query):
    _, _, annotated, _, rows = scored
    split, maximum = annotated.split, max(x[:, 0].max() for x in rows)
    threshold = max(SCORER.thresholds, key=lambda t: by_hand(rows, split.validation, t, maximum)[2])
    expected = by_hand(rows, split.test, threshold, maximum)
    found = query(
        "SELECT feature, threshold, precision, recall, f1, q_value FROM pairs WHERE "
        f"representation = 'sae' AND concept = '{SITE}' AND best_by_average_precision"
    )[0]
    assert found[:2] == (0, pytest.approx(threshold))
    assert found[2:5] == pytest.approx(expected, rel=1e-6)
    assert found[5] < 0.05
    label = query("SELECT label, f1, family, strength FROM features WHERE feature = 0")[0]
    # The same feature among the neurons does as well, as it should.
    assert label == (
        SITE, pytest.approx(expected[2], rel=1e-6), "Amino acid modifications",
        "not above baselines",
    )  # fmt: skip


def test_one_annotation_counts_once_and_is_found_by_all_its_names(query):
    ((name, aliases),) = query(
        "SELECT concept, aliases FROM concepts WHERE category = 'Modified residue'"
    )
    assert name == SITE
    assert sorted(aliases) == [
        "Modified residue: Phosphorylation", "Modified residue: any"
    ]  # fmt: skip
    assert query("SELECT count(*) FROM concepts WHERE concept LIKE '%any kept%'") == [(0,)]
    (spans,) = query(f"SELECT count(*) FROM annotations WHERE concept = '{SITE}'")[0]
    assert spans == query("SELECT count(*) FROM annotations WHERE family LIKE '%modif%'")[0][0]


def test_every_representation_is_in_the_same_table_and_neurons_equal_an_sae_of_neurons(query):
    names = {"sae", "random_sae_seed0", "random_sae_seed1", "neurons", "pca", "linear_probe"}
    for table in ("pairs", "representations"):
        found = query(f"SELECT DISTINCT representation FROM {table}")
        assert {name for (name,) in found} == {*names, CONTROL}
    of = {
        name: query(
            "SELECT concept, feature, f1, average_precision_low FROM pairs WHERE "
            f"representation = '{name}' AND best_by_average_precision ORDER BY 1, 2"
        )
        for name in ("sae", "neurons", CONTROL)
    }
    assert of["sae"] == of["neurons"] == of[CONTROL]
    rows = query(
        "SELECT baseline, difference, clusters_low, clusters_high FROM differences ORDER BY 1"
    )
    found = {row[0]: row[1:] for row in rows}
    assert set(found) == {
        "random_sae", "random_sae_seed0", "random_sae_seed1", "neurons", "pca", CONTROL
    }  # fmt: skip
    assert found["neurons"] == (0.0, 0.0, 0.0)
    assert found["random_sae"][0] > 0


def test_random_saes_are_as_sparse_as_the_sae(query):
    l0 = dict(query("SELECT representation, l0 FROM representations"))
    for seed in (0, 1):
        assert l0[f"random_sae_seed{seed}"] == pytest.approx(l0["sae"], rel=0.1)


def test_figures_are_those_of_the_summaries(scored, query):
    figures = scored[3].figures()
    row = query(
        "SELECT mean_average_precision, n_covered, n_features_with_concept FROM representations "
        "WHERE representation = 'sae'"
    )[0]
    assert row == tuple(
        figures[f"sae/{name}"]
        for name in ("mean_average_precision", "n_covered", "n_features_with_concept")
    )
    assert figures["sae_over_neurons/difference"] == 0.0
    assert row[1] > 0


def test_controls_are_scored_and_covered_by_nothing(query):
    assert query("SELECT count(*) FROM concepts WHERE role = 'control'") == [(2,)]
    assert query("SELECT DISTINCT n_controls_covered FROM representations") == [(0,)]
    labels = query("SELECT count(*) FROM features WHERE label LIKE 'Control%'")
    assert labels == [(0,)]


def test_what_is_found_missed_and_extra_is_told_of_every_protein(scored, query):
    _, _, _, _, rows = scored
    threshold, maximum = query(
        f"SELECT threshold, scale FROM pairs JOIN features USING (feature) WHERE "
        f"pairs.concept = '{SITE}' AND representation = 'sae' AND best_by_average_precision"
    )[0]
    expected = {"found": 0, "missed": 0, "extra": 0}
    for x in rows:
        fires, site = x[:, 0] / np.float32(maximum) > np.float32(threshold), x[:, 0] > ABOVE
        if site.any():
            expected["found" if (fires & site).any() else "missed"] += 1
        elif fires.any():
            expected["extra"] += 1
    found = dict(
        query(f"SELECT verdict, count(*) FROM verdicts WHERE concept = '{SITE}' GROUP BY verdict")
    )
    assert found == {name: n for name, n in expected.items() if n}


def test_every_feature_is_settingswith_the_nearest_one_of_the_sister(query):
    found = query("SELECT n_sisters, n_reappears, sister_cosine FROM features ORDER BY feature")
    assert all(n_sisters == 1 for n_sisters, _, _ in found)
    # The sister is the same SAE. Its rows are unit vectors, and so are permuted ones: no cosine is
    # above chance.
    assert all(n_reappears == 0 for _, n_reappears, _ in found)
    assert found[0][2] == pytest.approx(1, abs=1e-5)


def test_rare_concepts_and_clusters_are_there_to_be_looked_up(query, scored):
    assert query("SELECT count(DISTINCT cluster) FROM proteins") == [(N,)]
    (n_rare,) = query("SELECT count(*) FROM rare_concepts")[0]
    assert n_rare == len(scored[3].benchmark.rare)


def test_meta_says_what_was_scored_and_how(scored):
    data, subject, annotated, _, _ = scored
    with open_database(data / "features.duckdb") as connection:
        meta = read_meta(connection)
    assert (meta["plm"], meta["layer"], meta["architecture"]) == ("small", 3, "relu")
    assert meta["settings"] == subject.sae.settings()
    assert meta["dataset"]["n_proteins"] == N
    assert meta["figures"]["explained_variance"] == 0.9
    assert meta["split"] == annotated.split.summary()
    assert "threshold chosen on validation proteins" in meta["protocol"]
    assert (
        sum(meta["rejected"].values())
        == N + sum(not column.beyond_original for column in COLUMNS) - 2
    )


def test_profile_and_counts_speak_of_every_residue(scored, query):
    data, subject, annotated, _, rows = scored
    n_active = query("SELECT n_active FROM features ORDER BY feature")
    every = np.concatenate(rows)
    expected = [*(every > 0).sum(axis=0), *(every < 0).sum(axis=0), 0]
    assert [n for (n,) in n_active] == expected
    fingerprint = subject.store.fingerprint.as_dict()
    both = [
        ConceptCounts.load(data / "counts" / f"{split}.npz", fingerprint=fingerprint)
        for split in ("validation", "test")
    ]
    assert [counts.n_proteins for counts in both] == [
        annotated.split.validation.sum(), annotated.split.test.sum()
    ]  # fmt: skip
    assert (both[0] + both[1]).firing[:, 0].tolist() == expected


def test_labels_of_proteins_on_which_a_feature_is_strong_are_enriched(query):
    found = query("SELECT label, n, n_background FROM enrichment WHERE feature = 1 ORDER BY 1")
    assert [label for label, _, _ in found] == ["2.-.-.-", "2.7.-.-", "2.7.11.-", "2.7.11.1"]


def test_the_maxima_lie_beside_the_export(scored):
    data, _, _, _, rows = scored
    sae = load_normalized_sae(data / "run" / "sae")
    assert sae.scale[0] == pytest.approx(max(x[:, 0].max() for x in rows))
    assert sae.scale[-1] == 1


def test_what_several_jobs_encoded_gives_the_scores_of_one_also_where_memory_is_short(
    scored, tmp_path
):
    data, subject, annotated, _, _ = scored
    settings = compared(subject, annotated) | {"scorer": replace(SCORER, max_entries=0)}
    encoded_in = EncodedFolder(folder=tmp_path / "encoded", identity="ours")
    missing = [
        encode_share(**settings, encoded_in=encoded_in, n_jobs=3, job=job) for job in (2, 0, 1)
    ]
    # Two shards with the SAE, two random SAEs and the control.
    assert [(found.n_files, found.n_in_all, found.jobs) for found in missing] == [
        (6, 8, [0, 1]), (3, 8, [1]), (0, 8, [])
    ]  # fmt: skip
    run = RunFolder(data / "run")
    score_run(**settings, **where(tmp_path, run, subject, annotated), encoded_in=encoded_in)
    assert contents(tmp_path / "features.duckdb") == contents(data / "features.duckdb")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"names": ["kmeans"]}, r"baselines may be random_sae, neurons, .*, got kmeans"),
        ({"n_seeds": 0}, "comparison.n_seeds must be at least 1, got 0"),
    ],
)
def test_baselines_that_are_not_known_and_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(UserError, match=message):
        replace(BASELINES, **changes)
