"""`python -m crawler.cli`: the command without its script, for the crawl processes."""

from crawler.cli import main

main()
