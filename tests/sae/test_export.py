import subprocess
import sys

import pytest
import torch
import yaml
from tests.damage import damaged_copies
from tests.sae.architectures import fitted, residues

from interplm.errors import BrokenArtifact, InaccessibleFile, MissingArtifact
from interplm.sae import load_sae, save_sae
from interplm.sae.export import read_description


@pytest.fixture
def folder(tmp_path):
    save_sae(fitted("topk"), tmp_path / "sae", fingerprint={"plm": "esm2_demo", "layer": 3})
    return tmp_path / "sae"


def unsealed(folder):
    """The description without its checksums, as earlier versions wrote it."""
    description = read_description(folder)
    del description["weights_sha256"]
    return description


def test_the_description_says_what_the_sae_is_and_was_trained_on(folder):
    description = read_description(folder)
    assert description["architecture"] == "topk"
    assert description["settings"]["k"] == 3
    assert description["trained_on"] == {"plm": "esm2_demo", "layer": 3}


def test_loading_imports_torch_safetensors_and_yaml_but_nothing_of_the_training_stack(folder):
    code = (
        "import sys; from interplm.sae import load_sae; load_sae(sys.argv[1]);"
        "heavy = {'lightning', 'hydra', 'omegaconf', 'h5py', 'wandb', 'esm', 'pandas', 'requests',"
        "'torchmetrics', 'gradio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_the_package_needs_torch_alone():
    code = (
        "import sys; sys.modules['safetensors'] = None; sys.modules['yaml'] = None;"
        "import interplm.sae; print('imported')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "imported"


def test_a_loaded_sae_is_in_evaluation_mode(folder):
    assert not load_sae(folder).training


@pytest.mark.parametrize("name", ["sae.yaml", "sae.safetensors"])
def test_a_missing_file_is_named_with_the_mend(folder, name):
    (folder / name).unlink()
    with pytest.raises(MissingArtifact, match=rf"{name} does not exist: give the folder of an"):
        load_sae(folder)


def test_truncated_weights_are_named(folder):
    path = folder / "sae.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(
        BrokenArtifact, match=r"sae.safetensors is damaged .*: export the SAE again"
    ):
        load_sae(folder)


def test_too_little_memory_says_nothing_against_the_file(folder, monkeypatch):
    def no_memory(*_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9")

    monkeypatch.setattr("safetensors.torch.load_file", no_memory)
    with pytest.raises(InaccessibleFile, match="not enough memory"):
        load_sae(folder)


def test_weights_of_another_size_are_refused(folder):
    description = unsealed(folder)
    description["settings"]["d_sae"] = 8
    (folder / "sae.yaml").write_text(yaml.safe_dump(description))
    with pytest.raises(BrokenArtifact, match="do not fit each other"):
        load_sae(folder)


def test_another_schema_version_is_refused(folder):
    description = unsealed(folder) | {"schema_version": 99}
    (folder / "sae.yaml").write_text(yaml.safe_dump(description))
    with pytest.raises(BrokenArtifact, match="has schema version 99, this InterPLM reads 1"):
        load_sae(folder)


@pytest.mark.parametrize("name", ["os.path", "../relu", "nonesuch", "export"])
def test_a_file_cannot_name_code_outside_the_architectures(folder, name):
    description = unsealed(folder) | {"architecture": name}
    (folder / "sae.yaml").write_text(yaml.safe_dump(description))
    with pytest.raises(BrokenArtifact, match=r"names the architecture .* which is not known"):
        load_sae(folder)


def test_an_sae_already_there_is_replaced_whole(folder):
    sae = fitted("relu")
    save_sae(sae, folder, fingerprint={})
    assert torch.equal(load_sae(folder).W_enc, sae.W_enc)
    assert sorted(path.name for path in folder.iterdir()) == ["sae.safetensors", "sae.yaml"]


def test_damage_anywhere_is_an_error_and_not_another_number(folder):
    def contents():
        return read_description(folder), load_sae(folder).state_dict()

    whole, n_found = contents(), 0
    for name in ("sae.safetensors", "sae.yaml"):
        for how in damaged_copies(folder / name, n_flips=200, n_zeroed=30, n_cuts=20):
            try:
                description, tensors = contents()
            except BrokenArtifact:
                n_found += 1
            else:
                assert description == whole[0], (name, how)
                assert all(torch.equal(tensors[key], whole[1][key]) for key in tensors), how
    assert n_found > 400


def test_an_edited_description_is_refused_unless_its_checksums_are_taken_out(folder):
    path = folder / "sae.yaml"
    written = path.read_text()
    path.write_text(written.replace("layer: 3", "layer: 4"))
    with pytest.raises(BrokenArtifact, match=r"sae.yaml is damaged, or was edited: .*`checksum`"):
        read_description(folder)
    kept = [line for line in path.read_text().splitlines() if not line.startswith(("ch", "we"))]
    path.write_text("\n".join(kept))
    assert read_description(folder)["trained_on"]["layer"] == 4


def test_an_export_of_an_earlier_version_without_checksums_is_read(folder):
    (folder / "sae.yaml").write_text(yaml.safe_dump(unsealed(folder)))
    assert load_sae(folder).d_sae == 16


def rewrite(folder, **changes):
    description = unsealed(folder)
    for key, value in changes.items():
        if value is None:
            del description[key]
        else:
            description[key] = value
    (folder / "sae.yaml").write_text(yaml.safe_dump(description))


def test_an_export_of_before_there_were_kinds_of_input_transform_is_affine(folder):
    before = load_sae(folder)
    rewrite(folder, input_transform=None)
    found = load_sae(folder)
    x = residues()
    assert torch.equal(found(x).reconstruction, before(x).reconstruction)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "whitening"},
        {"kind": "residue_standardisation"},
        {"kind": "residue_standardisation", "eps": "os.path", "correction": 1, "undone": True},
        {"kind": "residue_normalisation", "norm": 1.0, "undone": True},
        ["affine"],
    ],
)
def test_an_input_transform_that_does_not_fit_is_refused(folder, wrong):
    rewrite(folder, input_transform=wrong)
    with pytest.raises(BrokenArtifact, match=r"do not fit each other .*: export the SAE again"):
        load_sae(folder)
