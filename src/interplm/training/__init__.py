"""Training of SAEs: the LightningModule, schedules, dead-feature tracking, logs and callbacks."""

from interplm.training.feature_activity import FeatureActivity
from interplm.training.loggers import WandbRun
from interplm.training.metrics_csv import MetricsCSV
from interplm.training.module import SAELightningModule
from interplm.training.schedules import SparsityWarmup, warmup_decay_lr

__all__ = [
    "FeatureActivity",
    "MetricsCSV",
    "SAELightningModule",
    "SparsityWarmup",
    "WandbRun",
    "warmup_decay_lr",
]
