"""Finds links, e-mail addresses and @handles, also where they are spaced or spelled apart."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.types import ContactType
from nlp.contacts.candidate import Candidate
from nlp.contacts.regions import Fit, read_international
from nlp.normalise import Normalised

_DOT = r" {0,2}\. {0,2}"
_SLASH = r" {0,2}/ {0,2}"
_NAME = r"[a-z0-9_][a-z0-9_.-]{1,63}"

#: What stands before the name of a link, and the type of contact it leads to.
_HOSTS: tuple[tuple[ContactType, str], ...] = (
    ("whatsapp", rf"wa{_DOT}me{_SLASH}(?:message/)?"),
    ("whatsapp", r"(?:api\.|web\.)?whatsapp\.com/send/?\?phone="),
    ("whatsapp", r"whatsapp://send\?phone="),
    ("telegram", rf"(?:t|telegram){_DOT}(?:me|dog){_SLASH}(?:s/)?@?"),
    ("telegram", r"tg://resolve\?domain="),
    ("viber", r"viber://(?:chat|add)\?number="),
    ("signal", r"signal\.me/#p/"),
    ("messenger", rf"m{_DOT}me{_SLASH}"),
    ("messenger", r"messenger\.com/t/"),
    ("facebook", r"(?:m\.|web\.)?(?:facebook|fb)\.(?:com|me)/"),
    ("instagram", r"(?:instagram\.com|instagr\.am|ig\.me/m)/@?"),
    ("tiktok", r"tiktok\.com/@"),
    ("snapchat", r"snapchat\.com/add/"),
    ("zalo", r"zalo\.me/"),
    ("line", r"line\.me/(?:r/)?ti/p/[~@%]?"),
    ("skype", r"skype:"),
)
_LINK = re.compile(
    r"(?<![\w@.-])(?:https?://(?:www\.)?)?(?:"
    + "|".join(f"(?P<h{number}>{host})" for number, (_, host) in enumerate(_HOSTS))
    + r")(?:(?P<number>[+]? ?\d[\d ()-]{5,20}\d)"
    + r"|(?P<hash>\+[a-z0-9_-]{8,40}|joinchat/[a-z0-9_-]{8,40})"
    + rf"|(?P<name>{_NAME}))"
)
_URL = re.compile(r"(?<![\w@.-])(?:https?://|www\.)[^\s<>\"']{3,300}")
_BARE = re.compile(
    r"(?<![\w@.:/-])(?:[a-z0-9-]{1,40}\.){1,4}"
    r"(?:com|net|org|info|io|me|co|uk|eu|de|fr|it|tr|ru|ir|al|vn|biz|site|online|shop)"
    r"/[^\s<>\"']{1,200}"
)
#: Hosts without a path. Endings that are words somewhere ('me', 'it', 'de') are not believed.
_HOST = re.compile(
    r"(?<![\w@.:/-])[a-z0-9](?:[a-z0-9-]{0,40}\.[a-z0-9]?){1,4}"
    r"(?:com|net|org|info|biz|site|online|shop|store|xyz|club|io|co\.uk|org\.uk)(?![\w@/-]|\.\w)"
)
_HOST_END = re.compile(r"\.(?:com|net|org|info|biz|site|online|shop|store|xyz|club|io|uk)\b")
#: What stands for everybody, on one platform or another.
_EVERYBODY = frozenset(
    (
        "all",
        "everyone",
        "everybody",
        "here",
        "channel",
        "followers",
        "highlight",
        "tous",
        "todos",
        "herkes",
        "tutti",
        "alle",
    )
)
_HANDLE = re.compile(r"(?<![\w@.-])@ ?([a-z0-9_](?:[a-z0-9_.]{0,38}[a-z0-9_])?)(?![\w@])")
_AT = re.compile(
    r"@| ?[(\[{] ?(?:at|arroba|chiocciola) ?[)\]}] ?| at (?=[a-z0-9-]{2,40}(?: dot | ?[(\[]dot))"
)
_LOCAL = re.compile(r"[a-z0-9][a-z0-9._%+-]*$")
_DOT_WORD = r"(?:\.| ?[(\[{] ?(?:dot|punto|point|nokta) ?[)\]}] ?| dot )"
_DOMAIN = re.compile(rf"[a-z0-9-]{{1,63}}(?:{_DOT_WORD}[a-z0-9-]{{2,63}}){{1,4}}")
_DOT_WORDS = re.compile(_DOT_WORD)
_TRAILING = ".,;:!?)]}'\"*…"


def find_links(normalised: Normalised) -> list[Candidate]:
    """Links to messengers and pages. Links that lead to no account are of type 'url'."""
    text = normalised.text
    found: list[Candidate] = []
    if "/" not in text and "www." not in text and "skype:" not in text:
        return _find_hosts(text)
    for match in _LINK.finditer(text):
        kind = next(
            host for number, (host, _) in enumerate(_HOSTS) if match[f"h{number}"] is not None
        )
        candidate = _read_link(match, kind, normalised)
        if candidate is not None:
            found.append(candidate)
    taken = [(one.start, one.end) for one in found]
    for pattern in (_URL, _BARE):
        for match in pattern.finditer(text):
            start, end = match.span()
            while end > start and text[end - 1] in _TRAILING:
                end -= 1
            if any(start < other_end and other < end for other, other_end in taken):
                continue
            taken.append((start, end))
            first, last = normalised.span(start, end)
            found.append(Candidate(start, end, _tidy_url(normalised.original[first:last]), "url"))
    return found + _find_hosts(text)


def _find_hosts(text: str) -> list[Candidate]:
    """Hosts by themselves, as they are: 'demo.example.org'."""
    if not _HOST_END.search(text):
        return []
    return [Candidate(*match.span(), match[0], "url") for match in _HOST.finditer(text)]


def _read_link(match: re.Match[str], kind: ContactType, normalised: Normalised) -> Candidate | None:
    start, end = match.span()
    spaced = (" " in match[0].split("?")[0] and "number" not in match.groupdict(default="")) or (
        " ." in match[0] or ". " in match[0] or " /" in match[0]
    )
    obfuscation = ("spaced_link",) if spaced else ()
    if match["number"]:
        digits = re.sub(r"\D", "", match["number"]).removeprefix("00")
        reading = read_international(digits)
        if reading is None or reading.fit < Fit.POSSIBLE:
            return None
        return Candidate(start, end, reading.e164, kind, obfuscation)
    if match["hash"]:
        first, last = normalised.span(start, end)
        return Candidate(start, end, _tidy_url(normalised.original[first:last]), "url", obfuscation)
    name = match["name"].rstrip("._-")
    end -= len(match["name"]) - len(name)
    if len(name) < 2 or name in ("profile.php", "groups", "pages", "share", "watch", "send", "c"):
        first, last = normalised.span(start, end)
        return Candidate(start, end, _tidy_url(normalised.original[first:last]), "url", obfuscation)
    return Candidate(start, end, name, kind, obfuscation)


def _tidy_url(url: str) -> str:
    """The link with scheme and host in lower case; the path keeps its case."""
    url = "".join(url.split())
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "https", url
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}"


def find_emails(normalised: Normalised) -> list[Candidate]:
    """E-mail addresses, also 'name (at) example (dot) org'."""
    text = normalised.text
    found = []
    for at in _AT.finditer(text):
        if at.start() == 0 or not text[at.start() - 1].isalnum():
            continue
        local = _LOCAL.search(text[max(at.start() - 64, 0) : at.start()])
        domain = _DOMAIN.match(text, at.end(), at.end() + 300)
        if local is None or domain is None:
            continue
        host = _DOT_WORDS.sub(".", domain[0])
        top = host.rpartition(".")[2]
        if not top.isalpha():
            continue
        hidden = at[0] != "@" or host != domain[0]
        found.append(
            Candidate(
                at.start() - len(local[0]),
                domain.end(),
                f"{local[0]}@{host}",
                "email",
                ("spelled_at",) if hidden else (),
            )
        )
    return found


def find_handles(normalised: Normalised) -> Iterator[Candidate]:
    """@names, whose platform the words around them or the hosting site must tell."""
    text = normalised.text
    if "@" not in text:
        return
    for match in _HANDLE.finditer(text):
        name = match[1]
        if len(name) >= 3 and not name.isdecimal() and name not in _EVERYBODY:
            yield Candidate(match.start(), match.end(), name)
