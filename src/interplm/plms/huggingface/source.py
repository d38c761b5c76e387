"""Where the files of a model are: a folder, or a repository of the hub in its cache."""

from pathlib import Path

from interplm.errors import MissingArtifact
from interplm.files.hub import snapshot

CONFIG_FILE = "config.json"
# Nothing of these is code. Weights in other places of a repository (onnx/, original/) are left out.
_DESCRIPTIONS = (
    CONFIG_FILE, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "*.model",
)  # fmt: skip
_SAFETENSORS = ("model*.safetensors", "model.safetensors.index.json")
_PYTORCH = ("pytorch_model*.bin", "pytorch_model.bin.index.json")


def model_folder(source: str, *, revision: str | None, with_weights: bool) -> Path:
    """The local folder of a model, with everything that reading it takes.

    Args:
        source: a folder, or owner/name on the hub.
        revision: of the repository: branch, tag or commit; None for the main branch.
        with_weights: download these too; safetensors where there are any.

    Raises:
        MissingArtifact: if a local folder holds no model.
        UserError: if the hub has no such model, or cannot be reached.
    """
    folder = Path(source)
    if not folder.is_dir():
        if folder.is_absolute() or source.count("/") != 1:
            raise MissingArtifact(
                f"{source} is neither a folder nor owner/name on the Hugging Face hub: correct "
                "plm.source."
            )
        folder = _from_hub(source, revision=revision, with_weights=with_weights)
    if not (folder / CONFIG_FILE).is_file():
        raise MissingArtifact(
            f"{folder} holds no model ({CONFIG_FILE} is missing): give plm.source=<folder> as "
            "transformers saves one, or owner/name on the Hugging Face hub."
        )
    return folder


def _from_hub(repo_id: str, *, revision: str | None, with_weights: bool) -> Path:
    if not with_weights:
        return snapshot(repo_id, revision=revision, patterns=_DESCRIPTIONS)
    folder = snapshot(repo_id, revision=revision, patterns=_DESCRIPTIONS + _SAFETENSORS)
    if not any(folder.glob(_SAFETENSORS[0])):
        folder = snapshot(repo_id, revision=revision, patterns=_DESCRIPTIONS + _PYTORCH)
    return folder


def weight_files(folder: Path) -> list[Path]:
    """Files of the weights, safetensors before PyTorch's, in the order of their names.

    Raises:
        MissingArtifact: if there are none.
    """
    for pattern in (_SAFETENSORS[0], _PYTORCH[0]):
        found = sorted(folder.glob(pattern))
        if found:
            return found
    raise MissingArtifact(
        f"{folder} holds no weights (neither {_SAFETENSORS[0]} nor {_PYTORCH[0]}): download the "
        "model whole, or save it with save_pretrained."
    )
