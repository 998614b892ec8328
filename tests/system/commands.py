"""Runs the foreland command as a person would: in a process of its own, in a folder."""

from __future__ import annotations

import email
import email.policy
import os
import socket
import subprocess
import sys
from pathlib import Path


def environment() -> dict[str, str]:
    """This process's environment without Foreland's variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORELAND_")}
    return {**kept, "PYTHONUTF8": "1"}


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "crawler.cli", *words]


def foreland(folder: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run to the end, whatever the exit code."""
    return subprocess.run(
        command(*words),
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=560,
        env=environment(),
    )


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start, with both outputs in a file of the folder (pipes would fill up)."""
    with (folder / "process.log").open("a") as log:
        return subprocess.Popen(
            command(*words), cwd=folder, stdout=log, stderr=log, text=True, env=environment()
        )


def told(mail: Path) -> list[int]:
    """The ids of the adverts that a message tells of, in its order."""
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    addresses = (line.rpartition("/advert/") for line in body.get_content().splitlines())
    return [int(number) for _, found, number in addresses if found]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
