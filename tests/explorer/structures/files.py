"""Small structure files with the oddities of real ones."""

from tests.explorer.runs import THREE_LETTERS, backbone_atoms

Number = tuple[int, str]


def atom_lines(
    sequence: str,
    *,
    numbers: list[Number] | None = None,
    chain: str = "A",
    names: dict[int, str] | None = None,
    hetero: set[int] = frozenset(),
    conformers: dict[int, list[tuple[str, str]]] | None = None,
    places: dict[int, str] | None = None,
    only_ca: bool = False,
) -> list[str]:
    """ATOM and HETATM lines of an ideal helix.

    Args:
        sequence: residues.
        numbers: number and insertion code of each; counted from 1 without.
        chain: its letter.
        names: three letters of residues that are not among the twenty, by index.
        hetero: indices written as HETATM.
        conformers: by index, letter and name of each conformer.
        places: by index, what stands in place of the Cα's coordinates.
        only_ca: leave out C and O.
    """
    lines: list[str] = []
    for index, letter in enumerate(sequence):
        number, code = numbers[index] if numbers else (index + 1, " ")
        name = (names or {}).get(index, THREE_LETTERS.get(letter, "UNK"))
        for alternative, residue in (conformers or {}).get(index, [(" ", name)]):
            for atom, (x, y, z) in backbone_atoms(index).items():
                if only_ca and atom != "CA":
                    continue
                place = f"{x:8.3f}{y:8.3f}{z:8.3f}"
                if atom == "CA":
                    place = (places or {}).get(index, place)
                record = "HETATM" if index in hetero else "ATOM  "
                lines.append(
                    f"{record}{len(lines) + 1:5d}  {atom:<3}{alternative}{residue:>3} {chain}"
                    f"{number:4d}{code}   {place}  1.00 90.00           {atom[0]}"
                )
    return lines


def file_of(*parts: list[str]) -> str:
    return "\n".join([line for part in parts for line in part] + ["END", ""])


def water(n: int, *, chain: str = "A") -> list[str]:
    return [
        f"HETATM{900 + i:5d}  O   HOH {chain}{200 + i:4d}       9.000   9.000{9 + i:8.3f}  1.00 "
        "90.00           O"
        for i in range(n)
    ]
