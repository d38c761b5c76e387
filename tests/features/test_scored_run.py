import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tests.concepts.tables import uniprot_source
from tests.features.small_run import ABOVE, N, write_all

from interplm.concepts import ByAccession, ProteinSplit
from interplm.concepts.uniprot_columns import COLUMNS
from interplm.errors import UserError
from interplm.features.database.writer import open_database, read_meta
from interplm.features.encoding.names import BASELINES, UNTRAINED
from interplm.features.scored_run import score_representations, score_run
from interplm.features.scoring.annotated import read_annotated
from interplm.features.scoring.counts import ConceptCounts
from interplm.features.scoring.scorer import ConceptScorer
from interplm.features.subject import open_subject
from interplm.runtime.configs import config_folder
from interplm.sae.normalized import load_normalized_sae

SITE = "Modified residue: Phosphoserine"
SCORER = ConceptScorer(
    thresholds=[0.0, 0.25, 0.5], protocol="held_out", min_residues=40, min_domains=10,
    f1_floor=0.5, n_bootstraps=50, confidence=0.9, n_permutations=399, length_group=20,
    residues_per_batch=500, seed=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    run, table, rows = write_all(data)
    subject = open_subject(
        run.sae, activations=data / "activations", dataset="annotated", embed="embed"
    )
    annotated = read_annotated(
        uniprot_source(table),
        ProteinSplit(validation_fraction=0.5, seed=0, grouping=ByAccession()),
        accessions=subject.store.accessions(), lengths=subject.store.lengths(),
        minimum_instances=5, rejected_csv=data / "rejected.csv", proteins=None,
    )  # fmt: skip
    figures = score_run(
        subject=subject, untrained=subject, annotated=annotated, scorer=SCORER,
        profile=instantiate(OmegaConf.load(config_folder() / "profile" / "default.yaml")),
        baselines=BASELINES, score_floor=0.1, device=torch.device("cpu"),
        meta={"dataset": annotated.described("annotated"), "figures": run.result},
        maxima_folder=run.sae, counts_folder=data / "counts", database=data / "features.duckdb",
    )  # fmt: skip
    return data, subject, annotated, figures, rows


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
        f"representation = 'sae' AND concept = '{SITE}' ORDER BY f1_validation DESC LIMIT 1"
    )[0]
    assert found[:2] == (0, pytest.approx(threshold))
    assert found[2:5] == pytest.approx(expected, rel=1e-6)
    assert found[5] < 0.05
    label = query("SELECT label, f1, family FROM features WHERE feature = 0")[0]
    assert label[0].startswith("Modified residue")
    assert label[1:] == (pytest.approx(expected[2], rel=1e-6), "Amino acid modifications")


def test_every_representation_is_in_the_same_table_and_neurons_equal_an_sae_of_neurons(query):
    found = query("SELECT DISTINCT representation FROM pairs")
    assert {name for (name,) in found} == {"sae", UNTRAINED, *BASELINES}
    of = {
        name: query(
            f"SELECT concept, feature, f1 FROM pairs WHERE representation = '{name}' ORDER BY 1, 2"
        )
        for name in ("sae", "neurons", UNTRAINED)
    }
    assert of["sae"] == of["neurons"] == of[UNTRAINED]


def test_figures_count_features_and_concepts_of_each_representation(scored, query):
    figures = scored[3]
    n = query(
        "SELECT count(DISTINCT feature), count(DISTINCT concept) FROM pairs WHERE f1 > 0.5 AND "
        "representation = 'sae' AND concept NOT LIKE 'Amino acid%'"
    )[0]
    assert (figures["sae_features_with_concept"], figures["sae_concepts_covered"]) == n
    assert n[1] > 0


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
    assert sum(meta["rejected"].values()) == N + len(COLUMNS) - 2


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


def test_a_baseline_that_is_not_known_is_refused(scored):
    _, subject, annotated, _, _ = scored
    with pytest.raises(UserError, match="baselines may be neurons, random_sae, pca, got kmeans"):
        score_representations(
            SCORER, subject, annotated, baselines=["kmeans"], untrained=None,
            device=torch.device("cpu"), on_block=lambda block: None,
        )  # fmt: skip
