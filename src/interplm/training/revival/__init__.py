"""Remedies for dead features, one file each; every one works with every architecture."""

from interplm.training.revival.auxk import AuxK
from interplm.training.revival.base import NoRevival, Revival
from interplm.training.revival.ghost_gradients import GhostGradients
from interplm.training.revival.pre_activation import PreActivationLoss
from interplm.training.revival.resampling import Resampling

__all__ = ["AuxK", "GhostGradients", "NoRevival", "PreActivationLoss", "Resampling", "Revival"]
