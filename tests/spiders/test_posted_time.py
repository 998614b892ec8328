"""Times as boards print them, in the language and time zone of the site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from spiders.posted_time import PostedTimes, find_zone, read_machine_time, zone_named
from spiders.time_words import languages, words_of

#: A Saturday.
NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)


def read(language: str, printed: str) -> str | None:
    moment = PostedTimes(now=NOW, languages=[language]).read(printed)
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None


@pytest.mark.parametrize(
    ("language", "printed"),
    [
        ("en", "Yesterday at 2:05 PM"),
        ("en", "Posted: Yesterday, 14:05"),
        ("de", "Gestern um 14:05"),
        ("fr", "Hier, à 14h05"),
        ("es", "ayer a las 14:05"),
        ("it", "Ieri, 14:05"),
        ("pl", "Wczoraj, 14:05"),
        ("ro", "Ieri, 14:05"),
        ("ru", "вчера в 14:05"),
        ("uk", "учора о 14:05"),
        ("tr", "Dün 14:05"),
        ("ar", "أمس الساعة ٠٢:٠٥ م"),
        ("fa", "دیروز ۱۴:۰۵"),
        ("vi", "Hôm qua, lúc 02:05 CH"),
        ("sq", "Dje, 14:05"),
        ("nl", "Gisteren om 14:05"),
        ("pt", "Ontem às 14:05"),
        ("sv", "Igår kl. 14.05"),
        ("el", "Χθες στις 2:05 μμ"),
        ("hu", "Tegnap 14:05"),
        ("cs", "včera v 14:05"),
        ("ckb", "دوێنێ 14:05"),
        ("he", "אתמול, 14:05"),
        ("bg", "вчера, 14:05"),
        ("zh", "昨天 下午2:05"),
        ("", "вчера в 14:05"),  # boards that do not say their language
        ("en", "Вчера, 14:05"),  # and those that say the wrong one
    ],
)
def test_yesterday(language: str, printed: str) -> None:
    assert read(language, printed) == "2026-11-27 14:05:00"


@pytest.mark.parametrize(
    ("language", "printed"),
    [
        ("en", "2 hours ago"),
        ("en", "2h"),
        ("de", "vor 2 Stunden"),
        ("fr", "il y a 2 heures"),
        ("es", "hace 2 horas"),
        ("it", "2 ore fa"),
        ("pl", "2 godziny temu"),
        ("ro", "acum 2 ore"),
        ("ru", "2 часа назад"),
        ("uk", "2 години тому"),
        ("tr", "2 saat önce"),
        ("ar", "منذ ساعتين"),
        ("ar", "منذ 2 ساعات"),
        ("fa", "۲ ساعت پیش"),
        ("vi", "2 giờ trước"),
        ("sq", "2 orë më parë"),
        ("nl", "2 uur geleden"),
        ("pt", "há 2 horas"),
        ("sv", "2 timmar sedan"),
        ("he", "לפני שעתיים"),
        ("zh", "2小时前"),
        ("en", "1 hour, 60 minutes ago"),
    ],
)
def test_hours_ago(language: str, printed: str) -> None:
    assert read(language, printed) == "2026-11-28 19:30:00"


@pytest.mark.parametrize(
    ("language", "printed", "moment"),
    [
        ("en", "just now", "2026-11-28 21:30:00"),
        ("en", "a minute ago", "2026-11-28 21:29:00"),
        ("en", "Monday at 5:12 PM", "2026-11-23 17:12:00"),
        ("en", "Saturday at 5:12 PM", "2026-11-21 17:12:00"),
        ("en", "5:13PM", "2026-11-28 17:13:00"),
        ("de", "Montag um 17:12 Uhr", "2026-11-23 17:12:00"),
        ("fr", "il y a 3 jours", "2026-11-25 21:30:00"),
        ("ru", "позавчера в 09:00", "2026-11-26 09:00:00"),
    ],
)
def test_other_relative_times(language: str, printed: str, moment: str) -> None:
    assert read(language, printed) == moment


@pytest.mark.parametrize(
    ("language", "printed", "moment"),
    [
        ("en", "Tue Mar 12, 2019 3:05 am", "2019-03-12 03:05:00"),
        ("en", "« Reply #3 on: March 12, 2019, 12:05:12 AM »", "2019-03-12 00:05:12"),
        ("en", "12th March 2016,\xa003:05 PM", "2016-03-12 15:05:00"),
        ("en", "03-12-2009, 10:12 PM", "2009-03-12 22:12:00"),
        ("en-GB", "03-12-2009, 22:12", "2009-12-03 22:12:00"),
        ("en", "25-12-2009, 22:12", "2009-12-25 22:12:00"),
        ("en", "11 Dec 25, 15:05", "2025-12-11 15:05:00"),
        ("en", "Dec 12", "2025-12-12 00:00:00"),
        ("de", "12. Mär 2021, 14:05", "2021-03-12 14:05:00"),
        ("de", "12.03.09, 10:12", "2009-03-12 10:12:00"),
        ("fr", "Mer 22 Fév 2012 - 18:03", "2012-02-22 18:03:00"),
        ("fr", "le 1er août 2012 à 18h03", "2012-08-01 18:03:00"),
        ("es", "Mar, 12 de marzo de 2019, 15:03", "2019-03-12 15:03:00"),
        ("it", "mar 12 mar 2019, 15:03", "2019-03-12 15:03:00"),
        ("pl", "Śro, 12 paź 2011, 08:14", "2011-10-12 08:14:00"),
        ("ro", "Mie Iul 06, 2015 8:14 pm", "2015-07-06 20:14:00"),
        ("ru", "Вт 12 марта 2021, 14:05", "2021-03-12 14:05:00"),
        ("uk", "Нед квіт 12, 2015 8:14 pm", "2015-04-12 20:14:00"),
        ("tr", "Cmt Oca 12, 2013 8:14 pm", "2013-01-12 20:14:00"),
        ("ar", "الأحد ١٢ مارس ٢٠١٧ - 02:05 ص", "2017-03-12 02:05:00"),
        ("ar", "12 آذار 2017 02:05 م", "2017-03-12 14:05:00"),
        ("fa", "۱۳۹۸/۱۲/۱۲, ۰۲:۳۰ ب.ظ", "2020-03-02 14:30:00"),
        ("fa", "۱۲ اسفند ۱۳۹۸", "2020-03-02 00:00:00"),
        ("vi", "Thứ 2 06/07/2015 8:14 pm", "2015-07-06 20:14:00"),
        ("vi", "12 Tháng 3, 2017, 08:14 PM", "2017-03-12 20:14:00"),
        ("vi", "Chủ nhật Tháng 3 12, 2017 8:14 pm", "2017-03-12 20:14:00"),
        ("sq", "E Hënë, 12 Mars 2012 14:05", "2012-03-12 14:05:00"),
        ("nl", "di 12 mrt 2019, 15:05", "2019-03-12 15:05:00"),
        ("pt", "12 Fev 2019, 15:05", "2019-02-12 15:05:00"),
        ("hu", "2019. március 12. 14:05", "2019-03-12 14:05:00"),
        ("zh", "2019年3月12日 下午3:05", "2019-03-12 15:05:00"),
        ("th", "12/03/2562, 14:05", "2019-03-12 14:05:00"),
        ("", "Пт дек 12, 2014 15:03", "2014-12-12 15:03:00"),
        ("en", "2019-03-12T03:05:00", "2019-03-12 03:05:00"),
        ("en", "2019-03-12T03:05:00+01:00", "2019-03-12 02:05:00"),
    ],
)
def test_absolute_times(language: str, printed: str, moment: str) -> None:
    assert read(language, printed) == moment


@pytest.mark.parametrize("printed", ["", "hello", "March 2019", "31.02.2019", "x" * 5000, "99:99"])
def test_what_is_no_time_is_none(printed: str) -> None:
    assert read("en", printed) is None


@pytest.mark.parametrize("language", ["", "en", "de"])
@pytest.mark.parametrize(
    "printed",
    [
        "some time ago",  # 'time' is an hour in Norwegian
        "a long time ago",
        "many years ago",
        "a few minutes ago",
        "two hours ago",
        "half an hour ago",
        "2-3 hours ago",
        "hours ago",
        "vor einigen Stunden",
        "il y a quelques heures",
        "il y a une demi-heure",
        "hace unos días",
        "несколько часов назад",
        "منذ ساعات",
        "几小时前",
        "the most important thing",  # 'most' is now in Hungarian
        "I do like 5 of them",  # 'do' is yesterday in Kurdish
        "open 9:00 to 17:30",  # 'to' is a Thursday in Norwegian
        "I sat at 12.50",
        "may 5 people come",
        "set 5 free",  # September in Italian
        "second time 5 ago",  # August in Portuguese
        "447700900123",  # a telephone number, not milliseconds
        "123456789",
    ],
)
def test_vague_times_and_sentences_are_none(language: str, printed: str) -> None:
    assert read(language, printed) is None


@pytest.mark.parametrize(
    "printed",
    [
        "an hour ago",
        "posted an hour ago by somebody",
        "vor einer Stunde",
        "il y a une heure",
        "un'ora fa",
        "hace una hora",
        "час назад",
        "منذ ساعة",
        "一小时前",
        "1.0 hours ago",
    ],
)
@pytest.mark.parametrize("language", ["", "en", "fr"])
def test_one_hour_ago(language: str, printed: str) -> None:
    assert read(language, printed) == "2026-11-28 20:30:00"


def test_a_time_is_of_the_zone_of_its_site() -> None:
    times = PostedTimes(now=NOW, languages=["pl"], zone=ZoneInfo("Europe/Warsaw"))
    summer, winter = times.read("12 lip 2019, 14:05"), times.read("12 sty 2019, 14:05")
    assert summer == datetime(2019, 7, 12, 12, 5, tzinfo=UTC)
    assert winter == datetime(2019, 1, 12, 13, 5, tzinfo=UTC)
    # 'Now' is a quarter past midnight in Kabul: its yesterday is our today.
    kabul = PostedTimes(now=NOW, languages=["fa"], zone=ZoneInfo("Asia/Kabul"))
    assert kabul.read("دیروز 14:30") == datetime(2026, 11, 28, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("page", "first"),
    [
        (["03/04/2019", "25/04/2019"], "2019-04-03"),
        (["03/04/2019", "04/25/2019"], "2019-03-04"),
        (["11/12/2026", "11/20/2026"], "2026-11-12"),
        (["05/01/2019", "02/02/2019", "03/04/2019"], "2019-01-05"),
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_tells_whether_the_month_stands_first(
    language: str, page: list[str], first: str
) -> None:
    times = PostedTimes(now=NOW, languages=[language])
    times.learn(page)
    moment = times.read(page[0])
    assert moment is not None
    assert moment.date().isoformat() == first


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("1446363000", "2015-11-01 07:30"),
        ("1446363000000", "2015-11-01 07:30"),
        ("2015-11-01T08:30:00+0100", "2015-11-01 07:30"),
        ("2015-11-01T07:30:00Z", "2015-11-01 07:30"),
        ("Sun, 01 Nov 2015 08:30:00 +0100", "2015-11-01 07:30"),
    ],
)
def test_machine_times(value: str, moment: str) -> None:
    found = read_machine_time(value)
    assert found is not None
    assert found.strftime("%Y-%m-%d %H:%M") == moment


@pytest.mark.parametrize("value", [None, "", "2015-11-01T08:30:00", "12", "yesterday", "9" * 40])
def test_what_names_no_zone_is_no_machine_time(value: str | None) -> None:
    assert read_machine_time(value) is None


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("All times are UTC", 0),
        ("All times are GMT +1. The time now is 03:12 PM.", 1),
        ("All times are GMT -4. The time now is 03:12 PM.", -4),
        ("Toutes les heures sont au format UTC + 1 heure [ Heure d’été ]", 2),
        ("Alle Zeiten sind UTC + 1 Stunde [ Sommerzeit ]", 2),
        ("Часовой пояс: UTC+03:00", 3),
        ("Все времена GMT+5:30", 5.5),
    ],
)
def test_the_zone_a_board_names(words: str, hours: float) -> None:
    assert find_zone(words) == timezone(timedelta(hours=hours))


def test_no_zone_is_made_up() -> None:
    assert find_zone("Powered by an engine") is None
    assert find_zone("UTC+99") is None
    assert zone_named("Europe/Nowhere") is None
    assert zone_named("../etc/passwd") is None
    assert zone_named("Europe/Paris") == ZoneInfo("Europe/Paris")


def test_every_language_has_its_first_words() -> None:
    for code in languages():
        words = words_of(code)
        assert words is not None
        assert words.days, code
        assert words.ago is not None, code
        assert words.amount is not None, code
