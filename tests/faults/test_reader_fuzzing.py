from contextlib import suppress

import pytest
from tests.faults import artifact_fuzzing, reader_fuzzing
from tests.faults.reader_fuzzing import Target, fuzz

from interplm.errors import UserError

TARGETS = [*reader_fuzzing.targets(), *artifact_fuzzing.targets()]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_changed_file_ends_in_anything_but_records_or_a_sentence(target, tmp_path):
    outcome = fuzz(target, n=150, seed=1, folder=tmp_path)
    assert outcome.findings == []
    assert outcome.n_read + outcome.n_refused == 150
    # Of a file with a checksum no changed copy is read, but the file is.
    assert outcome.n_read or any(is_read(target, seed, tmp_path) for seed in target.seeds)


def is_read(target, content, folder):
    path = folder / "whole"
    path.write_bytes(content)
    with suppress(UserError):
        target.read(path)
        return True
    return False


def test_a_foreign_error_is_a_finding(tmp_path):
    def odd(path):
        if path.read_bytes().startswith(b"a"):
            raise UserError("refused")
        raise KeyError("odd")

    outcome = fuzz(Target("odd", [b"aaaa", b"bbbb"], odd), n=50, seed=0, folder=tmp_path)
    assert outcome.n_refused
    assert len(outcome.findings) == 50 - outcome.n_refused
    assert outcome.findings[0][0] == "KeyError: 'odd'"
