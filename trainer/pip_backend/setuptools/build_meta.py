"""A build backend (PEP 517) that runs nothing of the package it is asked about.

`pip download` asks a source archive for its metadata, for which setuptools runs the archive's setup.py. With this module before it on
PYTHONPATH pip gets the PKG-INFO that the archive's author wrote down.
"""
import shutil
import sys
from email.parser import Parser
from pathlib import Path

__legacy__ = sys.modules[__name__]      # the backend's name where an archive has no pyproject.toml


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Called in the unpacked archive. Writes NAME-VERSION.dist-info/METADATA and returns the folder's name."""
    info = Parser().parsestr(Path("PKG-INFO").read_text(encoding="utf-8"))
    folder = Path(metadata_directory) / f"{info['Name'].replace('-', '_')}-{info['Version']}.dist-info"
    folder.mkdir()
    shutil.copy("PKG-INFO", folder / "METADATA")
    return folder.name
