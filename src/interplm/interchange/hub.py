"""SAEs on the Hugging Face hub, by the package `huggingface_hub` of the extra `huggingface`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from interplm.errors import MissingArtifact, UserError
from interplm.files.offline import is_offline
from interplm.interchange import esmc, one_layer, original, sae_lens
from interplm.interchange.imported import export_in
from interplm.interchange.model_card import model_card
from interplm.interchange.sae_lens_inputs import SCALER_FILE, WHITENING_FILE
from interplm.interchange.tensor_files import read_json, read_yaml
from interplm.sae import load_sae
from interplm.sae.export import DESCRIPTION_FILE, WEIGHTS_FILE, read_description
from interplm.sae.normalized import MAXIMA_FILE, load_maxima

# All that any format reads by name; a repository may hold gigabytes beside.
_WANTED = (
    DESCRIPTION_FILE,
    WEIGHTS_FILE,
    MAXIMA_FILE,
    sae_lens.CONFIG_FILE,
    sae_lens.WEIGHTS_FILE,
    SCALER_FILE,
    WHITENING_FILE,
    esmc.CONFIG_FILE,
    original.CONFIG_FILE,
    *original.FILES,
)
# Beside a file, or above a folder, that is asked for.
_BESIDE = (sae_lens.CONFIG_FILE, esmc.CONFIG_FILE, original.CONFIG_FILE)
_MOST_NAMES = 12


def push(
    source: str | Path, repo_id: str, *, private: bool, license: str, beside: Sequence[str] = ()
) -> str:
    """Upload an exported SAE with a model card, as one commit.

    Args:
        source: folder of an export, or of the finished run that holds one; the run's figures go
            into the card.
        repo_id: owner/name; made if needed.
        private: whether a new repository is.
        license: of the weights, by the hub's identifier, such as mit.
        beside: names of further files in the folder of the export, as of a feature pack.

    Returns:
        Address of the repository.

    Raises:
        UserError: if the repository already holds an SAE, the hub refuses, or the package is
            absent.
        MissingArtifact: if there is no export.
        BrokenArtifact: if it is damaged.
    """
    hub = _package()
    folder = export_in(Path(source))
    if folder is None:
        raise MissingArtifact(
            f"{source} holds no exported SAE: give a finished run, or the folder that `python -m "
            "interplm.convert source=... target=<folder>` wrote."
        )
    names = dict.fromkeys((WEIGHTS_FILE, DESCRIPTION_FILE, MAXIMA_FILE, *beside))
    files = [folder / name for name in names]
    card = _card(folder, repo_id, license=license)
    api = hub.HfApi(library_name="interplm")
    with _plain_errors(repo_id):
        url = api.create_repo(repo_id, private=private, exist_ok=True)
        if api.file_exists(repo_id, DESCRIPTION_FILE):
            raise UserError(
                f"{repo_id} holds an SAE already, which nothing is to replace unasked: choose "
                "another repository, or delete its files on the hub."
            )
        contents = {path.name: path for path in files if path.exists()}
        operations = [
            hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
            for name, content in (contents | {"README.md": card.encode()}).items()
        ]
        api.create_commit(repo_id, operations, commit_message="Add a sparse autoencoder")
    return str(url)


def download(address: str, *, layer: int | None = None) -> Path:
    """The files of an SAE, from the hub or its cache.

    Args:
        address: `owner/name`, or `owner/name/folder` for one of several SAEs, or
            `owner/name/folder/file` for a file of any name.
        layer: which SAE of a repository that has one for each layer, in files or folders of their
            own.

    Returns:
        The local folder that holds them, or what they lie in, or the file.

    Raises:
        MissingArtifact: if the repository has nothing that may be an SAE there.
        UserError: if the hub has no such repository or cannot be reached, or the package is
            absent.
    """
    owner, name, *inside = address.split("/")
    folders = [inside] + [[*inside, f"layer_{layer}"]] * (layer is not None)
    wanted = [[*folder, file] for folder in folders for file in _WANTED]
    wanted += [[*inside[:-1], file] for file in _BESIDE]
    found = _fetched(address, f"{owner}/{name}", [inside, *wanted]) / Path(*inside)
    if not found.exists():
        raise MissingArtifact(_nothing_there(address, f"{owner}/{name}"))
    if found.is_dir():
        weights = _weights_by_config(found, layer=layer)
        _fetched(address, f"{owner}/{name}", [[*inside, file] for file in weights])
    return found


def fetch(repository: str, files: list[str]) -> Path:
    """The local root of a repository, `owner/name`, with those of these files that it has.

    Raises:
        UserError: if the hub has no such repository or cannot be reached, or the package is
            absent.
    """
    return _fetched(repository, repository, [[file] for file in files])


def _fetched(address: str, repository: str, files: list[list[str]]) -> Path:
    """The local root of a repository with those of these files that it has."""
    hub = _package()
    with _plain_errors(f"{address} is no folder here, and"):
        root = hub.snapshot_download(
            repository,
            allow_patterns=["/".join(parts) for parts in files if parts],
            library_name="interplm",
            local_files_only=is_offline(),
        )
    return Path(root)


def _weights_by_config(folder: Path, *, layer: int | None) -> list[str]:
    """Weights that only the config tells from those of a language model, which are large."""
    path = folder / esmc.CONFIG_FILE
    config = read_json(path) if path.is_file() else {}
    if one_layer.settings_of(config):
        return [one_layer.WEIGHTS_FILE]
    file = esmc.layer_file(config, layer)
    return [] if file is None else [file]


def _nothing_there(address: str, repository: str) -> str:
    hub = _package()
    with _plain_errors(f"{address} is no folder here, and"):
        files = [file for file in hub.HfApi().list_repo_files(repository) if file[0] != "."]
    more = f" and {len(files) - _MOST_NAMES} more" * (len(files) > _MOST_NAMES)
    return (
        f"{address} holds no SAE of a known format. The repository has "
        f"{', '.join(files[:_MOST_NAMES]) or 'no files'}{more}: give one of them, as "
        f"{repository}/<file or folder>."
    )


def _card(folder: Path, repo_id: str, *, license: str) -> str:
    """Reads all files, so nothing damaged is uploaded."""
    has_maxima = (folder / MAXIMA_FILE).exists()
    if has_maxima:
        load_maxima(folder)
    result = folder.parent / "result.yaml"
    of_run = folder.name == "sae" and result.exists()
    return model_card(
        repo_id,
        description=read_description(folder),
        d_sae=load_sae(folder).d_sae,
        figures=read_yaml(result) if of_run else {},
        has_maxima=has_maxima,
        license=license,
    )


def _package() -> ModuleType:
    try:
        import huggingface_hub
    except ImportError as error:
        raise UserError(
            "The Hugging Face hub needs the package huggingface_hub: install the extra with "
            "`pip install interplm[huggingface]`, or give a local folder."
        ) from error
    return huggingface_hub


@contextmanager
def _plain_errors(subject: str) -> Iterator[None]:
    """What the hub or the network refuses, as one sentence that begins with `subject`."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    # FileNotFoundError: no connection, and nothing of it in the cache.
    expected: tuple[type[Exception], ...]
    expected = (HFValidationError, FileNotFoundError, *_http_errors(HfHubHTTPError))
    try:
        yield
    except expected as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise UserError(
            f"{subject} could not be used on the Hugging Face hub ({reason}): check the name and "
            "the connection, and log in with `hf auth login` for what is private or to be written."
        ) from error


def _http_errors(hub_error: type[Exception]) -> list[type[Exception]]:
    """The hub's own error and the one it extends, which also stands for a lost connection.

    That is one of requests, httpx or httpx2, by the version of huggingface_hub.
    """
    return [
        base
        for base in hub_error.__mro__
        if issubclass(base, Exception) and base not in (Exception, OSError)
    ]
