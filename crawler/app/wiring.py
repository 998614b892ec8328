"""Makes the parts from the configuration and joins them: store, analysis, index, rules."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from crawler import __version__
from crawler.app.candidates import note_candidates
from crawler.config import Config, EmlMail, SmtpMail
from crawler.config import ElasticIndex as ElasticSettings
from crawler.config import SqliteIndex as SqliteSettings
from crawler.errors import ConfigError, IndexUnavailable, RuleError, SourceError
from crawler.ports import Embedder, Index, Mailer
from crawler.store import Store, open_store
from crawler.types import Advert, AnalysedPost, Hit, NewMail, Post, Query, SearchResult

if TYPE_CHECKING:
    from index.rates import Rates
    from index.resolve import Resolver
    from nlp.pipeline import Analyser
    from rules.engine import Evaluation
    from rules.load import RuleSet
    from rules.mail import Delivery
    from rules.schema import Rule
    from spiders.source import Source, SourceSet

_log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
#: told after each batch how many posts it held
Progress = Callable[[int], None]

#: Posts analysed, clustered and indexed at once: small enough that a kill, or a request to
#: stop, costs a few seconds of work.
_BATCH = 50


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Processed:
    """What one pass over the collected posts did."""

    analysed: int = 0
    offers: int = 0
    indexed: int = 0


class App(AbstractContextManager["App"]):
    """Foreland over one workspace. Heavy parts are made when first used."""

    def __init__(self, config: Config, store: Store, *, clock: Clock = utc_now) -> None:
        self.config = config
        self.store = store
        self.clock = clock

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        """Close the index and the store. Closing twice is fine."""
        if "index" in self.__dict__:
            self.index.close()
        self.store.close()

    # --- the parts -------------------------------------------------------------------

    @cached_property
    def index(self) -> Index:
        """The index that the configuration names."""
        match self.config.index:
            case SqliteSettings() as settings:
                from index.sqlite import SqliteIndex

                path = self.config.path(settings.path)
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    message = f"{path.parent}: the index's folder cannot be made: {error.strerror}"
                    raise IndexUnavailable(message) from error
                return SqliteIndex(path, load=self.store.get_analysed)
            case ElasticSettings() as settings:
                from index.elastic import ElasticIndex

                ca = self.config.path(settings.ca) if settings.ca else None
                return ElasticIndex(settings, load=self.store.get_analysed, ca=ca)

    @cached_property
    def analyser(self) -> Analyser:
        """The pipeline, loaded once."""
        from nlp.pipeline import Analyser

        return Analyser(threshold=self.config.nlp.threshold)

    @cached_property
    def mailer(self) -> Mailer:
        """The mailer that the configuration names."""
        from rules.mail import EmlMailer, SmtpMailer

        match self.config.mail:
            case EmlMail() as settings:
                return EmlMailer(self.config.path(settings.folder), sender=settings.sender)
            case SmtpMail() as settings:
                return SmtpMailer(settings)

    @property
    def user(self) -> str:
        """Who acts, for the audit log."""
        return self.config.collector or collector_name()

    def parse_query(self, text: str) -> Query:
        """A query in Lucene syntax, checked.

        Raises:
            InvalidQuery: with the column.
        """
        from index.query import parse_query

        return parse_query(text, now=self.clock(), resolver=self.resolver)

    @cached_property
    def embedder(self) -> Embedder:
        """The model of meaning, loaded at its first text."""
        from nlp.embedder import E5Embedder

        return E5Embedder(lambda: self.analyser)

    @cached_property
    def resolver(self) -> Resolver:
        """What queries ask of the analysis and the store."""
        from index.resolve import FoundPlace, Resolver
        from nlp.gazetteer.load import find_named

        def find_places(name: str) -> list[FoundPlace]:
            return [FoundPlace(*found) for found in find_named(name)]

        def find_post(number: int) -> tuple[str, bytes | None] | None:
            found = self.store.get_analysed([number])
            return (found[0].post.text, found[0].advert.embedding) if found else None

        return Resolver(self.embedder, find_post, find_places, self.rates)

    @cached_property
    def rates(self) -> Rates:
        """The table by which prices are converted.

        Raises:
            ConfigError: the file of the setting `rates` cannot be read, or has faults.
        """
        from index.rates import SHIPPED, load_rates

        return load_rates(self.config.path(self.config.rates) if self.config.rates else SHIPPED)

    def load_sources(self) -> SourceSet:
        """The sources of the workspace, with what is wrong with them."""
        from spiders.source import load_sources

        return load_sources(self.config.path(self.config.sources), today=self.today())

    def load_rules(self) -> RuleSet:
        """The rules of the workspace, with what is wrong with them."""
        from rules.load import load_rules

        return load_rules(self.config.path(self.config.rules), self.parse_query)

    def source(self, name: str) -> Source:
        """One source by its name.

        Raises:
            SourceError: there is none of that name, or its file has faults.
        """
        from spiders.source import find_source

        folder = self.config.path(self.config.sources)
        source = find_source(folder, name, today=self.today())
        if source is not None:
            return source
        found = self.load_sources()
        mine = [problem for problem in found.problems if Path(problem.path).stem == name]
        if mine:
            raise SourceError(mine)
        known = ", ".join(source.name for source in found.sources) or "none"
        raise SourceError.one(folder, f"there is no source named {name!r} (there are: {known})")

    def find_due(self) -> list[Source]:
        """The sources that are to be collected now, the longest waiting first."""
        from crawler.app.due import find_due

        return find_due(self.load_sources().sources, self.store, self.clock(), self.config)

    def pace_of(self, source: Source) -> str:
        """The host whose pace a source shares with others; '' where there is no delay."""
        delay = self.config.crawl.delay if source.pace.delay is None else source.pace.delay
        return source.pace_host if delay > 0 else ""

    def rule(self, name: str) -> Rule:
        """One rule by its name.

        Raises:
            RuleError: there is none of that name, or its file has faults.
        """
        found = self.load_rules()
        for rule in found.rules:
            if rule.name == name:
                return rule
        mine = [problem for problem in found.problems if Path(problem.path).stem == name]
        if mine:
            raise RuleError(mine)
        folder = self.config.path(self.config.rules)
        known = ", ".join(rule.name for rule in found.rules) or "none"
        raise RuleError.one(folder, f"there is no rule named {name!r} (there are: {known})")

    def today(self) -> date:
        """The date where the desk stands."""
        from zoneinfo import ZoneInfo

        return self.clock().astimezone(ZoneInfo(self.config.time_zone)).date()

    # --- the path of a post, after the crawl -----------------------------------------

    def process(
        self,
        *,
        stale: bool = False,
        batches: int | None = None,
        progress: Progress | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Processed:
        """Analyse, cluster and index all that waits. Can be killed and run again.

        Args:
            stale: also posts that an older pipeline analysed.
            batches: at most so many batches of 50 posts; None for all.
            progress: told after each batch.
            stop: asked between batches.

        Raises:
            StoreError: what was done so far is kept.
            IndexUnavailable: all was analysed; what is not indexed waits in the change log.
        """
        from nlp.pipeline import PIPELINE_VERSION

        version = PIPELINE_VERSION if stale else None
        analysed = offers = indexed = done = 0
        fault: IndexUnavailable | None = None
        try:
            indexed = self.cluster_and_index()
        except IndexUnavailable as error:
            fault = error
        while not stop() and (batches is None or done < batches):
            posts = self.store.posts_to_analyse(nlp_version=version, limit=_BATCH)
            if not posts:
                break
            done += 1
            adverts = self._analyse(posts, PIPELINE_VERSION)
            self.store.put_adverts(adverts)
            analysed += len(adverts)
            offers += sum(advert.judgement.is_offer for advert in adverts)
            if fault is None:
                try:
                    indexed += self.cluster_and_index()
                except IndexUnavailable as error:
                    fault = error
            if progress:
                progress(len(posts))
        if analysed:
            _log.info("posts analysed", posts=analysed, offers=offers)
        if fault:
            raise fault
        return Processed(analysed, offers, indexed)

    def _analyse(self, posts: Sequence[Post], version: str) -> list[Advert]:
        """The adverts of the posts. One that cannot be read is noted, and passed over."""
        analyser = self.analyser  # a model that is missing is no fault of the posts
        try:
            return analyser.analyse(posts)
        except Exception:  # noqa: BLE001
            # One of the top loops: whatever a post does to the pipeline, the others go on.
            if len(posts) == 1:
                post = posts[0]
                _log.exception("post not readable", post=post.id, revision=post.revision)
                self.store.mark_unreadable(post.id, post.revision, version)
                return []
        return [advert for post in posts for advert in self._analyse([post], version)]

    def cluster_and_index(self) -> int:
        """Assign what changed to advertisers, note candidates, bring the index up to the store.

        Returns:
            How many posts were indexed.
        """
        from index.advertisers import assign
        from index.sync import sync

        while changes := self.store.changes("advertisers", limit=_BATCH):
            posts = self.store.get_analysed([change.post_id for change in changes])
            # One transaction: a kill leaves either the old clusters or the new ones.
            with self.store.transaction():
                assignment = assign(posts, self.store)
                self.store.put_edges(assignment.edges)
                self.store.assign_advertisers(assignment.advertisers)
                if assignment.edges:
                    links, posts_seen = len(assignment.edges), len(assignment.advertisers)
                    self.store.log_event(
                        "combination",
                        user=self.user,
                        object="advertisers",
                        reason=f"{links} links over {posts_seen} posts",
                        at=self.clock(),
                    )
                self.store.set_cursor("advertisers", changes[-1].seq)
        note_candidates(self)
        return sync(self.index, self.store)

    def evaluate_rules(self) -> Evaluation:
        """Match the rules against what changed; alerts and their mails go to the outbox."""
        from rules.digest import compose_digest
        from rules.engine import evaluate

        sender = self.config.mail.sender

        def compose(rule: Rule, found: Sequence[AnalysedPost], now: datetime) -> NewMail:
            return compose_digest(rule, found, now, desk_url=self.desk_url, sender=sender)

        return evaluate(
            self.load_rules().rules,
            self.store,
            self.index,
            parse_query=self.parse_query,
            compose=compose,
            now=self.clock(),
        )

    def deliver_mail(self) -> Delivery:
        """Hand every message that is due to the mailer."""
        from rules.mail import deliver

        delivery = deliver(self.store, self.mailer, clock=self.clock)
        for where in delivery.sent:
            self.store.log_event(
                "disclosure", user=self.user, object=f"mail:{where}", at=self.clock()
            )
        return delivery

    @property
    def desk_url(self) -> str:
        """The desk's address, for links in messages."""
        return f"http://{self.config.web.host}:{self.config.web.port}"

    # --- what people ask -------------------------------------------------------------

    def search(
        self,
        text: str,
        *,
        limit: int = 20,
        after: str | None = None,
        facets: Sequence[str] = (),
        sort: str = "relevance",
        user: str | None = None,
    ) -> SearchResult:
        """Search, and log the look: a search that finds nothing is logged too.

        Raises:
            InvalidQuery, IndexUnavailable: as `Index.search`.
        """
        result = self.index.search(
            self.parse_query(text), limit=limit, after=after, facets=facets, sort=sort
        )
        self.store.log_event(
            "consultation",
            user=user or self.user,
            object=f"search:{text}",
            reason=f"{result.count} found",
            at=self.clock(),
        )
        return result

    def histogram(
        self, text: str, every: str, *, user: str | None = None
    ) -> tuple[tuple[date, int], ...]:
        """How many posts of each day, week or month a query finds; logged as a search.

        Raises:
            InvalidQuery, IndexUnavailable: as `Index.histogram`.
        """
        counted = self.index.histogram(self.parse_query(text), every)
        self.store.log_event(
            "consultation",
            user=user or self.user,
            object=f"histogram:{text}",
            reason=f"{sum(posts for _, posts in counted)} found",
            at=self.clock(),
        )
        return counted

    def iter_hits(self, text: str) -> Iterator[Hit]:
        """Every hit of a query, newest first; see `Index.iter_hits`.

        Raises:
            InvalidQuery, IndexUnavailable: as `Index.search`.
        """
        return self.index.iter_hits(self.parse_query(text))

    def log_export(self, text: str, where: str, posts: int) -> None:
        """Note that what a query finds was written to a file, to be given away."""
        self.store.log_event(
            "disclosure",
            user=self.user,
            object=f"export:{text}",
            reason=f"{posts} posts to {where}",
            at=self.clock(),
        )

    def log_look(self, what: str, *, user: str | None = None) -> None:
        """Note that somebody looked at an advert or an advertiser."""
        self.store.log_event("consultation", user=user or self.user, object=what, at=self.clock())


def collector_name() -> str:
    """Who collects: user@host and the tool's version, for captures and the audit log."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()} foreland/{__version__}"


def open_app(config: Config, *, clock: Clock = utc_now) -> App:
    """Open the workspace of a configuration, making what is not there yet.

    Raises:
        ConfigError: the workspace is not a folder.
        StoreError: the database cannot be opened.
    """
    if not config.workspace.is_dir():
        raise ConfigError.one(config.workspace, "is not a folder: make it with foreland init")
    return App(config, open_store(config.database_url), clock=clock)
