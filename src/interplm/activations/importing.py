"""One's own activations as a store, in which everything else finds them."""

from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from interplm.activations.dataset import is_done, locked_shards
from interplm.activations.fingerprint import Fingerprint
from interplm.activations.foreign import ForeignActivations
from interplm.activations.shard import shard_path
from interplm.activations.shard_writer import new_shard
from interplm.proteins import n_shards as count_shards

# What is not known of activations that another program made.
UNKNOWN = "unknown"


def import_activations(
    activations: ForeignActivations,
    folder: Path,
    *,
    plm: str,
    layer: int,
    dtype: str,
    proteins_per_shard: int,
    weights_sha256: str = UNKNOWN,
) -> None:
    """Write a store; what an interrupted call left is kept, and a finished store is found.

    Args:
        activations: of proteins, see `open_activations`.
        folder: of the store, made if needed.
        plm: name of the model that they come from.
        layer: that they were read at.
        dtype: of what is stored, float16 or float32.
        proteins_per_shard: all shards but the last hold so many.
        weights_sha256: of that model, as `plm.weights_sha256` says it. Without it fidelity is not
            measured, since nothing says that a model is the one that made them.

    Raises:
        FingerprintMismatch: if the folder holds other activations.
        UserError: if values are not finite or do not fit into the dtype.
    """
    lengths = [length for _, length in activations.proteins]
    n_shards = count_shards(len(lengths), proteins_per_shard)
    fingerprint = Fingerprint(
        plm=plm,
        weights_sha256=weights_sha256,
        tokenizer_sha256=UNKNOWN,
        layer=layer,
        d_model=activations.d_model,
        max_residues=max(lengths),
        window_overlap=0,
        dtype=dtype,
        computed_in=UNKNOWN,
        proteins_sha256=activations.sha256(),
        selection="imported" if activations.has_borders else "imported, blocks of rows as proteins",
        unknown_residues=UNKNOWN,
    )
    with tqdm(total=sum(lengths), unit="residue", unit_scale=True, desc=plm) as bar:
        for index in range(n_shards):
            members = range(len(lengths))[index * proteins_per_shard :][:proteins_per_shard]
            path = shard_path(folder, index)
            if not is_done(path, fingerprint, n_shards):
                with locked_shards([path]):
                    _write(activations, members, path, fingerprint, index, n_shards)
            bar.update(sum(lengths[protein] for protein in members))


def _write(
    activations: ForeignActivations,
    members: Sequence[int],
    path: Path,
    fingerprint: Fingerprint,
    index: int,
    n_shards: int,
) -> None:
    with new_shard(
        path,
        fingerprint=fingerprint,
        accessions=[activations.proteins[protein][0] for protein in members],
        lengths=[activations.proteins[protein][1] for protein in members],
        shard_index=index,
        n_shards=n_shards,
    ) as writer:
        for position, protein in enumerate(members):
            writer.write(position, 0, activations.read(protein))
