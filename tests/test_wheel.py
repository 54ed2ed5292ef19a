"""The wheel alone is a whole Tierloom: code, pages, migrations and packs."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE = (sys.executable, "-P", "-m", "tierloom")

pytestmark = pytest.mark.slow


def run(*command: str, **options: object) -> str:
    """Run a command and return what it printed; show everything when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's contents, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT))
    (wheel,) = folder.glob("tierloom-*.whl")
    run(*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


@pytest.fixture(scope="module")
def environment(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine where only the wheel is installed."""
    settings = {key: value for key, value in os.environ.items() if not key.startswith("TIERLOOM_")}
    data = tmp_path_factory.mktemp("data")
    return settings | {"PYTHONPATH": str(installed), "TIERLOOM_DATA": str(data)}


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served, freshly made Tierloom."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    run(*MODULE, "init", env=environment, cwd=elsewhere)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = elsewhere / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*MODULE, "serve", "--port", str(port)],
            env=environment,
            cwd=elsewhere,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        await_answer(f"{address}/healthz", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until `url` answers; fail at once when the process has ended."""
    for _ in range(1200):
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer from {url}\n{log.read_text()}")


def test_code_and_data_come_from_the_wheel(installed: Path, environment: dict[str, str]) -> None:
    program = (
        "import tierloom, tierloom.resources as r;"
        "print(tierloom.__file__, *map(r.folder, r.FOLDERS), sep='\\n')"
    )
    paths = run(sys.executable, "-P", "-c", program, env=environment).split()
    assert len(paths) == 6
    assert [path for path in paths if installed not in Path(path).parents] == []


def test_the_handbook_is_in_the_wheel(environment: dict[str, str]) -> None:
    program = (
        "from tierloom.web.handbook.pages import pages;"
        "print(*(one.title for lang in ('en', 'zh') for one in pages(lang)), sep='\\n')"
    )
    titles = run(sys.executable, "-P", "-c", program, env=environment).splitlines()
    assert len(titles) == len(set(titles)) == 20


def test_health(server: str) -> None:
    with urlopen(f"{server}/healthz", timeout=10) as answer:
        assert answer.status == 200
        assert json.load(answer) == {"status": "ok"}


@pytest.mark.parametrize("name", ["vendor/htmx.min.js", "vendor/lucide.svg"])
def test_static_files(server: str, name: str) -> None:
    if not (ROOT / "ui/static" / name).is_file():
        pytest.skip("the front-end packages are missing: run `make assets`")
    with urlopen(f"{server}/static/{name}", timeout=10) as answer:
        assert answer.read() == (ROOT / "ui/static" / name).read_bytes()


def test_migrations_ran(server: str, environment: dict[str, str]) -> None:
    """The database that `init` made is at the newest revision of the wheel's migrations."""
    program = (
        "import pathlib, sqlite3, os; from alembic.script import ScriptDirectory;"
        "from tierloom.resources import folder;"
        "heads = set(ScriptDirectory(str(folder('migrations'))).get_heads());"
        "(path,) = (p for p in pathlib.Path(os.environ['TIERLOOM_DATA']).iterdir()"
        " if p.is_file() and p.read_bytes()[:15] == b'SQLite format 3');"
        "rows = sqlite3.connect(path).execute('select version_num from alembic_version');"
        "found = {row[0] for row in rows}; assert found == heads != set(), (found, heads)"
    )
    run(sys.executable, "-P", "-c", program, env=environment)
