"""The demonstration from end to end: planted concepts are found, shuffled ones are not."""

import csv
import re
from collections import Counter

import numpy as np
import pytest
from tests.jobs import run

from interplm.demo import planted_concepts
from interplm.demo.proteome import COLUMNS
from interplm.features.database.writer import open_database
from interplm.features.multiple_testing import q_values

pytestmark = pytest.mark.demo
ANNOTATIONS = slice(COLUMNS.index("Active site"), COLUMNS.index("Zinc finger") + 1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The data folder and the run folder of `make demo`."""
    data = tmp_path_factory.mktemp("demo")
    said = run("pipeline", "experiment=demo", data=data, OMP_NUM_THREADS="2").stdout
    found = re.search(r"Next: python -m interplm\.explore run=(\S+)", said)
    assert found, said
    return data, found[1]


def queried(database, query):
    with open_database(database) as connection:
        return connection.execute(query).fetchall()


def planted_in(database):
    """The concepts that were planted, by the names that the database gives them."""
    rows = queried(database, "SELECT concept, aliases FROM concepts")
    names = {name: concept for concept, aliases in rows for name in (concept, *aliases)}
    return {names[concept] for concept in planted_concepts() if concept in names}


def test_most_planted_concepts_are_found_and_more_than_any_baseline_finds(demo):
    _, folder = demo
    database = f"{folder}/score/features.duckdb"
    chosen = queried(database, "SELECT representation, concept, f1 FROM pairs WHERE best_by_f1")
    planted = planted_in(database)
    assert len(planted) == len(planted_concepts()) == 21
    found = Counter(name for name, concept, f1 in chosen if concept in planted and f1 > 0.5)
    # One of them not even a linear probe finds. 18 to 20 were found in each of 13 trainings that
    # differ in seed, rate or the processor's order of sums; three are now found and now not.
    assert found["sae"] >= 0.8 * len(planted)
    others = {name for name, *_ in chosen} - {"sae", "linear_probe"}
    assert len(others) == 7
    assert found["sae"] > max(found[name] for name in others)


def test_the_headline_ranks_the_sae_above_every_random_one_and_controls_at_chance(demo):
    _, folder = demo
    database = f"{folder}/score/features.duckdb"
    rows = queried(
        database,
        "SELECT representation, mean_average_precision, mean_average_precision_low, mean_chance, "
        "n_controls, n_controls_covered, controls_mean_average_precision, controls_mean_chance, l0 "
        "FROM representations",
    )
    found = {name: figures for name, *figures in rows}
    sae, random = found["sae"], [found[f"random_sae_seed{seed}"] for seed in range(5)]
    assert all(sae[1] > seed[0] > sae[2] for seed in random)
    assert all(abs(seed[-1] / sae[-1] - 1) < 0.1 for seed in random)
    for _, _, _, n, covered, controls, chance, _ in found.values():
        assert (n, covered) == (10, 0)
        assert controls < chance + 0.05
    ahead = queried(
        database, "SELECT clusters_low, concepts_low FROM differences WHERE baseline LIKE 'random%'"
    )
    assert len(ahead) == 6
    assert min(min(row) for row in ahead) > 0


def test_no_concept_is_significant_once_annotations_are_shuffled_between_proteins(demo, tmp_path):
    data, folder = demo
    with (data / "demo" / "demo_proteome.tsv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    # Neighbours in length exchange, so that few annotations lie beyond the end of their protein.
    rows.sort(key=lambda row: len(row[header.index("Sequence")]))
    moved = [row[ANNOTATIONS] for row in rows[7:] + rows[:7]]
    for row, annotations in zip(rows, moved, strict=True):
        row[ANNOTATIONS] = annotations
    table = tmp_path / "shuffled.tsv"
    table.write_text("\n".join("\t".join(row) for row in [header, *rows]) + "\n", encoding="utf-8")
    run(
        "score", f"run={folder}", f"folder={tmp_path / 'shuffled'}", "proteins=demo",
        "concepts=demo", f"concepts.source.path={table}", "split=accession", "baselines=[]",
        data=data, OMP_NUM_THREADS="2",
    )  # fmt: skip
    database = tmp_path / "shuffled" / "features.duckdb"
    names = ", ".join(f"'{concept}'" for concept in planted_in(database))
    pairs = queried(
        database,
        "SELECT concept, p_value, f1_corrected FROM pairs WHERE representation = 'sae' AND "
        f"concept IN ({names}) AND best_by_average_precision ORDER BY p_value",
    )
    # One at the very end of its protein may lie beyond the end of another.
    assert len(pairs) >= 0.9 * len(planted_concepts())
    # Adjusted among themselves: the amino acids in the table are no shuffled annotation.
    adjusted = q_values(np.array([p_value for _, p_value, _ in pairs]))
    assert adjusted.min() > 0.05, pairs[:3]
    # No figure that stands in a headline is above chance.
    precision, chance, covered, by_residue = queried(
        database,
        "SELECT mean_average_precision, mean_chance, n_covered_corrected, n_covered_residue "
        "FROM representations WHERE representation = 'sae'",
    )[0]
    assert precision < chance + 0.05
    assert (covered, by_residue) == (0, 0)
