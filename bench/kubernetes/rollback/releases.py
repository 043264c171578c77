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
BUILT = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "adapters", "bench", "crates", "data", "docs", "xtask"]


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


def patched() -> Path:
    """This tree's sources with the patch. Files that are as they were keep their times, so that cargo builds again only what changed."""
    kept = KEPT / "leaky-source"
    with tempfile.TemporaryDirectory(prefix="leaky-") as fresh:
        for name in BUILT:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, Path(fresh) / name, **({"ignore": shutil.ignore_patterns("target", "out")} if copy is shutil.copytree else {}))
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
