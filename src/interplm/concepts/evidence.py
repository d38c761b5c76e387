"""Which annotations are taken, by their evidence."""

import re
from collections.abc import Sequence

from interplm.errors import UserError

# Experimental in UniProtKB (https://www.uniprot.org/help/evidences): published experiments; large
# scale experiments and structures read by curators or by program, with the codes used before.
EXPERIMENTAL = (
    "ECO:0000269",  # experimental evidence, manual assertion
    "ECO:0007744",  # combinatorial, computational and experimental, manual assertion
    "ECO:0007829",  # the same, automatic assertion, such as helices of a PDB entry
    "ECO:0000244",  # ECO:0007744 before 2021
    "ECO:0000213",  # ECO:0007829 before 2021
)
_CODE = re.compile(r"ECO:\d{7}")


def is_evidence(text: str) -> bool:
    """Whether it is a code, with or without a source: "ECO:0000269|PubMed:15302536"."""
    return _CODE.match(text) is not None


class EvidenceFilter:
    """Takes an annotation if one of its pieces of evidence has a code that is asked for.

    An annotation without evidence, as in tables exported without it, passes "any" alone.

    Args:
        wanted: "any", "experimental" (`EXPERIMENTAL`), or codes such as ["ECO:0000269"].

    Raises:
        UserError: for anything else.
    """

    complaint = "its evidence is not of the kind asked for"

    def __init__(self, wanted: str | Sequence[str]) -> None:
        self._wanted = wanted
        codes = [wanted] if isinstance(wanted, str) else list(wanted)
        self._codes: frozenset[str] | None
        if codes == ["any"]:
            self._codes = None
        elif codes == ["experimental"]:
            self._codes = frozenset(EXPERIMENTAL)
        elif codes and all(_CODE.fullmatch(code) for code in codes):
            self._codes = frozenset(codes)
        else:
            raise UserError(
                "concepts.source.evidence must be any, experimental or a list of codes such as "
                f"[ECO:0000269], got {wanted}."
            )

    def accepts(self, evidence: tuple[str, ...]) -> bool:
        """Whether an annotation with this evidence ("code|source") is taken."""
        if self._codes is None:
            return True
        return any(item.partition("|")[0] in self._codes for item in evidence)

    def nothing_left(self, source: str, n_annotations: int) -> UserError:
        """What to say where no annotation of a source passes."""
        return UserError(
            f"{source}: none of {n_annotations:,} annotations has the evidence asked for "
            f"({self._wanted}): set concepts.source.evidence=any, or use files that state it."
        )
