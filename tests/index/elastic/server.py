"""A real Elasticsearch for the tests: fetched once, started on free ports, with TLS and sign-in.

The server is Elastic's own distribution for integration tests, from Maven's repository: its
core, security and transport. It refuses to run as root, so root starts it as `nobody`.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import ipaddress
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from elasticsearch import ApiError, Elasticsearch, TransportError

from crawler.config import ElasticIndex as Settings
from index.elastic_client import make_client

VERSION = "8.19.8"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
SHA256 = "8d943e94cef02cbceb6e39cd00175bb04e5f882fa32783a473880b8691a54376"
CACHE = Path(__file__).parents[3] / ".cache"
START_SECONDS = 120
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"

#: Runs the server ($0) until that ends, or the tests ($1) are gone without having ended it.
_WATCHED = """
"$0" & server=$!
while kill -0 $server && { [ ! -d /proc/self ] || [ -d "/proc/$1" ]; }; do sleep 1; done
kill $server; wait $server
"""


class CannotStart(Exception):
    """The server could not be fetched or started; says what is lacking."""


class ElasticServer:
    """One node on loopback. `start` and `stop` may follow each other; the data stays.

    Raises:
        CannotStart: Java or Maven is lacking, the download is not what it should be, or the
            server ended; with the end of its log.
    """

    user = "tester"
    #: may search what the tests made, and no more; has the same password
    reader = "reader"

    def __init__(self) -> None:
        self._home = _installed()
        self._folder = Path(tempfile.mkdtemp(prefix="foreland-elastic-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.password = secrets.token_urlsafe(12)
        self.port, self._transport_port = _free_ports(2)
        self.url = f"https://127.0.0.1:{self.port}"
        self.ca = self._folder / "config" / "ca.pem"
        self._configure()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        environment = {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(_java_home()),
            "ES_PATH_CONF": str(self._folder / "config"),
            "ES_TMPDIR": str(self._folder / "tmp"),
            "HOME": str(self._folder),
        }
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in (self._folder, *self._folder.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        with (self._folder / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                ["sh", "-c", _WATCHED, str(self._home / "bin" / "elasticsearch"), str(_owner())],
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **as_user,  # type: ignore[call-overload]
            )
        self._wait()

    def stop(self) -> None:
        """Stop it. Stopping twice is fine."""
        process, self._process = self._process, None
        if process is not None:
            _end(process.pid)
            process.wait(10)

    def close(self) -> None:
        """Stop it and throw its data away."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def settings(self) -> Settings:
        """How it is reached: with the right credentials, and its authority."""
        return Settings(
            kind="elastic",
            hosts=(self.url,),
            user=self.user,
            password=self.password,  # type: ignore[arg-type]
            ca=self.ca,
        )

    def handover(self) -> tuple[int, Path]:
        """The process and the folder, for whoever ends it: perhaps another test process."""
        process, self._process = self._process, None
        assert process is not None
        process.returncode = 0  # else it would be reported as forgotten
        return process.pid, self._folder

    def _configure(self) -> None:
        config = self._folder / "config"
        shutil.copytree(self._home / "config", config)
        (self._folder / "tmp").mkdir()
        (config / "jvm.options.d").mkdir(exist_ok=True)
        (config / "jvm.options.d" / "heap.options").write_text("-Xms512m\n-Xmx512m\n")
        _make_certificates(config)
        hashed = _hashed(self.password)
        (config / "users").write_text(f"{self.user}:{hashed}\n{self.reader}:{hashed}\n")
        (config / "users_roles").write_text(f"superuser:{self.user}\nlook:{self.reader}\n")
        (config / "roles.yml").write_text(
            "look:\n  indices:\n"
            "    - names: ['test-*']\n      privileges: [read, view_index_metadata]\n"
        )
        (config / "elasticsearch.yml").write_text(
            f"""
cluster.name: foreland-tests
node.name: only
discovery.type: single-node
network.host: 127.0.0.1
http.port: {self.port}
transport.port: {self._transport_port}
path.data: {self._folder / "data"}
path.logs: {self._folder / "logs"}
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.http.ssl:
  enabled: true
  key: server.key
  certificate: server.pem
  certificate_authorities: [ca.pem]
"""
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        client = Elasticsearch(
            self.url,
            ca_certs=str(self.ca),
            basic_auth=(self.user, self.password),
            max_retries=0,
        )
        try:
            while time.monotonic() < deadline:
                assert self._process is not None
                if self._process.poll() is not None:
                    raise CannotStart(f"Elasticsearch ended:\n{self._log_end()}")
                with contextlib.suppress(ApiError, TransportError):
                    client.cluster.health(wait_for_status="yellow", timeout="5s")
                    return
                time.sleep(0.25)
        finally:
            client.close()
        self.stop()
        raise CannotStart(f"no answer within {START_SECONDS} seconds:\n{self._log_end()}")

    def _log_end(self) -> str:
        return "\n".join(
            (self._folder / "console.log").read_text(errors="replace").splitlines()[-30:]
        )


@contextlib.contextmanager
def shared_server(folder: Path) -> Iterator[Settings]:
    """One server for all the processes that name the same folder; the last one ends it.

    (A group of pytest-xdist would not do: with pytest 9.2 its groups are spread again.)
    """
    state = folder / "elastic.json"
    with _locked(folder / "elastic.lock"):
        if state.exists():
            known = json.loads(state.read_text())
        else:
            server = ElasticServer()
            try:
                server.start()
            except BaseException:
                server.close()
                raise
            pid, place = server.handover()
            settings = server.settings()
            password = settings.password.get_secret_value()
            reached = {**settings.model_dump(mode="json"), "password": password}
            known = {"users": 0, "pid": pid, "place": str(place), "settings": reached}
        known["users"] += 1
        state.write_text(json.dumps(known))
    try:
        yield Settings.model_validate(known["settings"])
    finally:
        with _locked(folder / "elastic.lock"):
            known = json.loads(state.read_text())
            known["users"] -= 1
            state.write_text(json.dumps(known))
            if not known["users"]:
                state.unlink()
                _end(known["pid"])
                shutil.rmtree(known["place"], ignore_errors=True)


def _owner() -> int:
    """The process that outlives every other of the tests."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _end(pid: int) -> None:
    """End the process group: the launcher and the server, and no other's."""
    signals = iter((signal.SIGTERM, *[None] * 600, signal.SIGKILL))
    with contextlib.suppress(ProcessLookupError):
        for sent in signals:
            os.killpg(pid, sent or 0)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)


def _installed() -> Path:
    """The unpacked distribution, fetched when it is not in the cache yet."""
    CACHE.mkdir(exist_ok=True)
    home = _place() / f"elasticsearch-{VERSION}"
    done = home / ".complete"
    with _locked(CACHE / "elasticsearch.lock"):
        if done.exists():
            return home
        archive = _fetched()
        shutil.rmtree(home, ignore_errors=True)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(home.parent)
        for path in (home / "bin").iterdir():
            path.chmod(0o755)
        done.touch()
        shutil.rmtree(CACHE / "maven", ignore_errors=True)
    return home


def _place() -> Path:
    """The cache; root takes a temporary folder when `nobody` may not go into the cache."""
    closed = [p for p in (CACHE, *CACHE.parents) if not p.stat().st_mode & 0o001]
    if os.geteuid() != 0 or not closed:
        return CACHE
    place = Path(tempfile.gettempdir()) / "foreland-elasticsearch"
    place.mkdir(exist_ok=True)
    return place


def _fetched() -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart("mvn is lacking: apt-get install maven, or set TEST_ES_URL")
    repository = CACHE / "maven"
    command = [maven, "-q", "-B", f"-Dmaven.repo.local={repository}", _PLUGIN]
    command += [f"-Dartifact={ARTIFACT}", "-Dtransitive=false"]
    fetched = subprocess.run(command, capture_output=True, text=True, timeout=600)
    name = f"elasticsearch-{VERSION}.zip"
    found = next(repository.rglob(name), None)
    if fetched.returncode or found is None:
        raise CannotStart(f"{ARTIFACT} cannot be fetched:\n{fetched.stdout}{fetched.stderr}")
    with found.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        shutil.rmtree(repository)
        raise CannotStart(f"{name} has the checksum {digest}, not {SHA256}")
    return found


def _java_home() -> Path:
    java = shutil.which("java")
    if java is None:
        raise CannotStart(
            "java is lacking: apt-get install openjdk-17-jre-headless, or set TEST_ES_URL"
        )
    return Path(java).resolve().parents[1]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _free_ports(number: int) -> list[int]:
    opened = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in opened]
    for each in opened:
        each.close()
    return ports


def _hashed(password: str) -> str:
    """A line of the file realm's `users`, as `elasticsearch-users` would write it."""
    salt = secrets.token_bytes(32)
    rounds = 10_000
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, 32)
    return f"{{PBKDF2}}{rounds}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def _make_certificates(folder: Path) -> None:
    """ca.pem, and server.key with server.pem that it signed for 127.0.0.1."""
    now = datetime.now(UTC)

    def certificate(
        name: str, key: ec.EllipticCurvePrivateKey, *, signer: ec.EllipticCurvePrivateKey, ca: bool
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Foreland tests CA")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, ca, ca, False, False),
                critical=True,
            )
        )
        if not ca:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(
                x509.SubjectAlternativeName([address, x509.DNSName("localhost")]), critical=False
            )
        return builder.sign(signer, hashes.SHA256())

    authority, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    signed = {
        "ca.pem": certificate("Foreland tests CA", authority, signer=authority, ca=True),
        "server.pem": certificate("127.0.0.1", key, signer=authority, ca=False),
    }
    for name, made in signed.items():
        (folder / name).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def drop_index(settings: Settings) -> None:
    """Take every version of a test's index away, and its template."""
    client = make_client(settings, settings.ca)
    found = client.options(ignore_status=404).indices.get(index=f"{settings.name}-v*")
    for version in found.body:
        client.indices.delete(index=version)
    client.options(ignore_status=404).indices.delete_index_template(name=settings.name)
    client.close()
