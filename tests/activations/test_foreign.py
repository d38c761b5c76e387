import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from interplm.activations.foreign import BLOCK_ROWS, open_activations
from interplm.errors import BrokenArtifact, MissingArtifact, UserError

LENGTHS = [3, 5, 2]
NAMES = ["A", "B", "C"]
ROWS = np.arange(40, dtype=np.float32).reshape(10, 4)
PROTEINS = list(zip(NAMES, LENGTHS, strict=True))


def contents(path, *, layer=3, proteins=None):
    found = open_activations(path, layer=layer, proteins=proteins)
    assert found.d_model == 4
    return [
        (name, found.read(i).tolist()) for i, (name, length) in enumerate(found.proteins)
        if len(found.read(i)) == length
    ]  # fmt: skip


EXPECTED = [(name, rows.tolist()) for name, rows in zip(NAMES, np.split(ROWS, [3, 8]), strict=True)]


def save_pt(path, dtype=torch.float32, **beside):
    torch.save({"embeddings": torch.from_numpy(ROWS).to(dtype)} | beside, path)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_an_array_with_the_proteins_of_its_rows(tmp_path, dtype):
    np.save(tmp_path / "a.npy", ROWS.astype(dtype))
    assert contents(tmp_path / "a.npy", proteins=PROTEINS) == EXPECTED


@pytest.mark.parametrize(
    "borders",
    [
        {"lengths": torch.tensor(LENGTHS)},
        {"offsets": torch.tensor([0, 3, 8, 10])},
        {"offsets": torch.tensor([0, 3, 8])},
        {"boundaries": [(0, 3), (3, 8), (8, 10)]},
        {"boundaries": [0, 3, 8, 10]},
    ],
)
@pytest.mark.parametrize("names", [{"accessions": NAMES}, {"protein_ids": NAMES}])
def test_a_pt_file_that_says_where_proteins_begin(tmp_path, borders, names):
    save_pt(tmp_path / "a.pt", **borders, **names)
    assert contents(tmp_path / "a.pt") == EXPECTED


def test_bfloat16_is_read(tmp_path):
    save_pt(tmp_path / "a.pt", torch.bfloat16, lengths=LENGTHS)
    assert [rows for _, rows in contents(tmp_path / "a.pt")] == [rows for _, rows in EXPECTED]


def test_a_safetensors_file_with_offsets(tmp_path):
    tensors = {"x": torch.from_numpy(ROWS), "offsets": torch.tensor([0, 3, 8, 10])}
    save_file(tensors, tmp_path / "a.safetensors")
    found = contents(tmp_path / "a.safetensors")
    assert [rows for _, rows in found] == [rows for _, rows in EXPECTED]
    assert [name for name, _ in found] == ["protein_0", "protein_1", "protein_2"]


@pytest.mark.parametrize("kind", ["npy", "pt", "safetensors", "fair-esm"])
def test_a_folder_with_a_file_for_each_protein(tmp_path, kind):
    for name, rows in EXPECTED:
        tensor = torch.tensor(rows)
        if kind == "npy":
            np.save(tmp_path / f"{name}.npy", tensor.numpy())
        elif kind == "safetensors":
            save_file({"x": tensor}, tmp_path / f"{name}.safetensors")
        elif kind == "pt":
            torch.save(tensor, tmp_path / f"{name}.pt")
        else:
            layers = {3: tensor, 6: tensor + 1}
            torch.save({"label": name, "representations": layers}, tmp_path / f"{name}.pt")
    assert contents(tmp_path) == EXPECTED


@pytest.mark.parametrize("kind", ["S3", "U2", "M8[s]", "?", "c8"])
def test_an_array_of_anything_but_real_numbers_is_refused(tmp_path, kind):
    np.save(tmp_path / "a.npy", np.zeros((4, 2), kind))
    with pytest.raises(UserError, match=r"a.npy holds .*, not real numbers"):
        open_activations(tmp_path / "a.npy", layer=3, proteins=None)


@pytest.mark.parametrize(("old", "new"), [(b"}", b"{"), (b"\x93NUM", b"PK\x03\x04")])
def test_an_array_with_a_damaged_header_is_one_sentence(tmp_path, old, new):
    np.save(tmp_path / "a.npy", np.zeros((4, 2)))
    stored = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(stored.replace(old, new, 1))
    with pytest.raises(BrokenArtifact, match=r"a.npy cannot be read: it is damaged"):
        open_activations(tmp_path / "a.npy", layer=3, proteins=None)


@pytest.mark.parametrize("lengths", [[-3, 13], [0, 10], [3.5, 6.5], 10, None, [float("nan")]])
def test_lengths_that_cannot_be_are_refused(tmp_path, lengths):
    save_pt(tmp_path / "a.pt", lengths=lengths)
    with pytest.raises(UserError, match=r"a.pt (says that a protein has|cannot be read)"):
        open_activations(tmp_path / "a.pt", layer=3, proteins=None)


def test_a_layer_that_is_not_in_the_file_is_named(tmp_path):
    torch.save({"representations": {6: torch.zeros(2, 4)}}, tmp_path / "A.pt")
    with pytest.raises(UserError, match=r"A.pt holds the layers \[6\], but not 3"):
        open_activations(tmp_path, layer=3, proteins=None)


def test_shards_of_the_original_in_the_order_of_their_numbers(tmp_path):
    for number, (name, rows) in zip((1, 2, 10), EXPECTED, strict=True):
        folder = tmp_path / f"shard_{number}"
        folder.mkdir()
        beside = {"boundaries": [(0, len(rows))], "protein_ids": [name]}
        torch.save({"embeddings": torch.tensor(rows)} | beside, folder / "embeddings.pt")
    assert contents(tmp_path) == EXPECTED


def test_training_shards_of_the_original_are_rows_only(tmp_path):
    for number, rows in enumerate((ROWS[:4], ROWS[4:])):
        (tmp_path / f"shard_{number}").mkdir()
        torch.save(torch.from_numpy(rows), tmp_path / f"shard_{number}" / "activations.pt")
    assert contents(tmp_path, proteins=PROTEINS) == EXPECTED


@pytest.mark.parametrize("layout", ["act", "dim"])
def test_parquet_shards_of_bionemo(tmp_path, layout):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    for number, rows in enumerate((ROWS[:4], ROWS[4:])):
        if layout == "act":
            columns = {"act": pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), 4)}
        else:
            columns = {f"dim_{i}": rows[:, i] for i in range(4)}
        pq.write_table(pa.table(columns), tmp_path / f"shard_{number:05d}.parquet")
    assert contents(tmp_path, proteins=PROTEINS) == EXPECTED


def test_without_borders_blocks_of_rows_stand_for_proteins(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2 * BLOCK_ROWS + 7, 4), np.float32))
    found = open_activations(tmp_path / "a.npy", layer=3, proteins=None)
    assert not found.has_borders
    assert [length for _, length in found.proteins] == [BLOCK_ROWS, BLOCK_ROWS, 7]
    assert found.proteins[2][0] == f"a_rows_{2 * BLOCK_ROWS}"


def test_the_digest_is_that_of_contents_and_proteins(tmp_path):
    def digest(rows, proteins):
        np.save(tmp_path / "a.npy", rows)
        return open_activations(tmp_path / "a.npy", layer=3, proteins=proteins).sha256()

    first = digest(ROWS, PROTEINS)
    assert first == digest(ROWS, PROTEINS)
    assert len({first, digest(ROWS + 1, PROTEINS), digest(ROWS, [("A", 10)])}) == 3


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda p: np.save(p / "a.npy", ROWS[:9]), "holds 9 rows, but its proteins have 10 resi"),
        (lambda p: np.save(p / "a.npy", ROWS[None]), r"holds an array \[1, 10, 4\], not \[n_resid"),
        (lambda p: torch.save([1], p / "a.pt"), "holds list, not a tensor or a dict of tensors"),
        (lambda p: torch.save({"x": 1}, p / "a.pt"), "holds 0 arrays of numbers with two axes"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, write, message):
    write(tmp_path)
    (path,) = tmp_path.iterdir()
    with pytest.raises(UserError, match=message):
        open_activations(path, layer=3, proteins=PROTEINS)


def test_boundaries_that_leave_rows_out_are_refused(tmp_path):
    save_pt(tmp_path / "a.pt", boundaries=[(0, 3), (4, 10)])
    with pytest.raises(UserError, match="leave rows out"):
        open_activations(tmp_path / "a.pt", layer=3, proteins=None)


def test_nothing_is_unpickled(tmp_path):
    torch.save({"x": torch.zeros(2, 4), "call": print}, tmp_path / "a.pt")
    with pytest.raises(BrokenArtifact, match=r"a.pt cannot be read: .* never unpickled"):
        open_activations(tmp_path / "a.pt", layer=3, proteins=None)
    np.save(tmp_path / "b.npy", np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(BrokenArtifact, match=r"b.npy cannot be read: .* never unpickled"):
        open_activations(tmp_path / "b.npy", layer=3, proteins=None)


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(MissingArtifact, match="There is no file or folder"):
        open_activations(tmp_path / "none", layer=3, proteins=None)
    with pytest.raises(UserError, match=r"holds no activations: no .npy, .safetensors, .pt"):
        open_activations(tmp_path, layer=3, proteins=None)
