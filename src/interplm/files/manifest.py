"""Which files of a folder are ours: only those may be replaced or deleted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interplm.errors import UserError

MANIFEST_FILE = "manifest.txt"


class NotOurs(UserError):
    """A file of the user's stands where one of ours would be written."""


class Manifest:
    """The list of files that were written into a folder, one relative path a line.

    A line is added before its file is written, so that a killed process leaves a line without a
    file at worst, never a file without a line.

    Args:
        folder: that the list lies in, as `manifest.txt`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._path = self.folder / MANIFEST_FILE

    def listed(self) -> set[Path]:
        """Every file that may be here by our hand, within the folder and nowhere else."""
        if not self._path.is_file():
            return set()
        lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        return {Path(line) for line in lines if line and self._is_inside(Path(line))}

    def claim(self, path: Path) -> None:
        """List a file that is about to be written.

        Args:
            path: within the folder.

        Raises:
            NotOurs: if it exists and is not listed.
        """
        name = path.absolute().relative_to(self.folder)
        # Before the list is read: another job may list and write it at this moment.
        exists = path.exists()
        if name in self.listed():
            return
        if exists:
            raise NotOurs(
                f"{path} was not written by InterPLM and would be replaced: move it away, or "
                "choose another folder."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{name.as_posix()}\n")

    def delete_listed(self) -> None:
        """Delete every listed file and the list, then the folders that this leaves empty."""
        self._delete(self.listed())
        self._path.unlink(missing_ok=True)

    def delete_within(self, folder: Path) -> None:
        """Delete the listed files of a folder within this one; their lines in the list stay."""
        inner = folder.absolute().relative_to(self.folder)
        self._delete({name for name in self.listed() if name.is_relative_to(inner)})

    def _delete(self, names: set[Path]) -> None:
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        parents = {parent for name in names for parent in name.parents if parent != Path()}
        for parent in sorted(parents, key=lambda path: len(path.parts), reverse=True):
            folder = self.folder / parent
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _is_inside(self, name: Path) -> bool:
        """A list that somebody else wrote must not reach beyond its folder."""
        if name.is_absolute() or ".." in name.parts or "\0" in str(name):
            return False
        return (self.folder / name).parent.resolve().is_relative_to(self.folder.resolve())


_recording: list[Manifest] = []


@contextmanager
def recorded_in(manifest: Manifest) -> Iterator[None]:
    """List every file that `interplm.files.atomic` writes into the folder within the block."""
    _recording.append(manifest)
    try:
        yield
    finally:
        _recording.remove(manifest)


def about_to_write(path: Path) -> None:
    """List a file in each manifest that is being recorded and whose folder it lies in.

    Raises:
        NotOurs: see `Manifest.claim`.
    """
    for manifest in _recording:
        if path.absolute().is_relative_to(manifest.folder):
            manifest.claim(path)
