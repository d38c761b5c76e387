"""SAEs of InterProt (Adams et al. 2025): one safetensors file each.

x' = LN(x) - b_pre;  features = ReLU(TopK(x' w_enc + b_enc));  x̂ = (features w_dec + b_pre) σ + μ,
with LN(x) = (x - μ) / (σ + 1e-5) over the entries of each residue. Formulas and names are those of
`interprot/sae_model.py` (github.com/etowahadams/interprot). k is not stored.
"""

from interplm.interchange.assembly import assemble
from interplm.interchange.imported import Imported, origin
from interplm.interchange.layout import Layout
from interplm.interchange.publications import published
from interplm.interchange.source import Source
from interplm.interchange.tensor_files import check_names
from interplm.sae import ResidueStandardisation

NAME = "InterProt"
_OURS = {"W_enc": "w_enc", "W_dec": "w_dec", "b_enc": "b_enc", "b_dec": "b_pre"}


def _recognises(source: Source) -> bool:
    return {"w_enc", "w_dec"} <= set(source.tensors)


def _read(source: Source) -> Imported:
    where = source.weights_file
    tensors = source.state_dict(where)
    tensors.pop("stats_last_nonzero", None)
    check_names(tensors, _OURS.values(), what="an SAE of InterProt", where=where)
    known = published(source.address, format=NAME)
    d_in = tensors["b_pre"].numel()
    sae = assemble(
        "topk",
        {ours: tensors[theirs] for ours, theirs in _OURS.items()},
        where=where,
        input_transform=ResidueStandardisation(d_in, eps=1e-5, correction=1, undone=True),
        k=source.k(where=where, known=known.get("k")),
    )
    facts = origin(source, NAME, files={"d_model": sae.d_in})
    return Imported(sae=sae, format=NAME, trained_on=facts)


LAYOUT = Layout(
    name=NAME,
    looked_for="tensors w_enc, w_dec, b_enc and b_pre",
    recognises=_recognises,
    read=_read,
)
