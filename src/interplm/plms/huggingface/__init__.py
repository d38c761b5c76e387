"""PLMs in the format of Hugging Face, by the package `transformers` of the extra `huggingface`."""

from interplm.plms.huggingface.loading import load_huggingface

__all__ = ["load_huggingface"]
