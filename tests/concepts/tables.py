"""UniProtKB tables and sources for tests."""

from omegaconf import OmegaConf

from interplm.concepts import RejectedAnnotation, UniProtSource
from interplm.runtime.configs import config_folder


def uniprot_source(path, **changed):
    """The source as configs/concepts/uniprot.yaml has it, of all entries."""
    settings = OmegaConf.to_container(
        OmegaConf.load(config_folder() / "concepts" / "uniprot.yaml").source, resolve=False
    )
    del settings["_target_"]
    return UniProtSource(**(settings | {"path": path, "reviewed_only": False} | changed))


def written(path, rows):
    """A table with the columns that the rows, dicts, have together."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["\t".join(columns)]
    lines += ["\t".join(row.get(name, "") for name in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parted(source):
    """Proteins and rejections."""
    found = list(source.read())
    rejected = [row for row in found if isinstance(row, RejectedAnnotation)]
    return [row for row in found if not isinstance(row, RejectedAnnotation)], rejected
