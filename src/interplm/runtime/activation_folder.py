"""The folder of a dataset's activations at one layer."""

from typing import Any

from interplm.runtime.folder import Folder


class ActivationFolder(Folder):
    """Shards carry what they were made from; beside them stands how to find that again.

        config.yaml     the marker: PLM, layer and dataset
        inputs.yaml     the PLM's settings and the file of the proteins
        shard_*.h5      the activations

    Args:
        path: of the folder; made when it is claimed.
    """

    kind, what, key = "activations", "activations", "dataset"
    files = ("inputs.yaml",)
    is_shared = True

    @property
    def inputs(self) -> dict[str, Any]:
        """What `record_inputs` was given; empty where activations came from elsewhere."""
        return super().inputs if self._inputs.exists() else {}
