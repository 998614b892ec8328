"""A real WordPress for the tests: Debian's own, with a database of its own, on loopback.

It is installed by its own installer and filled through what it offers to its users: sign-in,
administration pages, REST interface and comment form. `./run test` fetches it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from lxml import html

#: Where `./run test` unpacks Debian's packages, and where they are when installed.
_HOMES = (Path(sys.prefix, "wordpress/usr/share/wordpress"), Path("/usr/share/wordpress"))
_START_SECONDS = 60
#: Runs a server ("$@") until that ends, or the tests ($0) are gone without having ended it.
_WATCHED = """
"$@" & server=$!
while kill -0 $server && kill -0 "$0"; do sleep 1; done
kill -s KILL 0
"""
#: Nothing outside is asked for anything, and nothing is done behind the tests' backs.
_CONFIG = """<?php
define('DB_NAME', 'blog');
define('DB_USER', 'blog');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('AUTH_KEY', '{key}');
define('SECURE_AUTH_KEY', '{key}1');
define('LOGGED_IN_KEY', '{key}2');
define('NONCE_KEY', '{key}3');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_AUTO_UPDATE_CORE', false);
$table_prefix = 'wp_';
define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
#: What a web server's rewrite rules do: whatever is no file is for WordPress to answer.
_ROUTER = """<?php
$path = __DIR__ . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (is_file($path) || is_file(rtrim($path, '/') . '/index.php') && $path !== __DIR__ . '/') {
    return false;
}
require __DIR__ . '/index.php';
"""


class CannotStart(Exception):
    """WordPress is not installed or did not start; says what is lacking."""


class Blog:
    """One WordPress, installed and signed in to; `close` ends it and throws it away.

    Raises:
        CannotStart: a program or package is lacking, or a server ended; with its log.
    """

    def __init__(self) -> None:
        home = next((one for one in _HOMES if (one / "wp-login.php").exists()), None)
        lacking = [one for one in ("php", "mariadbd") if shutil.which(one) is None]
        if home is None or lacking:
            what = ", ".join([*lacking, *([] if home else ["WordPress"])])
            raise CannotStart(f"{what} not found: ./run test installs them, as root on Debian")
        self._folder = Path(tempfile.mkdtemp(prefix="foreland-blog-"))
        self._site = self._folder / "site"
        self._groups: list[int] = []
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(
            base_url=self.url, timeout=60, follow_redirects=True, trust_env=False
        )
        self._nonce = ""
        try:
            # Copied, without following its links: WordPress looks for itself where its files are.
            shutil.copytree(home, self._site, symlinks=True)
            self._start_database()
            self._start_site(port)
            self._install()
        except BaseException:
            self.close()
            raise

    @property
    def themes(self) -> list[str]:
        """Names of the themes that came with it."""
        return sorted(one.parent.name for one in self._site.glob("wp-content/themes/*/style.css"))

    def close(self) -> None:
        """End both servers and throw everything away."""
        self._client.close()
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
            os.waitpid(group, 0)
        self._groups.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def rest(self, method: str, path: str, **values: Any) -> Any:
        """Ask its REST interface as the administrator: `rest("POST", "posts", title="…")`."""
        answer = self._client.request(
            method,
            f"/wp-json/wp/v2/{path}",
            json=values or None,
            headers={"X-WP-Nonce": self._nonce},
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def comment(self, post: int, name: str, text: str, *, parent: int, visitor: int) -> int:
        """Comment as a visitor by the form below a post; the administrator lets it through.

        Visitors 1 to 250 come from loopback addresses of their own: whoever comments twice
        within 15 seconds is turned away.
        """
        transport = httpx.HTTPTransport(local_address=f"127.0.0.{visitor + 1}")
        with httpx.Client(
            base_url=self.url, transport=transport, timeout=60, trust_env=False
        ) as client:
            form = {
                "author": name,
                "email": f"visitor{visitor}@example.org",
                "comment": text,
                "comment_post_ID": str(post),
                "comment_parent": str(parent),
            }
            answer = client.post("/wp-comments-post.php", data=form)
        assert answer.status_code == 302, answer.text[:1000]
        went = urlsplit(answer.headers["location"])
        match = re.search(r"comment-(\d+)", went.fragment)
        number = match[1] if match else parse_qs(went.query)["unapproved"][0]
        self.rest("POST", f"comments/{number}", status="approved")
        return int(number)

    def set_options(self, page: str, **changes: str) -> None:
        """Change fields of a settings page (`discussion`, `reading` …) and save it."""
        answer = self._client.get(f"/wp-admin/options-{page}.php")
        document = html.document_fromstring(answer.content, base_url=str(answer.url))
        (form,) = (one for one in document.forms if "_wpnonce" in one.fields)
        values = {**dict(form.form_values()), **changes}
        target = form.action or str(answer.url)
        saved = self._client.post(str(answer.url.join(target)), data=values)
        assert saved.is_success, saved.text[:1000]

    def activate(self, theme: str) -> None:
        """Show the blog in another of its themes."""
        page = self._client.get("/wp-admin/themes.php").text.replace("\\/", "/")
        pattern = rf"themes\.php\?action=activate[^\"' ]*?stylesheet={theme}[^\"' ]*"
        match = re.search(pattern, page)
        if match is None:
            assert f'"{theme}"' in page  # it is the one that is shown already
            return
        address = match[0].replace("&amp;", "&").replace("&#038;", "&")
        assert self._client.get(f"/wp-admin/{address}").is_success

    def _start_database(self) -> None:
        data, sock = self._folder / "db", self._folder / "sql"
        data.mkdir()
        first = self._folder / "first.sql"
        first.write_text("CREATE DATABASE blog CHARACTER SET utf8mb4;\n")
        self._start(
            "mariadbd",
            "--no-defaults",
            *(["--user=root"] if os.geteuid() == 0 else []),
            f"--datadir={data}",
            f"--socket={sock}",
            f"--pid-file={self._folder / 'pid'}",
            f"--init-file={first}",
            "--skip-networking",
            "--skip-grant-tables",  # who may open the folder of its socket may do everything
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=32M",
        )
        self._wait("mariadbd", sock.exists)

    def _start_site(self, port: int) -> None:
        key = secrets.token_hex(16)
        config = _CONFIG.replace("{socket}", str(self._folder / "sql")).replace("{key}", key)
        for name in ("wp-config.php", ".htaccess"):
            (self._site / name).unlink(missing_ok=True)
        (self._site / "wp-config.php").write_text(config)
        router = self._site / "foreland-router.php"
        router.write_text(_ROUTER)
        settings = (
            "zend_extension=opcache",
            "opcache.enable_cli=1",
            "extension=mysqlnd",
            "extension=mysqli",
            "sendmail_path=/bin/true",
            "display_errors=0",
        )
        options = [word for setting in settings for word in ("-d", setting)]
        served = ["-S", f"127.0.0.1:{port}", "-t", str(self._site), str(router)]
        # `-n`: only what a blog needs, whatever else this machine's PHP is told to load.
        self._start("php", "-n", *options, *served)
        self._wait("php", lambda: _answers(port))

    def _start(self, *command: str) -> None:
        with (self._folder / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                ["sh", "-c", _WATCHED, str(os.getpid()), *command],
                # One request at a time would do, but the installer asks the site for itself.
                env={"PATH": os.environ["PATH"], "PHP_CLI_SERVER_WORKERS": "2"},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process.returncode = 0  # `close` ends its whole group
        self._groups.append(process.pid)

    def _wait(self, name: str, is_up: Any) -> None:
        until = time.monotonic() + _START_SECONDS
        while not is_up():
            if time.monotonic() > until:
                log = (self._folder / f"{name}.log").read_text(errors="replace")
                raise CannotStart(f"{name} did not start:\n{log[-2000:]}")
            time.sleep(0.1)

    def _install(self) -> None:
        password = secrets.token_urlsafe(12)
        form = {
            "weblog_title": "An invented blog",
            "user_name": "keeper",
            "admin_password": password,
            "admin_password2": password,
            "admin_email": "keeper@example.org",
            "language": "",
        }
        answer = self._client.post("/wp-admin/install.php?step=2", data=form)
        if "wp-login.php" not in answer.text:
            raise CannotStart(f"the installer says: {answer.text[:2000]}")
        self._client.get("/wp-login.php")
        entry = {"log": "keeper", "pwd": password, "testcookie": "1"}
        answer = self._client.post("/wp-login.php", data=entry)
        assert "wp-admin" in str(answer.url), answer.text[:1000]
        self.set_options("permalink", permalink_structure="/%year%/%monthnum%/%postname%/")
        answer = self._client.get("/wp-admin/admin-ajax.php", params={"action": "rest-nonce"})
        self._nonce = answer.text


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0
