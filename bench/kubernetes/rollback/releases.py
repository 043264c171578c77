"""The two programs that are released: this tree's, and this tree's with leak.patch, which is what a tired engineer wrote.

The leak has no switch in the product: the patched sources are laid out beside what is built, and built as any others.
PACELINE_BIN may name a folder that holds both, as `paceline` and `paceline-leaky`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from parts import HERE, KEPT, ROOT

PATCH = HERE / "leak.patch"


def programs() -> tuple:
    """The good one and the one that leaks."""
    if folder := os.environ.get("PACELINE_BIN"):
        return Path(folder) / "paceline", Path(folder) / "paceline-leaky"
    # One target folder, so that what both need is built once: the program built last lies where the good one belongs.
    leaky = KEPT / "paceline-leaky"
    shutil.copy2(build(patched()), leaky)
    return build(ROOT), leaky


def build(source: Path) -> Path:
    target = KEPT.parent
    command = ["cargo", "build", "--quiet", "--release", "-p", "paceline", "--target-dir", target]
    subprocess.run(command, cwd=source, check=True)
    return target / "release" / "paceline"


def sources() -> list:
    """The files of this tree, as git knows them, committed or not."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in listed if (ROOT / name).is_file()]


def patched() -> Path:
    """This tree's sources with the patch. Files that are as they were keep their times, so that cargo builds again only what changed."""
    kept = KEPT / "leaky-source"
    with tempfile.TemporaryDirectory(prefix="leaky-") as fresh:
        for name in sources():
            (Path(fresh) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, Path(fresh) / name)
        if subprocess.run(["git", "apply", PATCH], cwd=fresh).returncode:
            sys.exit(f"{PATCH} does not fit these sources any more: write the leak again")
        for path in (path for path in Path(fresh).rglob("*") if path.is_file()):
            there = kept / path.relative_to(fresh)
            if not there.exists() or there.read_bytes() != path.read_bytes():
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, there)
    return kept


# A fleet of riders and the nodes of a plant. A pod's mounts are paths of this machine, and so is this one.
CONFIGURATION = """
[regions.main]
roads = "data/manhattan/network.json.gz"
journal = "{disk}/main"

[regions.line]
kind = "edge"
journal = "{disk}/line"
"""


class Images:
    """Stands for a registry: a folder for each tag."""

    def __init__(self, folder: Path, disk: Path):
        self.folder, self.disk = folder, disk

    def add(self, tag: str, program: Path) -> None:
        image = self.folder / tag
        image.mkdir(parents=True)
        (image / "paceline").symlink_to(program.resolve())
        (image / "data").symlink_to(ROOT / "data")
        (image / "paceline.toml").write_text(CONFIGURATION.format(disk=self.disk))
