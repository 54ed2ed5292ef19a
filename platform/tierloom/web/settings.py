"""What the web room must be told before it can answer."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of one server process.

    `trusted_hosts` are the host names that the app answers to (a leading dot takes subdomains too);
    empty means any, which is for tests alone. `behind_tls` says that browsers reach us by https,
    and `proxies` how many proxies of ours stand in between and may set `X-Forwarded-*`.
    """

    secret_key: str | bytes
    secret_key_fallbacks: tuple[str | bytes, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    behind_tls: bool = False
    proxies: int = 0
    max_body: int = MEBIBYTE

    def __post_init__(self) -> None:
        if len(self.secret_key) < 16:
            raise ValueError("The secret key is shorter than 16 characters.")
