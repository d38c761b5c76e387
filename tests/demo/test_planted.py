import re

import pytest

from interplm.demo.planted import ANYWHERE, C_TERMINAL, N_TERMINAL, Dice, planted_concepts

PLANTERS = [*N_TERMINAL, *C_TERMINAL, *ANYWHERE]
PATTERNS = {
    "signal_peptide": r"M[KR]{1,3}[LAVIF]{10,14}[ST]A[LQFT]A",
    "transit_peptide": r"M[LSRATQV]{20,30}RRYYS",
    "myristoylation": r"MGN[ST]KSK.[KR]{2}.{3}",
    "zinc_fingers": r"([YF].C..CG..F.{5}L..H..{2}HTGEKP){2,5}",
    "coiled_coil": r"([LIV].{2}[LM].{3}){4,8}",
    "membrane_helix": r"[KR]{3}[LIVFAGW]{21}[KR]{3}",
    "p_loop": r"[VIL]{4}G.{4}GK[ST].{9}",
    "calcium_loop": r".{6}D.D.DG.[ILV]..[DEKP]EF.{8}",
    "disulfide_pair": r".{3}C.{2}QNCP.G.{2}",
    "glycosylation": r"..N[^P][ST].*",
    "phosphoserine": r".LRRAS[LV]G.{2}",
    "nuclear_localization": r"KR.{10}[KR]{4}",
    "retention_signal": r"[DE]{3}KDEL",
    "serine_active_site": r".CQGDSGGP.*C|[AMQC]CQGDSGGP.*",
    "collagen": r"(G..){6,14}",
}


@pytest.mark.parametrize("plant", PLANTERS, ids=lambda plant: plant.__name__)
def test_features_lie_inside_their_segment_and_cover_what_the_pattern_says(plant):
    for seed in range(50):
        segment = plant(Dice(seed))
        assert segment.features
        for feature in segment.features:
            assert 1 <= feature.start <= feature.end <= len(segment.sequence)
        if plant.__name__ in PATTERNS:
            assert re.fullmatch(PATTERNS[plant.__name__], segment.sequence), segment.sequence


@pytest.mark.parametrize(
    ("name", "residue"),
    [("disulfide_pair", "C"), ("glycosylation", "N"), ("phosphoserine", "S"),
     ("serine_active_site", "S"), ("myristoylation", "G")],
)  # fmt: skip
def test_annotated_residues_have_the_chemistry_they_need(name, residue):
    plant = next(p for p in PLANTERS if p.__name__ == name)
    for seed in range(50):
        segment = plant(Dice(seed))
        for feature in segment.features:
            assert segment.sequence[feature.start - 1] == residue
            assert segment.sequence[feature.end - 1] == residue


def test_the_same_seed_gives_the_same_draws():
    assert [Dice(5).below(100) for _ in range(3)] == [Dice(5).below(100) for _ in range(3)]
    assert Dice(5).letters("ACDE", 20) != Dice(6).letters("ACDE", 20)


def test_every_planter_contributes_a_concept():
    assert len(planted_concepts()) == len(PLANTERS)
