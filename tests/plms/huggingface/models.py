"""Tiny random models in the layout of each published family, and what transformers computes."""

import json
from pathlib import Path

import torch

from interplm.plms.huggingface import load_huggingface

SEQUENCES = [
    "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQ",
    "MK",
    "ACDEFGHIKLMNPQRSTVWY" * 3,
    "G",
    "MSILVTRPSPAGEELVSRLRTLGQVAWHFPLIEFSPGQQLPQLADQLAALGESDLLFALSQ",
]
# In the order of the published vocabularies.
ESM = (
    "<cls> <pad> <eos> <unk> L A G V S E R T I D P K Q N F Y M H W C X B U Z O . - <null_1> <mask>"
)

PROTBERT = "[PAD] [UNK] [CLS] [SEP] [MASK] L A G V E S I K R D T P N Q F Y M H C W X U B Z O"
ANTIBERTY = "[PAD] [UNK] [CLS] [SEP] [MASK] A C D E F G H I K L M N P Q R S T V W Y"
T5_LETTERS = "ALGVSREDTIPKFQNYMHWCXBOUZ"
SIZES = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}


def randomised(network, seed=0):
    """All parameters random, also norms and biases, which start at one and zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def write_json(folder, name, content):
    (folder / name).write_text(json.dumps(content))


def write_vocabulary(folder, vocabulary, **config):
    (folder / "vocab.txt").write_text("\n".join(vocabulary.split()) + "\n")
    write_json(folder, "tokenizer_config.json", config)


def write_esm(folder, *, is_esm2):
    """ESM-2, or ESM-1b and ESM-1v: learnt positions and a norm before the first layer."""
    from transformers import EsmConfig, EsmForMaskedLM

    config = EsmConfig(
        vocab_size=33, intermediate_size=64, max_position_embeddings=1026, pad_token_id=1,
        mask_token_id=32, token_dropout=True, emb_layer_norm_before=not is_esm2,
        position_embedding_type="rotary" if is_esm2 else "absolute", layer_norm_eps=1e-5, **SIZES,
    )  # fmt: skip
    network = randomised(EsmForMaskedLM(config))
    network.save_pretrained(folder)
    write_vocabulary(folder, ESM, tokenizer_class="EsmTokenizer")
    return network


def write_bert(folder, vocabulary, *, n_positions, legacy=False):
    """BERT with letters as words; `legacy` as pytorch_model.bin, as the old repositories have."""
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=len(vocabulary.split()), intermediate_size=32,
        max_position_embeddings=n_positions, **SIZES,
    )  # fmt: skip
    network = randomised(BertForMaskedLM(config))
    network.save_pretrained(folder)
    if legacy:
        (folder / "model.safetensors").unlink()
        torch.save(network.state_dict(), folder / "pytorch_model.bin")
    write_vocabulary(folder, vocabulary, do_lower_case=False)
    return network


def write_antiberty(folder):
    """As in its wheel: a class that transformers does not know, more heads, no tokenizer."""
    from transformers import BertConfig, BertForMaskedLM

    model = folder / "AntiBERTy_md_smooth"
    model.mkdir(parents=True)
    config = BertConfig(
        vocab_size=25, intermediate_size=32, max_position_embeddings=80, **SIZES
    )  # fmt: skip
    network = randomised(BertForMaskedLM(config))
    others = {"cls.species.weight": torch.ones(6, 16), "bert.pooler.dense.bias": torch.ones(16)}
    torch.save(network.state_dict() | others, model / "pytorch_model.bin")
    write_json(model, "config.json", config.to_dict() | {"architectures": ["AntiBERTy"]})
    (folder / "vocab.txt").write_text("\n".join(ANTIBERTY.split()))
    return network


def write_t5(folder, *, of_ankh):
    """ProtT5 with a SentencePiece model of words, or Ankh with letters in tokenizer.json."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=144, d_model=16, num_layers=3, num_heads=2, d_kv=8, d_ff=32,
        feed_forward_proj="gated-gelu" if of_ankh else "relu",
    )  # fmt: skip
    network = randomised(T5EncoderModel(config))
    network.save_pretrained(folder)
    special = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    write_json(folder, "tokenizer_config.json", special | {"tokenizer_class": "T5Tokenizer"})
    write_json(folder, "special_tokens_map.json", special)
    (_write_ankh_tokens if of_ankh else _write_sentencepiece)(folder)
    return network


def _write_sentencepiece(folder):
    from sentencepiece import sentencepiece_model_pb2 as protobuf

    model = protobuf.ModelProto()
    pieces = [("<pad>", 3), ("</s>", 3), ("<unk>", 2), *(("▁" + c, 1) for c in T5_LETTERS)]
    for index, (piece, kind) in enumerate(pieces):
        model.pieces.add(piece=piece, score=-index / 10, type=kind)
    model.trainer_spec.model_type = protobuf.TrainerSpec.UNIGRAM
    model.trainer_spec.pad_id, model.trainer_spec.eos_id, model.trainer_spec.unk_id = 0, 1, 2
    model.trainer_spec.bos_id = -1
    model.normalizer_spec.name = "identity"
    (folder / "spiece.model").write_bytes(model.SerializeToString())


def _write_ankh_tokens(folder):
    from tokenizers import Tokenizer
    from tokenizers.models import Unigram
    from tokenizers.processors import TemplateProcessing

    special = ["<pad>", "</s>", "<unk>"]
    entries = [(token, 0.0) for token in special] + [(c, -2.0) for c in T5_LETTERS]
    tokenizer = Tokenizer(Unigram(entries, unk_id=2))
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = TemplateProcessing(
        single=["$A", "</s>"], special_tokens=[("</s>", 1)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def write_esmc(folder):
    from transformers import EsmcConfig, EsmcForMaskedLM
    from transformers.models.esmc.tokenization_esmc import EsmcTokenizer

    network = randomised(EsmcForMaskedLM(EsmcConfig(intermediate_size=256, **SIZES)))
    network.save_pretrained(folder)
    EsmcTokenizer().save_pretrained(folder)
    return network


def write_gpt(folder):
    """A decoder whose tokens are single letters behind a token of its own."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split
    from tokenizers.processors import TemplateProcessing
    from transformers import GPT2Config, GPT2LMHeadModel

    letters = {token: index for index, token in enumerate(["<unk>", "<s>", *T5_LETTERS])}
    tokenizer = Tokenizer(WordLevel(letters, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    tokenizer.post_processor = TemplateProcessing(single=["<s>", "$A"], special_tokens=[("<s>", 1)])
    tokenizer.add_special_tokens(["<unk>", "<s>"])
    config = GPT2Config(
        vocab_size=30, n_embd=16, n_layer=3, n_head=2, n_positions=80, bos_token_id=1,
        eos_token_id=1,
    )  # fmt: skip
    network = randomised(GPT2LMHeadModel(config))
    network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder, "tokenizer_config.json", {"unk_token": "<unk>", "bos_token": "<s>"})
    return network


def load(folder: Path, **changes):
    settings = {
        "name": folder.name, "source": str(folder), "revision": None, "replaced": {},
        "vocabulary": None, "max_residues": None, "sha256": None, "dtype": "float32",
        "attention": "sdpa", "control": None, "seed": 0,
    }  # fmt: skip
    return load_huggingface(**settings | changes)


@torch.inference_mode()
def reference(network, tokens, padding):
    """Hidden states and output of transformers' own forward pass."""
    return network(
        input_ids=tokens, attention_mask=(tokens != padding).long(), output_hidden_states=True
    )


def relative_error(found, expected):
    return ((found - expected).abs().max() / expected.abs().max()).item()
