"""The archive: every page as it was fetched, in WARC files that show any later change."""

from crawler.archive.memory import MemoryArchive
from crawler.archive.verify import verify_archive
from crawler.archive.warc import WarcArchive

__all__ = ["MemoryArchive", "WarcArchive", "verify_archive"]
