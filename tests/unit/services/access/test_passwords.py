"""How a password is stored, by a process that nothing of these tests has touched."""

import re
import subprocess
import sys

PASSWORD = "a long enough password"
STORED = f"from tierloom.services.access import passwords; print(passwords.hash_of({PASSWORD!r}))"


def test_guessing_a_stored_password_is_expensive() -> None:
    """Argon2id with at least 19 MiB and two rounds, and a salt of its own each time: what OWASP asks for."""
    first, second = (
        subprocess.run([sys.executable, "-c", STORED], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )  # fmt: skip
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$[^$]{22}\$.+\n", first)
    assert found, first
    assert int(found[1]) >= 19 * 1024
    assert int(found[2]) >= 2
    assert first != second
