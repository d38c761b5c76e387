"""What a visitor brings: accessions of scored proteins, a sequence, or FASTA records."""

import re
from collections.abc import Sequence

from interplm.errors import MalformedInput
from interplm.explorer.address import Address
from interplm.explorer.context import Explorer
from interplm.features.encoding.pasted import read_sequences
from interplm.features.encoding.sequence import SequenceEncoder
from interplm.proteins.records import ProteinRecord

MOST_RECORDS = 200
# Longer than any text that is accepted, so that what is too long is said and not cut.
_LONGEST = 2_000_000
# Residues are letters: a word with a digit in it is a name.
_ACCESSION = re.compile(r"(?=[^\s>]*\d)[A-Za-z0-9][\w.\-:|]{1,60}")
EXAMPLES = {
    "p53": ">sp|P04637|P53_HUMAN Cellular tumor antigen p53\n"
    "MEEPQSDPSVEPPLSQETFSDLWKLLPENNVLSPLPSQAMDDLMLSPDDIEQWFTEDPGPDEAPRMPEAAPPVAPAPAAPTPAAPAPAP"
    "SWPLSSSVPSQKTYQGSYGFRLGFLHSGTAKSVTCTYSPALNKMFCQLAKTCPVQLWVDSTPPPGTRVRAMAIYKQSQHMTEVVRRCPH"
    "HERCSDSDGLAPPQHLIRVEGNLRVEYLDDRNTFRHSVVVPYEPPEVGSDCTTIHYNYMCNSSCMGGMNRRPILTIITLEDSSGNLLGR"
    "NSFEVRVCACPGRDRRTEEENLRKKGEPHHELPPGSTKRALPNNTSSSPQPKKKPLDGEYFTLQIRGRERFEMFRELNEALELKDAQAG"
    "KEPGGSRAHSSHLKSKKGQSTSRHKKLMFKTEGPDSD",
    "ubiquitin": ">ubiquitin of all animals\n"
    "MQIFVKTLTGKTITLEVEPSDTIENVKAKIQDKEGIPPDQQRLIFAGKQLEDGRTLSDYNIQKESTLHLVLRLRGG",
    "GFP": ">sp|P42212|GFP_AEQVI Green fluorescent protein\n"
    "MSKGEELFTGVVPILVELDGDVNGHKFSVSGEGEGDATYGKLTLKFICTTGKLPVPWPTLVTTFSYGVQCFSRYPDHMKQHDFFKSAMP"
    "EGYVQERTIFFKDDGNYKTRAEVKFEGDTLVNRIELKGIDFKEDGNILGHKLEYNYNSHNVYIMADKQKNGIKVNFKIRHNIEDGSVQL"
    "ADHYQQNTPIGDGPVLLPDNHYLSTQSALSKDPNEKRDHMVLLEFVTAAGITHGMDELYK",
}


def given_proteins(explorer: Explorer, text: str) -> list[ProteinRecord]:
    """The proteins that a text names or holds, in its order.

    Raises:
        MalformedInput: if it holds none, or an accession that was not scored.
    """
    words = re.split(r"[\s,;]+", text.strip())
    if not text.lstrip().startswith(">") and all(map(_ACCESSION.fullmatch, words)):
        return _scored(explorer, words[:MOST_RECORDS])
    limit = encoder_of(explorer).max_residues
    return read_sequences(text, max_residues=limit, max_records=MOST_RECORDS)


def one_protein(explorer: Explorer, text: str) -> ProteinRecord:
    """The only protein that a text names or holds.

    Raises:
        MalformedInput: see given_proteins, and if there are several.
    """
    record, *others = given_proteins(explorer, text)
    if others:
        raise MalformedInput(f"{1 + len(others):,} proteins were given: give one.")
    return record


def given_text(address: Address, name: str) -> str:
    """A text of the hash, whole."""
    return address.text(name, longest=_LONGEST).strip()


def chosen_protein(explorer: Explorer, address: Address) -> ProteinRecord | None:
    """The protein that is brought along, the one chosen of several; None if there is none.

    Raises:
        MalformedInput: see given_proteins.
    """
    text = given_text(address, "protein")
    if not text:
        return None
    records = given_proteins(explorer, text)
    number = address.number("record") or 1
    return records[min(number, len(records)) - 1]


def encoder_of(explorer: Explorer) -> SequenceEncoder:
    """What reads sequences.

    Raises:
        MalformedInput: where the models are not beside the scores.
    """
    if explorer.encoder is None:
        raise MalformedInput(
            "No sequence can be read here: the exported SAE or the PLM's settings are not beside "
            "these scores. Everything that was stored with them can be looked at; to read "
            "sequences too, open the whole folder that `train` or `score` wrote."
        )
    return explorer.encoder


def _scored(explorer: Explorer, accessions: Sequence[str]) -> list[ProteinRecord]:
    known = explorer.reader.proteins([*accessions, *(a.upper() for a in accessions)])
    records = []
    for accession in accessions:
        protein = known.get(accession) or known.get(accession.upper())
        if protein is None:
            raise MalformedInput(
                f"{accession[:60]} is not one of the {explorer.reader.n_proteins:,} proteins that "
                "were scored: paste its sequence instead."
            )
        records.append(ProteinRecord(protein.accession, protein.sequence, protein.name, 1))
    return records
