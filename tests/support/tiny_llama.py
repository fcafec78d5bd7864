"""A language model of half a megabyte, made from a seed: it speaks nonsense, by the real engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

NEEDS = ("gguf", "numpy", "xllamacpp")
BLOCKS, WIDTH, HEADS, INNER, CONTEXT = 2, 64, 4, 128, 8_192
SEED = 64
SPECIAL = ("<|bos|>", "<|im_start|>", "<|im_end|>")
MERGES = ("Ġ t", "Ġ a")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_model(path: Path) -> None:
    """Write the model; the same bytes each time."""
    gguf: Any = import_module("gguf")

    letters = _letters()
    words = [*letters, *SPECIAL, *(merge.replace(" ", "") for merge in MERGES)]
    kinds = [gguf.TokenType.NORMAL] * len(words)
    for number in range(len(letters), len(letters) + len(SPECIAL)):
        kinds[number] = gguf.TokenType.CONTROL
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(BLOCKS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words)
    writer.add_token_types(kinds)
    writer.add_token_merges(list(MERGES))
    writer.add_bos_token_id(len(letters))
    writer.add_eos_token_id(len(letters) + 2)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in _tensors(words):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _letters() -> list[str]:
    """The 256 letters that stand for bytes in such vocabularies."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    places = dict(zip(shown, shown, strict=True)) | {
        byte: 256 + number for number, byte in enumerate(hidden)
    }
    return [chr(places[byte]) for byte in range(256)]


def _tensors(words: list[str]) -> Iterator[tuple[str, Any]]:
    numpy: Any = import_module("numpy")

    chance = numpy.random.default_rng(SEED)

    def some(*shape: int) -> Any:
        return chance.normal(0, 0.3, shape).astype(numpy.float32)

    ones = numpy.ones(WIDTH, numpy.float32)
    yield "token_embd.weight", some(len(words), WIDTH)
    yield "output_norm.weight", ones
    output = some(len(words), WIDTH)
    # Only what can be printed is ever said, and the end.
    for number, word in enumerate(words):
        if len(word) == 1 and not 33 <= ord(word) < 127:
            output[number] = 0
    yield "output.weight", output
    for block in range(BLOCKS):
        for name in ("attn_norm", "ffn_norm"):
            yield f"blk.{block}.{name}.weight", ones
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield f"blk.{block}.{name}.weight", some(WIDTH, WIDTH)
        for name in ("ffn_gate", "ffn_up"):
            yield f"blk.{block}.{name}.weight", some(INNER, WIDTH)
        yield f"blk.{block}.ffn_down.weight", some(WIDTH, INNER)


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Serve a model; its address."""
    xllamacpp: Any = import_module("xllamacpp")

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT * 2
    params.n_parallel = 2
    params.hostnames = ["127.0.0.1"]
    params.use_jinja = True
    params.model_alias = {"tiny"}
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server
