import pytest
from tests.plms.huggingface import models
from tests.plms.huggingface.models import load

from interplm.errors import MissingArtifact, UserError
from interplm.plms.huggingface.tokenizer import PROBE, residue_tokens
from interplm.plms.huggingface.vocabulary import tokens_of_vocabulary
from interplm.proteins.alphabet import STANDARD


def write_pieces(folder, pieces):
    """A tokenizer that joins what it can, as those of text do."""
    from tokenizers import Tokenizer
    from tokenizers.models import BPE

    letters = {letter: index for index, letter in enumerate(STANDARD)}
    merges = [tuple(piece) for piece in pieces]
    vocabulary = letters | {piece: len(letters) + i for i, piece in enumerate(pieces)}
    Tokenizer(BPE(vocabulary, merges)).save(str(folder / "tokenizer.json"))
    models.write_json(folder, "tokenizer_config.json", {})


def test_the_probe_holds_every_standard_residue():
    assert set(PROBE) == set(STANDARD)


def test_a_tokenizer_that_joins_residues_is_refused_with_its_counts(tmp_path):
    models.write_bert(tmp_path, models.PROTBERT, n_positions=80)
    (tmp_path / "vocab.txt").unlink()
    write_pieces(tmp_path, ["MK", "LE"])
    with pytest.raises(UserError, match=r"joins residues: .* 64 tokens for 66 residues"):
        load(tmp_path)


def test_a_tokenizer_without_single_residues_is_refused_with_its_counts(tmp_path):
    models.write_bert(tmp_path, "[PAD] [UNK] [CLS] [SEP] [MASK] A C", n_positions=80)
    with pytest.raises(
        UserError,
        match=r"gives no token of its own to each residue: for 66 residues it gives, besides "
        r"special tokens, joined 1, spaced \d+, .*plm.vocabulary=<vocab.txt>",
    ):
        load(tmp_path)


def test_a_tokenizer_that_is_wrong_can_be_replaced_by_its_vocabulary(tmp_path):
    models.write_bert(tmp_path, models.PROTBERT, n_positions=80)
    right = residue_tokens(tmp_path)
    vocabulary = tmp_path / "vocab.txt"
    read = tokens_of_vocabulary(vocabulary)
    assert read == right
    write_pieces(tmp_path, ["MK"])
    assert load(tmp_path, vocabulary=vocabulary).tokens == right


def test_the_tokenizer_of_transformers_that_takes_no_notice_of_its_file_is_not_used(tmp_path):
    from transformers import BertTokenizer

    models.write_antiberty(tmp_path)
    vocabulary = tmp_path / "vocab.txt"
    ids = BertTokenizer(vocab_file=str(vocabulary), do_lower_case=False)("M K T")["input_ids"]
    assert ids == [2, 1, 1, 1, 3]  # every residue unknown
    assert tokens_of_vocabulary(vocabulary).tokenize(["MKT"]).tolist() == [[2, 15, 13, 21, 3]]


def test_a_vocabulary_without_residues_is_refused(tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[CLS]\nthe\n")
    with pytest.raises(UserError, match=r"vocab.txt has no line A, C, D, .*\[SEP\]"):
        tokens_of_vocabulary(tmp_path / "vocab.txt")


def test_a_missing_vocabulary_is_named(tmp_path):
    with pytest.raises(MissingArtifact, match=r"none.txt does not exist: correct plm.vocabulary"):
        tokens_of_vocabulary(tmp_path / "none.txt")
