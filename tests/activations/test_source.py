import lightning as L
import numpy as np
import pytest
import torch
from tests.activations.stores import fingerprint

from interplm.activations import ActivationStatistics
from interplm.activations.source import check_source
from interplm.errors import UserError


class Loader:
    """Batches that can be gone on from; Lightning takes a list for several loaders."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


class Foreign(L.LightningDataModule):
    """What somebody else may write: 50 residues of noise, over and over."""

    n_validation_residues = 50
    fingerprint = fingerprint(d_model=6)
    statistics = ActivationStatistics(
        n_residues=50, mean=np.zeros(6), variance=np.ones(6), is_exact=False
    )

    def training_accessions(self):
        return {"P1"}

    def train_dataloader(self):
        return Loader(torch.randn(5, 10, 6))

    def val_dataloader(self):
        return Loader([torch.randn(50, 6)])


def without(name):
    made = type("Foreign", (Foreign,), {})()
    hidden = property(lambda self: (_ for _ in ()).throw(AttributeError(name)))
    setattr(type(made), name, hidden)
    return made


def test_a_source_with_all_parts_is_given_back():
    made = Foreign()
    assert check_source(made) is made


@pytest.mark.parametrize("name", ["fingerprint", "statistics", "training_accessions"])
def test_a_part_that_is_missing_is_named_with_both_ways_out(name):
    wanted = rf"lacks {name}: add them as .*ActivationSource .*import_activations"
    with pytest.raises(UserError, match=wanted):
        check_source(without(name))


def test_a_loader_that_cannot_go_on_is_named():
    made = Foreign()
    made.train_dataloader = lambda: [torch.zeros(2, 6)]
    wanted = r"lacks train_dataloader\(\).state_dict, train_dataloader\(\).load_state_dict:"
    with pytest.raises(UserError, match=wanted):
        check_source(made)


def test_a_bare_datamodule_lacks_nearly_everything():
    with pytest.raises(UserError, match="lacks fingerprint, statistics, n_validation_residues, "):
        check_source(L.LightningDataModule())
