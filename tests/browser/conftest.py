"""One headless browser for each file of tests."""

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("chromium", Path(__file__).with_name("chromium.py"))
chromium = importlib.util.module_from_spec(_spec)
sys.modules["chromium"] = chromium
_spec.loader.exec_module(chromium)


@pytest.fixture(scope="module")
def browser():
    program = chromium.find_chromium()
    if program is None:
        pytest.skip("no Chromium here: install it (Debian: apt-get install chromium) to run the tests of the pages")
    with chromium.open_browser(program) as opened:
        yield opened
