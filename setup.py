"""The one thing pyproject.toml cannot say: the wheel carries data/ and notebooks/ inside the package.

In a clone the two folders stay at the top, where people edit them; in a wheel they are exkit/data and exkit/notebooks.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CARRIED = {"data": ("*.csv", "*.yaml", "*.xlsx", "*.md"), "notebooks": ("*.ipynb",)}


class BuildWithData(build_py):
    """Build the package, then copy what it carries. An editable install reads the folders where they are."""

    def run(self) -> None:
        """Copy afresh each time, so that a file deleted here is not left over from an older build."""
        super().run()
        if self.editable_mode:
            return
        for folder, patterns in CARRIED.items():
            target = Path(self.build_lib) / "exkit" / folder
            shutil.rmtree(target, ignore_errors=True)
            for pattern in patterns:
                for file in sorted(Path(folder).rglob(pattern)):
                    if ".ipynb_checkpoints" not in file.parts:
                        copy = target / file.relative_to(folder)
                        copy.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(file, copy)


setup(cmdclass={"build_py": BuildWithData})
