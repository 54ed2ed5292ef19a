"""Addresses of static files that change with their content, so that browsers may keep them."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request


def attach(app: Flask) -> None:
    """Give templates `asset("css/base.css")`, and let versioned files be cached."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_cache)


def asset(path: str) -> str:
    """Return the address of a file of ui/static, with a version made from its content."""
    known: dict[str, str] = g.setdefault("assets", {})  # A page asks for its icons a hundred times.
    if path not in known:
        file = Path(current_app.static_folder or "") / path
        # Not url_for: it fails while a request for a foreign host name is being refused with a page.
        version = _version(file, _changed(file))
        known[path] = f"{request.script_root}{current_app.static_url_path}/{path}?v={version}"
    return known[path]


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.is_file() else 0


@lru_cache(maxsize=256)
def _version(file: Path, changed: int) -> str:
    """Hash the file. `changed` is only there so that an edited file is read again."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10] if changed else "missing"


def _cache(response: Response) -> Response:
    if request.endpoint == "static":
        # A module imported by another one carries no version: it is asked for again each time.
        kept = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        response.headers["Cache-Control"] = kept
    else:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
