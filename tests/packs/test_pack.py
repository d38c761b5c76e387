import pytest
import torch
from tests.damage import damaged_copies
from tests.packs.packs import LAYER, label, small_pack

from interplm.errors import BrokenArtifact, FingerprintMismatch, MissingArtifact, UserError
from interplm.packs import load_pack, save_pack
from interplm.packs.pack import FILES, PACK_FILE, pack_sha256, read_pack_description
from interplm.sae import load_sae


def test_a_pack_comes_back_as_it_was(tmp_path):
    pack = small_pack()
    save_pack(pack, tmp_path)
    again = load_pack(tmp_path)
    x = torch.randn(7, 112)
    assert torch.equal(again.sae.encode(x), pack.sae.encode(x))
    assert again.labels == pack.labels
    assert torch.equal(again.logos[2], pack.logos[2])
    assert (again.trained_on, again.about, again.layer) == (pack.trained_on, pack.about, 2)


def test_a_pack_is_an_exported_sae_too(tmp_path):
    save_pack(small_pack(), tmp_path)
    assert load_sae(tmp_path).d_sae == 16


@pytest.mark.parametrize("name", [PACK_FILE, *FILES])
def test_a_file_that_is_missing_is_named(name, tmp_path):
    save_pack(small_pack(), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(MissingArtifact, match=name):
        load_pack(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_damage_is_noticed_in_every_file(name, tmp_path):
    save_pack(small_pack(), tmp_path)
    for _ in damaged_copies(tmp_path / name, n_flips=5, n_zeroed=2, n_cuts=2):
        with pytest.raises(UserError):
            load_pack(tmp_path)
    load_pack(tmp_path)


def test_damage_of_the_description_is_an_error_and_not_another_value(tmp_path):
    save_pack(small_pack(), tmp_path)
    whole, n_noticed = read_pack_description(tmp_path), 0
    for how in damaged_copies(tmp_path / PACK_FILE, n_flips=150, n_zeroed=10, n_cuts=20):
        try:
            assert read_pack_description(tmp_path) == whole, how
        except BrokenArtifact:
            n_noticed += 1
    assert n_noticed > 150


def test_a_pack_of_before_there_were_checksums_is_read(tmp_path):
    save_pack(small_pack(), tmp_path)
    path = tmp_path / PACK_FILE
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    assert load_pack(tmp_path).layer == LAYER


def test_nothing_outside_the_folder_is_read(tmp_path):
    folder = tmp_path / "pack"
    save_pack(small_pack(), folder)
    path = folder / PACK_FILE
    path.write_text(path.read_text().replace("labels.tsv:", "../labels.tsv:"))
    (folder / "labels.tsv").rename(tmp_path / "labels.tsv")
    with pytest.raises(BrokenArtifact, match=r"pack.yaml is damaged: get the whole pack again"):
        load_pack(folder)


def test_a_label_of_a_feature_that_is_not_there_is_refused(tmp_path):
    pack = small_pack()
    save_pack(pack, tmp_path)
    broken = type(pack)(
        sae=pack.sae, labels={99: label(99)}, logos={}, trained_on=pack.trained_on, about={}
    )
    save_pack(broken, tmp_path)
    with pytest.raises(FingerprintMismatch, match="labels feature 99, but the SAE has 16"):
        load_pack(tmp_path)


def test_another_version_and_another_file_are_refused(tmp_path):
    save_pack(small_pack(), tmp_path)
    path = tmp_path / PACK_FILE
    whole = path.read_text()
    path.write_text(whole.replace("schema_version: 2", "schema_version: 7"))
    with pytest.raises(BrokenArtifact, match="schema version 7"):
        load_pack(tmp_path)
    path.write_text("kind: run\n")
    with pytest.raises(BrokenArtifact, match="does not describe a feature pack"):
        load_pack(tmp_path)


def test_another_label_is_another_pack(tmp_path):
    save_pack(small_pack(), tmp_path / "a")
    save_pack(small_pack(), tmp_path / "b")
    assert pack_sha256(tmp_path / "a") == pack_sha256(tmp_path / "b")
    pack = small_pack()
    pack.labels[2] = label(2, label="something else")
    save_pack(pack, tmp_path / "b")
    assert pack_sha256(tmp_path / "a") != pack_sha256(tmp_path / "b")
