"""Commands that measure: bench, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from crawler.cli.opening import print_line, read_config
from crawler.errors import ConfigError

Backend = Literal["sqlite", "elastic"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    bench = typer.Typer(no_args_is_help=True, help="How fast, and against what.")
    bench.command("crawl")(_bench_crawl)
    bench.command("nlp")(_bench_nlp)
    bench.command("search")(_bench_search)
    app.add_typer(bench, name="bench")
    app.command("evaluate")(_evaluate)


def _bench_crawl(
    pages: int = typer.Option(2000, min=10, help="Pages served on this machine; 20000 for memory."),
    sources: int = typer.Option(
        0, min=0, help="Instead: so many sources due at once, and how long each waits (500)."
    ),
) -> None:
    """The whole crawl against bare Scrapy, over the same local pages in the same run."""
    from crawler.app.crawl_bench import bench_crawl
    from crawler.app.fairness_bench import bench_fairness

    if sources:
        print_line(str(bench_fairness(max(sources, 3))))
        return

    bench = bench_crawl(pages)
    print_line(f"pages         {bench.pages}")
    print_line(f"bare Scrapy   {bench.bare_per_second:.0f} pages a second")
    print_line(f"whole crawl   {bench.ours_per_second:.0f} pages a second (archive, parse, store)")
    print_line(f"ratio         {bench.ratio:.2f}")
    print_line(
        f"memory        {bench.peak_mb:.0f} MB at most, {bench.early_mb:.0f} MB after a fifth, "
        f"{bench.late_mb:.0f} MB at the end"
    )


def _bench_nlp(
    posts: int = typer.Option(1000, min=100, help="Posts of the stream."),
) -> None:
    """Reading posts: extraction, the whole analysis, memory, the first answer."""
    from crawler.app.nlp_bench import bench_nlp

    print_line(str(bench_nlp(posts)))


def _bench_search(
    context: typer.Context,
    posts: int = typer.Option(100_000, min=1000, help="Generated posts."),
    backend: Backend = typer.Option("sqlite", help="sqlite, or elastic: the workspace's server."),
    vectors: bool = typer.Option(False, "--vectors", help="Every post has an embedding."),
    meaning: bool = typer.Option(
        True, "--meaning/--no-meaning", help="Also how well like: finds other languages."
    ),
) -> None:
    """An index against a plain one, over the same posts in the same run."""
    from crawler.config import ElasticIndex
    from index.bench import bench_search

    if backend == "elastic":
        config = read_config(context)
        settings = config.index
        if not isinstance(settings, ElasticIndex):
            message = "names no Elasticsearch: set index.kind to elastic, with its hosts"
            raise ConfigError.one(config.workspace, message)
        ca = config.path(settings.ca) if settings.ca else None
        print_line(str(bench_search(posts, vectors=vectors, server=settings, ca=ca)))
    else:
        print_line(str(bench_search(posts, vectors=vectors)))
    if meaning:
        from crawler.app.likeness_bench import bench_likeness
        from nlp.pipeline import Analyser

        print_line(str(bench_likeness(Analyser())))


def _evaluate(
    part: str = typer.Option("test", help="Of the corpus: test, dev or train."),
    language: list[str] = typer.Option([], help="Only these languages."),
    against: Path = typer.Option(None, help="Your own labelled texts instead of the corpus."),
    mistakes: bool = typer.Option(False, "--mistakes", help="Also every text read wrong."),
) -> None:
    """How well posts are read: precision, recall and F1 per label, calibration, speed."""
    from nlp.corpus_file import load_corpus
    from nlp.evaluate import evaluate, report
    from nlp.labelled_file import load_labelled
    from nlp.pipeline import Analyser

    if against:
        texts = load_labelled(against)
    else:
        texts = [text for text in load_corpus(language or None) if text.part == part]
    result = evaluate(texts, Analyser())
    print_line(report(result))
    if mistakes:
        for mistake in result.mistakes:
            print_line(f"{mistake.id} {mistake.label}: {mistake.found}, true: {mistake.true}")
