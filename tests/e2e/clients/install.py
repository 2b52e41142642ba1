"""Installs what the client programs need into a cache folder, once: npm packages from lock files, Python packages from
pinned requirements. A stamp with the hash of a client's files makes a second run quick.
"""

import filecmp
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SOURCES = pathlib.Path(__file__).parent
DEFAULT_CACHE = SOURCES.parents[2] / "build" / "clients"
STAMP = ".installed"
INSTALL_SECONDS_MAX = 900
PYTHON_VERSION_MIN = (3, 10)
# Downloads wait for the network most of the time; unpacking takes the rest of a small machine.
INSTALLS_AT_ONCE = 3
# Registries answer badly now and then.
ATTEMPTS = 2
PAUSE_SECONDS = 10


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
    try:
        with log.open("w") as output:
            done = subprocess.run(
                command, cwd=directory, stdout=output, stderr=subprocess.STDOUT, timeout=INSTALL_SECONDS_MAX, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{' '.join(command)} did not end within {INSTALL_SECONDS_MAX} s in {directory}") from error
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
        # Another client of this folder may be running from it.
        if not copy.exists() or not filecmp.cmp(path, copy, shallow=False):
            shutil.copyfile(path, copy)
    locks = [p for p in files if p.name in ("package-lock.json", "requirements.txt", ".npmrc")]
    wanted = _hash_of(locks) + " " + (sys.version.split()[0] if runtime == "python" else "")
    stamp = target / STAMP
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        _attempt(f"{runtime}/{name}", lambda: (_install_node if runtime == "node" else _install_python)(target))
        stamp.write_text(wanted)
    return target


def _attempt(what: str, command) -> None:
    """Installs, and once more where that failed."""
    for attempt in range(1, ATTEMPTS + 1):
        began = time.monotonic()
        print(f"installing {what} ...", flush=True)
        try:
            command()
            print(f"installed {what} ({time.monotonic() - began:.0f} s)", flush=True)
            return
        except InstallError as error:
            if attempt == ATTEMPTS:
                raise
            print(f"{error}\nonce more in {PAUSE_SECONDS} s", flush=True)
            time.sleep(PAUSE_SECONDS)


# Clients that read what is stored instead of sending something; tests of their own run them.
READERS = [("node", "mcp-sdk")]


def install_all(clients: list[dict]) -> None:
    """Installs Node and what these clients need, several at a time."""
    node_binary()
    folders = sorted({(client["runtime"], client["directory"]) for client in clients} | set(READERS))
    with ThreadPoolExecutor(INSTALLS_AT_ONCE) as pool:
        list(pool.map(lambda folder: install(*folder), folders))


def node_binary() -> pathlib.Path:
    """The Node 22 that runs the Node clients (AI SDK 7 needs it), from the npm package `node`."""
    binary = install("node", "runtime") / "node_modules" / "node" / "bin" / "node"
    if not binary.exists():
        raise InstallError(f"the npm package `node` did not bring {binary}; are install scripts disabled in npm?")
    return binary
