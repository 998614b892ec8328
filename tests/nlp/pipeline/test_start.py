"""What the first answer has to wait for, and what it has not."""

from __future__ import annotations

import subprocess
import sys

from nlp.encoder import Encoder

_LEFT_OUT = ("spacy.cli", "httpx", "weasel", "py3langid", "langdetect", "crawler.config")


def _run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_pipeline_loads_no_module_that_one_post_does_not_need() -> None:
    loaded = _run(
        "import sys, crawler.cli, crawler.cli.adverts\n"
        "from nlp.pipeline import COMPONENTS, make_pipeline\n"
        "make_pipeline([name for name in COMPONENTS if name != 'offer'])\n"
        f"print([name for name in {_LEFT_OUT!r} if name in sys.modules])"
    )
    assert loaded == "[]"


def test_the_command_line_of_spacy_is_there_for_who_asks() -> None:
    told = _run(
        "import nlp.pipeline, spacy\n"
        "version = spacy.info(silent=True)['spacy_version']\n"
        "import spacy.cli\n"
        "print(version == spacy.__version__, spacy.cli.info.__module__)"
    )
    assert told == "True spacy.cli.info"


def test_an_encoder_loaded_meanwhile_reads_as_one_loaded_when_asked() -> None:
    early, late = Encoder(), Encoder()
    early.load_meanwhile()
    text = "Boat to England, pay after arrival"
    assert (early.embed(text) == late.embed(text)).all()


def test_a_process_does_not_end_before_the_encoder_is_loaded() -> None:
    # Cut off while it loads, onnxruntime aborts the process: no advert, and a core dump.
    told = _run(
        "import time\n"
        "from nlp.encoder import Encoder\n"
        "class Slow(Encoder):\n"
        "    def _load(self):\n"
        "        time.sleep(0.5)\n"
        "        print('loaded', flush=True)\n"
        "Slow().load_meanwhile()"
    )
    assert told == "loaded"
