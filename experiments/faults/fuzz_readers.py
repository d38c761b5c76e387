"""Give every reader changed files, and write how many were read, refused or found a fault.

PYTHONPATH=. python experiments/faults/fuzz_readers.py --n 1000000 --data <folder of real proteins>
"""

import argparse
import csv
import tempfile
from pathlib import Path

from tests.faults import artifact_fuzzing, reader_fuzzing
from tests.faults.reader_fuzzing import fuzz, with_real_rows
from tqdm import tqdm


def main() -> None:
    """One line a reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2400, help="inputs in all")
    parser.add_argument("--only", nargs="+", help="names of readers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="real rows are seeds too")
    parser.add_argument("--table", type=Path, help="CSV to write")
    parser.add_argument("--findings", type=Path, default=Path("fuzz_findings"))
    arguments = parser.parse_args()
    chosen = [*reader_fuzzing.targets(), *artifact_fuzzing.targets()]
    if arguments.only:
        chosen = [target for target in chosen if target.name in arguments.only]
    if arguments.data:
        chosen = with_real_rows(chosen, arguments.data)
    rows = []
    in_memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None) as folder:
        for target in tqdm(chosen, unit="reader"):
            n = arguments.n // len(chosen)
            outcome = fuzz(target, n=n, seed=arguments.seed, folder=Path(folder))
            rows.append(
                {
                    "reader": target.name, "inputs": n, "read": outcome.n_read,
                    "refused": outcome.n_refused, "findings": len(outcome.findings),
                    "slowest_s": round(outcome.slowest_s, 2),
                }
            )  # fmt: skip
            for number, (what, content) in enumerate(outcome.findings[:20]):
                arguments.findings.mkdir(exist_ok=True)
                stem = f"{target.name.replace(' ', '_')}_{number}"
                (arguments.findings / f"{stem}.txt").write_text(what)
                (arguments.findings / f"{stem}.input").write_bytes(content)
            tqdm.write(str(rows[-1]))
    if arguments.table:
        with arguments.table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
