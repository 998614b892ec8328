"""The store against a model of it in a few lines, over any sequence of calls."""

from __future__ import annotations

import tempfile

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crawler.store import open_store
from tests.store.samples import NOW, SOURCE, add, make_advert, make_found

_numbers = st.integers(1, 4)
_texts = st.sampled_from(["a", "b"])


class StoreModel(RuleBasedStateMachine):
    """Keeps the texts of each post, what is removed and analysed, and the change log."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{self.folder.name}/foreland.sqlite3")
        self.texts: dict[int, list[str]] = {}  # by number, every revision
        self.ids: dict[int, int] = {}
        self.removed: set[int] = set()
        self.analysed: set[tuple[int, int]] = set()  # (number, revision)
        self.to_rules: list[int] = []  # numbers, as the log says

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(page=st.lists(st.tuples(_numbers, _texts), max_size=4))
    def see(self, page: list[tuple[int, str]]) -> None:
        expected = []
        for number, text in page:
            texts = self.texts.setdefault(number, [])
            expected.append("same" if texts[-1:] == [text] else "changed" if texts else "new")
            if texts[-1:] != [text]:
                texts.append(text)
            self.removed.discard(number)
        assert add(self.store, *(make_found(n, text) for n, text in page)) == expected
        for post in self.store.iter_posts():
            self.ids[int(post.site_id.removeprefix("board/"))] = post.id

    @rule(numbers=st.lists(_numbers, unique=True))
    def vanish(self, numbers: list[int]) -> None:
        new = (set(numbers) & set(self.texts)) - self.removed
        sites = [f"board/{number}" for number in numbers]
        assert self.store.mark_removed(SOURCE, sites, NOW) == len(new)
        self.removed |= new

    @rule(limit=st.integers(1, 3))
    def analyse(self, limit: int) -> None:
        found = self.store.posts_to_analyse(limit=limit)
        assert len(found) == min(limit, len(self._waiting()))
        self.store.put_adverts([make_advert(post.id, post.revision) for post in found])
        for post in found:
            number = int(post.site_id.removeprefix("board/"))
            self.analysed.add((number, post.revision))
            self.to_rules.append(number)

    @rule(limit=st.integers(1, 3))
    def take_in(self, limit: int) -> None:
        batch = self.store.changes("rules", limit=limit)
        window, self.to_rules = self.to_rules[:limit], self.to_rules[limit:]
        assert {change.post_id for change in batch} == {self.ids[number] for number in window}
        if batch:
            self.store.set_cursor("rules", batch[-1].seq)

    def _waiting(self) -> list[int]:
        return [n for n, texts in self.texts.items() if (n, len(texts)) not in self.analysed]

    @invariant()
    def everything_is_there(self) -> None:
        counts = self.store.counts()
        assert counts.posts == len(self.texts)
        assert counts.revisions == sum(map(len, self.texts.values()))
        current = {(number, len(texts)) for number, texts in self.texts.items()}
        assert counts.adverts == len(current & self.analysed)
        for number, texts in self.texts.items():
            found = self.store.revisions(self.ids[number])
            assert [post.text for post in found] == texts
            assert (found[-1].removed_at is not None) == (number in self.removed)


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
