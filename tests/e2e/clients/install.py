"""Installs what the client programs need into a cache folder, once: npm packages from lock files, Python packages from
pinned requirements. A stamp with the hash of a client's files makes a second run quick.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

SOURCES = pathlib.Path(__file__).parent
DEFAULT_CACHE = SOURCES.parents[2] / "build" / "clients"
STAMP = ".installed"
INSTALL_SECONDS_MAX = 900
PYTHON_VERSION_MIN = (3, 10)


class InstallError(Exception):
    """An installation failed; the message says what to look at."""


def cache_dir() -> pathlib.Path:
    """Where clients are installed: VITRINE_CLIENTS_CACHE, else build/clients."""
    return pathlib.Path(os.environ.get("VITRINE_CLIENTS_CACHE", DEFAULT_CACHE)).resolve()


def _files_of(source: pathlib.Path) -> list[pathlib.Path]:
    skipped = {"node_modules", "__pycache__"}
    return sorted(p for p in source.rglob("*") if p.is_file() and not skipped & set(p.parts))


def _hash_of(paths: list[pathlib.Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(command: list[str], directory: pathlib.Path) -> None:
    log = directory / "install.log"
    with log.open("w") as output:
        done = subprocess.run(
            command, cwd=directory, stdout=output, stderr=subprocess.STDOUT, timeout=INSTALL_SECONDS_MAX, check=False
        )
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise InstallError(f"{' '.join(command)} failed in {directory}:\n{tail}")


def _install_node(target: pathlib.Path) -> None:
    if shutil.which("npm") is None:
        raise InstallError("npm is not installed (Debian: apt install npm)")
    _run(["npm", "ci", "--no-fund", "--no-audit", "--loglevel=error"], target)


def _install_python(target: pathlib.Path) -> None:
    if sys.version_info < PYTHON_VERSION_MIN:
        raise InstallError("the Python clients need Python 3.10 or newer")
    shutil.rmtree(target / "venv", ignore_errors=True)
    _run([sys.executable, "-m", "venv", "venv"], target)
    pip = str(target / "venv" / "bin" / "pip")
    _run([pip, "install", "--disable-pip-version-check", "--no-deps", "--no-compile", "-q", "-r", "requirements.txt"], target)


def install(runtime: str, name: str) -> pathlib.Path:
    """Copies a client to the cache and installs its packages where its lock changed. Answers the folder to run it in."""
    source = SOURCES / runtime / name
    target = cache_dir() / runtime / name
    target.mkdir(parents=True, exist_ok=True)
    files = _files_of(source)
    for path in files:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    locks = [p for p in files if p.name in ("package-lock.json", "requirements.txt", ".npmrc")]
    wanted = _hash_of(locks) + " " + (sys.version.split()[0] if runtime == "python" else "")
    stamp = target / STAMP
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {runtime}/{name} ...", flush=True)
        stamp.unlink(missing_ok=True)
        (_install_node if runtime == "node" else _install_python)(target)
        stamp.write_text(wanted)
    return target


def node_binary() -> pathlib.Path:
    """The Node 22 that runs the Node clients (AI SDK 7 needs it), from the npm package `node`."""
    binary = install("node", "runtime") / "node_modules" / "node" / "bin" / "node"
    if not binary.exists():
        raise InstallError(f"the npm package `node` did not bring {binary}; are install scripts disabled in npm?")
    return binary
