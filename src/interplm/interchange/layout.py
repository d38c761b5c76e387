"""What a format of others is to this package."""

from collections.abc import Callable
from dataclasses import dataclass

from interplm.interchange.imported import Imported
from interplm.interchange.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A format that can be recognised by what it holds, and read.

    Attributes:
        name: of the toolkit, as in `Imported.format`.
        looked_for: what it is recognised by, for a message.
        recognises: whether a source is of this format.
        read: what is in it, once it has been recognised. It raises BrokenArtifact for what does
            not fit, MissingArtifact for a file that lacks, and UserError for an SAE that no
            architecture of ours computes or that the user has to say more of.
        has_layers: whether one source may hold the SAEs of several layers.
    """

    name: str
    looked_for: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Imported]
    has_layers: bool = False
