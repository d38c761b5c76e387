import pytest
import torch
from tests.features.small_run import identity_sae, write_all, write_run

from interplm.errors import FingerprintMismatch, MissingArtifact
from interplm.features.subject import open_subject
from interplm.sae import save_sae

EMBED = "python -m interplm.embed plm=small layers=[3]"


@pytest.fixture
def opened(tmp_path):
    write_all(tmp_path)

    def opened(folder="run", dataset="annotated"):
        return open_subject(
            tmp_path / folder / "sae",
            activations=tmp_path / "activations",
            dataset=dataset,
            embed=EMBED,
        )

    return opened


def test_the_activations_of_the_sae_s_plm_and_layer_are_found(opened):
    subject = opened()
    assert subject.store.n_proteins == 120
    assert torch.equal(subject.sae.W_enc, identity_sae().W_enc)
    assert subject.identity()["activations"]["layer"] == 3


def test_other_weights_give_another_identity(opened, tmp_path):
    run = write_run(tmp_path / "other")
    sae = identity_sae()
    with torch.no_grad():
        sae.b_dec += 1
    save_sae(sae, run.sae, fingerprint=opened().store.fingerprint.as_dict())
    assert opened("other").identity() != opened().identity()
    assert opened("other").identity()["activations"] == opened().identity()["activations"]


def test_missing_activations_name_the_command(opened):
    with pytest.raises(MissingArtifact, match=r"layer_3/elsewhere: run `python -m interplm.embed"):
        opened(dataset="elsewhere")


def test_activations_of_other_weights_are_refused_with_the_mend(opened, tmp_path):
    write_run(tmp_path / "foreign", weights_sha256="ef" * 32)
    with pytest.raises(
        FingerprintMismatch,
        match=r"trained on .*weights_sha256=efef.* weights_sha256=abab.* fresh=true` with the PLM",
    ):
        opened("foreign")


def test_an_export_that_does_not_say_what_it_was_trained_on_is_refused(opened, tmp_path):
    save_sae(identity_sae(), tmp_path / "bare" / "sae", fingerprint={})
    with pytest.raises(FingerprintMismatch, match="does not say which plm, weights_sha256"):
        opened("bare")
