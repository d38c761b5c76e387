"""One entry for all formats: a folder, a file or a Hugging Face repository, recognised."""

import re
from collections.abc import Callable
from pathlib import Path

from interplm.errors import MissingArtifact
from interplm.interchange import dictionary_learning, original, sae_lens
from interplm.interchange.hub import download
from interplm.interchange.imported import Imported, export_in
from interplm.interchange.tensor_files import read_json
from interplm.sae import NormalizedSAE, SparseAutoencoder
from interplm.sae.export import DESCRIPTION_FILE, load_sae, read_description

OURS = "InterPLM"
# owner/name, then perhaps a folder in the repository.
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*(/[\w.-]+)*")


def load(source: str | Path) -> SparseAutoencoder | NormalizedSAE:
    """Load an SAE of any format that is known, in evaluation mode, on the CPU.

    Args:
        source: the folder of an export or a finished run, or one that the original InterPLM,
            dictionary_learning or SAELens wrote; a file of the original InterPLM; or the id of a
            Hugging Face repository, `owner/name`, with a folder or file in it,
            `owner/name/folder`.

    Returns:
        A NormalizedSAE for `ae_normalized.pt` of the original InterPLM's version 1.0, which keeps
        maxima beside the weights, and the plain SAE otherwise.

    Raises:
        MissingArtifact: if there is nothing of a format that is known.
        BrokenArtifact: if a file is damaged.
        UserError: if no architecture here computes the SAE, or the hub cannot be reached.
    """
    return read(source).sae


def read(source: str | Path) -> Imported:
    """Load an SAE as `load` does, with what its files say of it."""
    path = Path(source)
    if not path.exists():
        if not _REPOSITORY.fullmatch(str(source)):
            raise MissingArtifact(
                f"{source} does not exist, and is not the id of a Hugging Face repository "
                "(owner/name): give the folder of an SAE."
            )
        path = download(str(source))
    return _reader(path, source)(path)


def _reader(path: Path, source: str | Path) -> Callable[[Path], Imported]:
    """By the file that no other format has."""
    export = export_in(path)
    if export is not None:
        return lambda _: _ours(export)
    if (path / sae_lens.CONFIG_FILE).exists():
        return sae_lens.load_sae_lens
    if _is_of_dictionary_learning(path):
        return dictionary_learning.load_dictionary_learning
    if path.is_file() or any((path / name).exists() for name in original.FILES):
        return original.load_original
    raise MissingArtifact(
        f"{source} holds no SAE of a known format. Looked for: {DESCRIPTION_FILE} or "
        f"sae/{DESCRIPTION_FILE} (InterPLM), {sae_lens.CONFIG_FILE} (SAELens), "
        f"{dictionary_learning.CONFIG_FILE} with trainer.dict_class (dictionary_learning), "
        f"{', '.join(original.FILES)} (original InterPLM). Give the folder that holds one."
    )


def _ours(folder: Path) -> Imported:
    trained_on = read_description(folder)["trained_on"]
    return Imported(sae=load_sae(folder), format=OURS, trained_on=trained_on)


def _is_of_dictionary_learning(path: Path) -> bool:
    """The original InterPLM's first release writes such a config too, but names a PLM in it."""
    config = path / dictionary_learning.CONFIG_FILE
    if not config.exists():
        return False
    trainer = dictionary_learning.trainer_of(read_json(config))
    return trainer is not None and "plm_name" not in trainer
