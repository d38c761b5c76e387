"""Time and memory of clustering proteins by shared k-mers, at three sizes.

python experiments/protein_clusters/cluster_speed.py --fasta proteins.fasta.gz
"""

import argparse
import json
import resource
import time
from pathlib import Path

from interplm.concepts.kmers import cluster_by_kmers
from interplm.proteins import FastaSource, ProteinRecord


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fasta", type=Path, required=True)
    parser.add_argument("--k", type=int, default=6)
    parser.add_argument("--containment", type=float, default=0.1)
    parser.add_argument("--sampled", type=float, default=1.0)
    parser.add_argument("--n-neighbours", type=int, default=8)
    args = parser.parse_args()
    records = FastaSource(path=args.fasta, name="proteins").read()
    sequences = [record.sequence for record in records if isinstance(record, ProteinRecord)]
    for share in (4, 2, 1):
        part = sequences[: len(sequences) // share]
        start = time.perf_counter()
        clusters = cluster_by_kmers(
            part,
            k=args.k,
            containment=args.containment,
            sampled=args.sampled,
            n_neighbours=args.n_neighbours,
        )
        figures = {
            "n_proteins": len(part),
            "n_residues": sum(map(len, part)),
            "n_clusters": len(set(clusters.tolist())),
            "seconds": round(time.perf_counter() - start, 2),
            # Of the process, sequences included; it only grows.
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
