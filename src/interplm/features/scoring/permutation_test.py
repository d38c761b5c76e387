"""Could a pair score as high if annotations had nothing to do with the sequences?

The null hypothesis is made by moving annotations: those of a cluster of homologues are laid on
another cluster of similar length, each protein's on one protein, those of the N-terminal half at
the same distance from the start, those of the C-terminal half from the end. Spans keep their
length, overlaps, neighbours and places along the chain, so a feature that merely fires near a
terminus, or often, gains nothing. What a shorter protein cannot hold is lost, so the share of the
moved residues that fire is taken for the share of as many residues as there were. Pairs were chosen
on other proteins than they are tested on, so a p-value of its own is valid for each pair and needs
no correction for the choice among features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplm.features.scoring.held_out import HeldOut
from interplm.features.scoring.instances import InstanceRows
from interplm.features.scoring.metrics import Detection, ratio

# Moved stretches that exist at a time: some hundred megabytes.
_CHUNK_STRETCHES = 2_000_000
# Orders that are added up at a time: their places take 8 bytes for each protein.
_CHUNK_ORDERS = 64
# F1 values closer than this are one value that was rounded twice.
_TIE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutations:
    """Random orders of clusters of proteins within groups of similar length.

    Since annotations stay within a group, few proteins can get those of a given one, and what each
    of them would score needs to be counted once, however many orders there are. The members of a
    cluster go to one cluster together, in turn to its members: relatives, which carry the same
    domains in the same places, are one observation.

    Attributes:
        members: the proteins that may get the annotations of protein i are members[:, i], int32
            [largest group, n_proteins]; smaller groups repeat one of theirs, which no order takes.
        choice: in order k, protein i's go to members[choice[k, i], i]; [n, n_proteins], of the
            smallest unsigned type that holds it.
    """

    members: NDArray[np.int32]
    choice: NDArray[np.unsignedinteger]

    @property
    def targets(self) -> NDArray[np.int32]:
        """Which protein gets the annotations of protein i in order k, [n, n_proteins]."""
        return np.take_along_axis(self.members, self.choice, axis=0)


def permutations(
    lengths: NDArray[np.int64],
    cluster: NDArray[np.int64],
    n: int,
    *,
    group_size: int,
    rng: np.random.Generator,
) -> Permutations:
    """Draw orders.

    Args:
        lengths: of the proteins.
        cluster: number of each protein's cluster.
        n: number of orders.
        group_size: clusters of neighbouring mean lengths that exchange annotations, at least.
        rng: of the orders.
    """
    _, cluster, sizes = np.unique(cluster, return_inverse=True, return_counts=True)
    by_cluster = np.argsort(cluster, kind="stable").astype(np.int32)
    first = np.cumsum(sizes) - sizes
    rank = np.empty(len(cluster), np.int64)
    rank[by_cluster] = np.arange(len(cluster)) - np.repeat(first, sizes)
    groups = _length_groups(np.bincount(cluster, weights=lengths) / sizes, group_size)
    members = np.empty((max(map(len, groups)), len(lengths)), np.int32)
    choice = np.empty((n, len(lengths)), np.min_scalar_type(len(members)))
    for group in groups:
        position = np.full(len(sizes), -1)
        position[group] = np.arange(len(group))
        own = np.flatnonzero(position[cluster] >= 0)
        targets = np.resize(group, len(members))[:, None]
        members[:, own] = by_cluster[first[targets] + rank[own] % sizes[targets]]
        ranks = np.tile(np.arange(len(group), dtype=choice.dtype), (n, 1))
        choice[:, own] = rng.permuted(ranks, axis=1)[:, position[cluster[own]]]
    return Permutations(members=members, choice=choice)


def moved(
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    length: NDArray[np.int64],
    target_length: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Spans of one protein laid on another; all arrays broadcast.

    With k the shorter length, the first k // 2 residues keep their distance from the start and
    the last k - k // 2 from the end. Of a longer protein, what lies between is lost, and a span
    that loses all has stop = start; on a longer target, a span across the middle grows.

    Returns:
        start and stop within the target, 0 <= start <= stop <= target_length.
    """
    shorter = np.minimum(length, target_length)
    head = shorter // 2
    tail = length - (shorter - head)
    shift = target_length - length
    new_start = np.where(start < head, start, np.maximum(start, tail) + shift)
    new_stop = np.where(stop <= head, stop, np.where(stop <= tail, head, stop + shift))
    return new_start, np.maximum(new_stop, new_start)


def null_f1(
    held_out: HeldOut,
    instances: InstanceRows,
    firing_rows: Sequence[NDArray[np.int64]],
    orders: Permutations,
    *,
    by_domain: bool,
) -> NDArray[np.float64]:
    """F1 of features with moved annotations of a concept, [n_features, n_permutations].

    Args:
        held_out: concepts and features.
        instances: of the concept.
        firing_rows: of each feature at its threshold.
        orders: of the held-out proteins.
        by_domain: whether the concept's recall counts instances.
    """
    totals = _moved_counts(held_out, instances, firing_rows, orders)
    n_moved, n_domains = totals[:2]
    n_residues = int((instances.stop - instances.fresh).sum())
    return Detection(
        tp=ratio(totals[2::2], n_moved) * n_residues,
        firing=np.array([len(rows) for rows in firing_rows])[:, None],
        n_found=totals[3::2],
        n_residues=n_residues,
        n_domains=n_domains,
        n_rows=held_out.traces.n_rows,
        by_domain=by_domain,
    ).f1


def p_value(observed: float, null: NDArray[np.float64]) -> float:
    """(1 + permutations that score as high) / (1 + permutations), never 0."""
    return float((1 + (null >= observed - _TIE).sum()) / (1 + len(null)))


def joined_runs(
    start: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Overlapping spans made one; spans that only touch stay two."""
    order = np.argsort(start, kind="stable")
    start, reached = start[order], np.maximum.accumulate(stop[order])
    first = np.flatnonzero(np.append(True, start[1:] >= reached[:-1])[: len(start)])
    return start[first], reached[np.append(first[1:], len(start))[: len(first)] - 1]


def _length_groups(lengths: NDArray[np.number], group_size: int) -> list[NDArray[np.int32]]:
    """What has neighbouring lengths, at least `group_size` together if there are as many."""
    by_length = np.argsort(lengths, kind="stable").astype(np.int32)
    n_groups = max(1, len(lengths) // group_size)
    return np.split(by_length, len(lengths) * np.arange(1, n_groups) // n_groups)


def _moved_counts(
    held_out: HeldOut,
    instances: InstanceRows,
    firing_rows: Sequence[NDArray[np.int64]],
    orders: Permutations,
) -> NDArray[np.int64]:
    """Totals over all proteins in each order, [2 + 2 * n_features, n_permutations].

    The residues that a moved concept has, and its instances; then of each feature the residues of
    those on which it fires, and the instances.
    """
    protein_of = held_out.traces.protein_of
    runs = joined_runs(instances.start, instances.stop)
    owner = protein_of(instances.start[instances.stretches_of[:-1]])
    by_run, by_instance = _first_of_each(protein_of(runs[0])), _first_of_each(owner)
    carriers = owner[by_instance]
    # Firing residues before each row: a difference counts those of a span.
    before = [_cumulative(rows, held_out.traces.n_rows) for rows in firing_rows]
    counts = np.empty((2 + 2 * len(before), len(orders.members), len(carriers)), np.int64)
    chunk = max(1, _CHUNK_STRETCHES // max(1, len(instances.start)))
    for first in range(0, len(orders.members), chunk):
        part = slice(first, first + chunk)
        start, stop = _moved_rows(held_out, instances.start, instances.stop, orders.members[part])
        run_start, run_stop = start, stop
        if len(runs[0]) < len(instances.start):
            run_start, run_stop = _moved_rows(held_out, *runs, orders.members[part])
        counts[0, part] = _sums(run_stop - run_start, by_run)
        counts[1, part] = _sums(_in_instances(stop > start, instances), by_instance)
        for index, count in enumerate(before, start=1):
            fires = _in_instances(count[stop] > count[start], instances)
            counts[2 * index, part] = _sums(count[run_stop] - count[run_start], by_run)
            counts[2 * index + 1, part] = _sums(fires, by_instance)
    return _totals(counts, orders.choice[:, carriers])


def _totals(counts: NDArray[np.int64], choice: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    """Sum over proteins i of counts[:, choice[k, i], i], for each order k: [n_counts, n]."""
    n_proteins = choice.shape[1]
    totals = np.empty((len(counts), len(choice)), np.int64)
    for first in range(0, len(choice), _CHUNK_ORDERS):
        part = slice(first, first + _CHUNK_ORDERS)
        place = choice[part].astype(np.intp) * n_proteins + np.arange(n_proteins)
        for total, count in zip(totals, counts, strict=True):
            total[part] = count.ravel()[place].sum(axis=1)
    return totals


def _moved_rows(
    held_out: HeldOut,
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    targets: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Spans given by row, laid on targets[:, i] if they are protein i's; both [n, n_spans]."""
    offsets = held_out.traces.offsets
    owner = held_out.traces.protein_of(start)
    target = targets[:, owner]
    origin = offsets[owner]
    new_start, new_stop = moved(
        start - origin, stop - origin, held_out.lengths[owner], held_out.lengths[target]
    )
    return offsets[target] + new_start, offsets[target] + new_stop


def _in_instances(of_stretches: NDArray[np.bool_], instances: InstanceRows) -> NDArray[np.bool_]:
    """What holds of any stretch of an instance; from [n, n_stretches] to [n, n_instances]."""
    if of_stretches.shape[1] == instances.n_instances:
        return of_stretches
    return np.logical_or.reduceat(of_stretches, instances.stretches_of[:-1], axis=1)


def _first_of_each(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each owner begins, of owners that never decrease."""
    return np.flatnonzero(np.diff(owner, prepend=-1))


def _sums(amounts: NDArray, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each owner's columns, which begin at first[i]; from [n, n_columns] to [n, n_owners]."""
    return np.add.reduceat(amounts, first, axis=1, dtype=np.int64)


def _cumulative(rows: NDArray[np.int64], n_rows: int) -> NDArray[np.int32]:
    """How many of `rows` come before each row, [n_rows + 1]."""
    flags = np.zeros(n_rows + 1, np.int32)
    flags[rows + 1] = 1
    return np.cumsum(flags, out=flags)
