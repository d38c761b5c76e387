import numpy as np

from interplm.files.checksum import checksum_of, sha256_of


def test_digest_of_known_bytes(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(path) == expected


def test_a_checksum_is_that_of_xxh3_and_of_the_bytes_in_order():
    # XXH3_64bits of "abc" with seed 0, from the reference implementation's own command line.
    assert checksum_of(b"abc") == checksum_of(b"a", b"bc") == 0x78AF5F94892F3950
    rows = np.arange(6, dtype=np.float16).reshape(2, 3)
    assert checksum_of(rows) == checksum_of(rows.tobytes())
