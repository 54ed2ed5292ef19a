"""Addresses that leave this site: of share links and invitations."""

import ipaddress
from urllib.parse import urlsplit

from flask import request


def link_to(path: str) -> str:
    """Return the whole address of a path, by the name under which the reader reached us.

    The name is one of the trusted hosts: any other is refused before a view is asked.
    """
    return request.host_url.rstrip("/") + request.script_root + path


def only_here() -> bool:
    """Tell whether links of this request work on this computer alone."""
    name = urlsplit(f"//{request.host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
