"""The one configuration: `foreland.toml`, with environment variables over it.

Read once, in the command line or the desk, and passed on as arguments. An unknown key
is an error. `FORELAND_MAIL__HOST=…` sets `mail.host`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from crawler.errors import ConfigError, Problem

FILE_NAME = "foreland.toml"
#: The longest wait for a host that a crawl sits out; after a longer one it ends instead.
LONGEST_WAIT = 120.0  # seconds
_PREFIX = "FORELAND_"
#: Variables under the prefix that are not settings: the workspace itself, and tools'.
_NOT_SETTINGS = frozenset({"FORELAND_WORKSPACE", "FORELAND_CHROMIUM"})
#: Pydantic puts the kind of a section among the parts of a field's name.
_KINDS = frozenset({"eml", "smtp", "sqlite", "elastic"})


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _is_address(text: str) -> str:
    if not re.fullmatch(r"[^\s@,;<>]+@[^\s@,;<>]+", text):
        raise ValueError(f"{text!r} is not an e-mail address")
    return text


Address = Annotated[str, AfterValidator(_is_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EmlMail(_Section):
    """Messages are written as .eml files: the default, so nobody mails by accident."""

    kind: Literal["eml"] = "eml"
    folder: Path = Path("data/outbox")
    sender: str = "foreland@example.org"


class SmtpMail(_Section):
    """Messages go to a mail server."""

    kind: Literal["smtp"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    sender: str
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["starttls", "tls", "none"] = "starttls"
    timeout: Annotated[float, Field(gt=0, le=300)] = 30.0  #: seconds


class SqliteIndex(_Section):
    """The embedded index, one file."""

    kind: Literal["sqlite"] = "sqlite"
    path: Path = Path("data/index.sqlite3")


class ElasticIndex(_Section):
    """An Elasticsearch 8 or 9, of one node or many."""

    kind: Literal["elastic"]
    hosts: Annotated[tuple[str, ...], Field(min_length=1)] = ("http://127.0.0.1:9200",)
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,60}$")] = "foreland"  #: the alias
    user: str = ""
    password: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")  #: base64, as the server gives it; in place of a user
    ca: Path | None = None  #: certificate of one's own authority, PEM; None: the system's
    shards: Annotated[int, Field(ge=1, le=1024)] = 1  #: taken up by the next rebuild
    replicas: Annotated[int, Field(ge=0, le=32)] = 0
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0  #: seconds for one answer

    @field_validator("hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            parts = urlsplit(host)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{host!r} is no address; write https://name:9200")
            if parts.username or parts.password:
                raise ValueError("a password does not stand in an address; set user and password")
        return hosts

    @model_validator(mode="after")
    def _check_sign_in(self) -> Self:
        key, password = self.api_key.get_secret_value(), self.password.get_secret_value()
        if key and (self.user or password):
            raise ValueError("either api_key or user and password, not both")
        if bool(self.user) != bool(password):
            raise ValueError("user and password belong together")
        for host in self.hosts:
            parts = urlsplit(host)
            away = parts.hostname not in ("127.0.0.1", "::1", "localhost")
            if parts.scheme == "http" and away and (key or password):
                raise ValueError(f"{host} would be sent the password unencrypted; write https://")
        return self


class Crawl(_Section):
    """How politely and how widely to collect."""

    user_agent: str = "Foreland/0.1 (+https://example.org/foreland)"
    delay: Annotated[float, Field(ge=0, le=3600)] = 2.0  #: seconds between pages of a host
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0  #: seconds for one page
    max_bytes: Annotated[int, Field(ge=1024)] = 8_000_000  #: of one page
    max_pages: Annotated[int, Field(ge=1)] = 500  #: of one source in one run
    parallel: Annotated[int, Field(ge=1, le=64)] = 2  #: crawl processes at once
    #: seconds of a scheduled crawl, after which it pauses for the others; it goes on later
    turn: Annotated[float, Field(ge=1)] = 900.0
    #: looks at a named person's page in 30 days without a surveillance authority
    person_visits: Annotated[int, Field(ge=0)] = 3
    full_authority: bool = False  #: whether a source must name its legal basis and reviewer
    chromium: Path | None = None  #: None: looked for on the system


class Capture(_Section):
    """What single pages are captured, and files imported, for, unless the command says it."""

    purpose: str = ""  #: what for
    authority: str = ""  #: the reference of who allowed it


class ArchiveTimestamps(_Section):
    """Timestamps of an outside authority (RFC 3161) over the head of the audit log."""

    url: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""  #: empty: none are asked for
    ca: Path | None = None  #: PEM of the authorities whose signatures are trusted
    timeout: Annotated[float, Field(gt=0, le=120)] = 10.0  #: seconds


class Web(_Section):
    """The analysts' desk."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765


class Nlp(_Section):
    """The analysis."""

    #: an offer is a post whose probability reaches this; None takes the model's own
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = None


class Alerts(_Section):
    """When the rules are evaluated by `foreland run`."""

    every: Annotated[float, Field(ge=0, le=86_400)] = 60.0  #: seconds, at the soonest


class Health(_Section):
    """Who is told when a source is not well."""

    #: e-mail addresses; in the environment, with commas between them. None: nobody
    recipients: Annotated[tuple[Address, ...], BeforeValidator(_split)] = ()


class Log(_Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class Config(_Section):
    """Everything that can be set. Relative paths are relative to the workspace."""

    workspace: Path = Path()
    database: str = "sqlite:///data/foreland.sqlite3"
    archive: Path = Path("data/archive")
    sources: Path = Path("sources")
    rules: Path = Path("rules")
    rates: Path | None = None  #: your own table of exchange rates; None: the one shipped
    time_zone: str = "Europe/London"
    collector: str = ""  #: who collects; empty: user@host
    mail: Annotated[EmlMail | SmtpMail, Field(discriminator="kind")] = EmlMail()
    index: Annotated[SqliteIndex | ElasticIndex, Field(discriminator="kind")] = SqliteIndex()
    crawl: Crawl = Crawl()
    capture: Capture = Capture()
    archive_timestamps: ArchiveTimestamps = ArchiveTimestamps()
    web: Web = Web()
    nlp: Nlp = Nlp()
    alerts: Alerts = Alerts()
    health: Health = Health()
    log: Log = Log()

    def path(self, relative: Path) -> Path:
        """A path of the configuration, made absolute under the workspace."""
        return (self.workspace / relative).resolve()

    @property
    def database_url(self) -> str:
        """The database URL, with a relative SQLite path put under the workspace."""
        prefix = "sqlite:///"
        if not self.database.startswith(prefix) or self.database.startswith("sqlite:////"):
            return self.database
        return prefix + str(self.path(Path(self.database.removeprefix(prefix))))


def load_config(workspace: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of a workspace folder. A folder without a file has the defaults.

    Raises:
        ConfigError: every fault at once, with the field and, for the file, its line.
    """
    environ = os.environ if environ is None else environ
    path = workspace / FILE_NAME
    text = ""
    data: dict[str, Any] = {}
    if path.exists():
        try:
            text = path.read_text(encoding="utf-8")
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError.one(path, f"is not TOML: {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError.one(path, f"cannot be read: {error}") from error
    from_environment = _from_environment(environ)
    merged = _merge(data, from_environment)
    for section in ("mail", "index"):
        if isinstance(merged.get(section), dict):
            merged[section].setdefault("kind", {"mail": "eml", "index": "sqlite"}[section])
    try:
        return Config.model_validate({**merged, "workspace": workspace})
    except ValidationError as error:
        problems = []
        for fault in error.errors(include_url=False):
            location = [str(part) for part in fault["loc"] if part not in _KINDS]
            message = fault["msg"]
            if fault["type"] == "extra_forbidden":
                message = "is not a known setting"
            dotted = ".".join(location)
            variable = _PREFIX + "__".join(part.upper() for part in location)
            place = variable if variable in environ else str(path)
            line = 0 if place == variable else _line_of(text, location)
            problems.append(Problem(place, line, dotted, message))
        raise ConfigError(problems) from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(_PREFIX) or name in _NOT_SETTINGS:
            continue
        *sections, key = name.removeprefix(_PREFIX).lower().split("__")
        inner = data
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[key] = value
    return data


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        lower = merged.get(key)
        merged[key] = (
            _merge(lower, value) if isinstance(lower, dict) and isinstance(value, dict) else value
        )
    return merged


def _line_of(text: str, location: list[str]) -> int:
    """The line where a setting stands in the TOML text; 0 where it cannot be told."""
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped.strip("[]").split(".")
            if section == location:
                return number
        elif "=" in stripped and [*section, stripped.split("=")[0].strip()] == location:
            return number
    return 0
