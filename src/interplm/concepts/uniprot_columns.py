"""The columns of a UniProtKB table that annotate residues."""

from dataclasses import dataclass

from interplm.concepts.spans import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureColumn:
    """One column.

    Attributes:
        column: its header.
        key: of its features.
        category: in names of concepts.
        kind: whether recall counts residues or instances.
        family: section of UniProt's feature documentation.
        named_by: qualifier that names a feature's own concept; "" where the column is one concept.
        numbered: a number at the end of the name counts the instances within a protein.
        ends_only: a range stands for its two ends.
        beyond_original: the original toolkit does not read the column, so its protocol leaves the
            concepts out; nor is it missed where a table lacks it.
    """

    column: str
    key: str
    category: str
    kind: Kind
    family: str
    named_by: str = ""
    numbered: bool = False
    ends_only: bool = False
    beyond_original: bool = False


_SITES, _MODIFICATIONS, _PROCESSING = "Sites", "Amino acid modifications", "Molecule processing"
_STRUCTURE, _REGIONS = "Secondary structure", "Regions"

# Kinds are those of the original toolkit, so that scores compare, with one exception: lipidation
# is residue-level here like the other modifications. Every lipidated site is one residue, so
# recall is the same number either way. A binding site is one residue or a loop such as the P-loop,
# which one firing residue finds; a motif is a short domain.
COLUMNS = (
    FeatureColumn(
        column="Active site", key="ACT_SITE", category="Active site",
        kind="residue", family=_SITES, named_by="note", numbered=True,
    ),
    # Ligands are chemical names, in which a number is no count: ligand_label has that.
    FeatureColumn(
        column="Binding site", key="BINDING", category="Binding site",
        kind="domain", family=_SITES, named_by="ligand",
    ),
    # Its notes name partners and circumstances ("Interchain (with C-60)"), not kinds of bond.
    FeatureColumn(
        column="Disulfide bond", key="DISULFID", category="Disulfide bond",
        kind="residue", family=_MODIFICATIONS, ends_only=True,
    ),
    FeatureColumn(
        column="Glycosylation", key="CARBOHYD", category="Glycosylation",
        kind="residue", family=_MODIFICATIONS, named_by="note",
    ),
    FeatureColumn(
        column="Lipidation", key="LIPID", category="Lipidation",
        kind="residue", family=_MODIFICATIONS, named_by="note",
    ),
    FeatureColumn(
        column="Modified residue", key="MOD_RES", category="Modified residue",
        kind="residue", family=_MODIFICATIONS, named_by="note",
    ),
    # Its few notes tell of other cuts ("Or 22"), not of kinds.
    FeatureColumn(
        column="Signal peptide", key="SIGNAL", category="Signal peptide",
        kind="domain", family=_PROCESSING,
    ),
    FeatureColumn(
        column="Transit peptide", key="TRANSIT", category="Transit peptide",
        kind="domain", family=_PROCESSING, named_by="note",
    ),
    FeatureColumn(
        column="Helix", key="HELIX", category="Helix", kind="domain", family=_STRUCTURE,
    ),
    FeatureColumn(
        column="Turn", key="TURN", category="Turn", kind="domain", family=_STRUCTURE,
    ),
    FeatureColumn(
        column="Beta strand", key="STRAND", category="Beta strand",
        kind="domain", family=_STRUCTURE,
    ),
    FeatureColumn(
        column="Coiled coil", key="COILED", category="Coiled coil",
        kind="domain", family=_REGIONS,
    ),
    FeatureColumn(
        column="Compositional bias", key="COMPBIAS", category="Compositional bias",
        kind="domain", family=_REGIONS, named_by="note",
    ),
    FeatureColumn(
        column="Domain [FT]", key="DOMAIN", category="Domain",
        kind="domain", family=_REGIONS, named_by="note", numbered=True,
    ),
    FeatureColumn(
        column="Motif", key="MOTIF", category="Motif",
        kind="domain", family=_REGIONS, named_by="note", numbered=True,
    ),
    FeatureColumn(
        column="Region", key="REGION", category="Region",
        kind="domain", family=_REGIONS, named_by="note", numbered=True,
    ),
    FeatureColumn(
        column="Zinc finger", key="ZN_FING", category="Zinc finger",
        kind="domain", family=_REGIONS, named_by="note", numbered=True,
    ),
    FeatureColumn(
        column="Site", key="SITE", category="Site",
        kind="residue", family=_SITES, named_by="note", numbered=True, beyond_original=True,
    ),
    FeatureColumn(
        column="Cross-link", key="CROSSLNK", category="Cross-link",
        kind="residue", family=_MODIFICATIONS, named_by="note", ends_only=True,
        beyond_original=True,
    ),
    # Notes of propeptides tell how they are removed, those of peptides their own names.
    FeatureColumn(
        column="Propeptide", key="PROPEP", category="Propeptide",
        kind="domain", family=_PROCESSING, beyond_original=True,
    ),
    FeatureColumn(
        column="Peptide", key="PEPTIDE", category="Peptide",
        kind="domain", family=_PROCESSING, beyond_original=True,
    ),
    FeatureColumn(
        column="Transmembrane", key="TRANSMEM", category="Transmembrane",
        kind="domain", family=_REGIONS, named_by="note", beyond_original=True,
    ),
    FeatureColumn(
        column="Intramembrane", key="INTRAMEM", category="Intramembrane",
        kind="domain", family=_REGIONS, named_by="note", beyond_original=True,
    ),
    FeatureColumn(
        column="Topological domain", key="TOPO_DOM", category="Topological domain",
        kind="domain", family=_REGIONS, named_by="note", beyond_original=True,
    ),
    FeatureColumn(
        column="DNA binding", key="DNA_BIND", category="DNA binding",
        kind="domain", family=_REGIONS, named_by="note", numbered=True, beyond_original=True,
    ),
    FeatureColumn(
        column="Repeat", key="REPEAT", category="Repeat",
        kind="domain", family=_REGIONS, named_by="note", numbered=True, beyond_original=True,
    ),
    # Release 2022_03 made binding sites of these three.
    FeatureColumn(
        column="Metal binding", key="METAL", category="Metal binding",
        kind="residue", family=_SITES, named_by="note", numbered=True, beyond_original=True,
    ),
    FeatureColumn(
        column="Nucleotide binding", key="NP_BIND", category="Nucleotide binding",
        kind="domain", family=_REGIONS, named_by="note", beyond_original=True,
    ),
    FeatureColumn(
        column="Calcium binding", key="CA_BIND", category="Calcium binding",
        kind="domain", family=_REGIONS, named_by="note", numbered=True, beyond_original=True,
    ),
)  # fmt: skip
# Category and family of concepts that the original toolkit did not have.
BEYOND_ORIGINAL = frozenset(
    (column.category, column.family) for column in COLUMNS if column.beyond_original
)
# Columns of features that are not concepts, and what they tell.
UNREAD = {
    "Chain": "the extent of the mature protein, which is nearly all of it",
    "Initiator methionine": "whether the first residue is cleaved off",
    "Non-standard residue": "selenocysteine and pyrrolysine, which the letters U and O tell",
    "Alternative sequence": "where isoforms differ",
    "Natural variant": "where individuals differ",
    "Mutagenesis": "what changed residues do",
    "Sequence conflict": "where reports of the sequence differ",
    "Sequence uncertainty": "where the sequence is not certain",
    "Non-adjacent residues": "gaps of a fragment",
    "Non-terminal residue": "that the sequence is a fragment",
}
