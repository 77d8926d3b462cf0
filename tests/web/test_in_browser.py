"""The pages in Debian's chromium: width, contrast, keyboard, print, no JavaScript, and not one request elsewhere."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from kg.settings import Settings
from kg.sparql import Engine
from kg.web import create_app

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
         "--disable-component-update"]  # fmt: skip
PATHS = [
    "/", "/examples", "/about", "/ontology", "/shapes", "/report", "/dumps/", "/releases/", "/search?q=harbour", "/api",
    "/shacl", "/query?query=SELECT+*+WHERE+%7B%3Fs+%3Fp+%3Fo%7D+LIMIT+20", "/query?query=SELECT+nothing", "/dcat",
    "/nothing-here", "/page/id/leak/harbour-ledgers", "/page/id/protected/harbour-story-1",
    "/page/article/harbour-story", "/page/graph/entities",
]  # fmt: skip
SIZES = {"desktop": (1280, 900), "phone": (360, 740)}

# For every element with text of its own: its colour against the nearest painted background, as WCAG 2 reckons contrast.
CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                          return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                      .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
                                                         if (c[3] === 255) return c; }
                        return [255, 255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const box = e.getBoundingClientRect();
    if (!own || box.width < 2 || box.left < -999 || e.tagName === 'SCRIPT') continue;
    const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.trim().slice(0, 40)}`);
  }
  return poor;
}"""


class Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """A failing test shows its own words, not a list of requests."""


@pytest.fixture(scope="module")
def address(releases: Path, engine: Engine) -> Iterator[str]:
    app = create_app(Settings(), engine, releases=releases)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False)
        yield launched
        launched.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_read_well_and_ask_nobody_else(browser, address: str, size: str, scheme: str) -> None:  # type: ignore[no-untyped-def]
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    asked: set[str] = set()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.add(request.url))
    for path in PATHS:
        page.goto(address + path)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} is {overflow} pixels too wide"
        assert page.evaluate(CONTRAST) == [], path
    context.close()
    # Chromium itself reports an error status of the page that was asked for; nothing else may be said.
    assert [text for text in complaints if "the server responded with a status of 40" not in text] == []
    assert {url for url in asked if not url.startswith(address)} == set()


def test_the_keyboard_reaches_the_content_and_the_query_form(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_page()
    page.goto(address + "/query")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0, "the skip link shows when focused"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "query"
    page.keyboard.press("Control+A")
    page.keyboard.type("ASK { ?s ?p ?o }")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/query?query=**")
    assert page.inner_text("#answer + p") == "Yes"
    page.close()


def test_the_query_runs_by_a_key_and_the_caret_goes_to_the_fault(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_page()
    page.goto(address + "/query")
    page.fill("#query", "SELECT * WHERE {\n  ?s ?p }")
    with page.expect_navigation():
        page.press("#query", "Control+Enter")
    assert "line 2" in page.inner_text("#trouble")
    caret = page.evaluate("document.activeElement.selectionStart")
    line, column = (int(page.get_attribute("#trouble", f"data-{name}")) for name in ("line", "column"))
    assert caret == len("SELECT * WHERE {\n") + column - 1
    assert line == 2
    page.fill("#query", "ASK {}")
    with page.expect_navigation():
        page.press("#query", "Control+Enter")
    assert page.inner_text("#answer + p") == "Yes"
    page.close()


def test_the_ontologys_terms_are_offered_while_typing(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_page()
    asked: list[str] = []
    page.goto(address + "/query")
    page.on("request", lambda request: asked.append(request.url))
    page.fill("#query", "")
    page.type("#query", "ASK { ?leak lg:obt")
    assert page.inner_text("#terms li >> nth=0").startswith("lg:obtainedBy")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#query", "aria-activedescendant") == "term-0"
    page.keyboard.press("Enter")
    namespace = "https://w3id.org/leakgraph/ontology#"
    assert page.input_value("#query") == f"PREFIX lg: <{namespace}>\nASK {{ ?leak lg:obtainedBy"
    page.keyboard.type(" ?who . ?leak a lg:Le")
    assert page.is_visible("#terms")
    page.keyboard.press("Escape")
    assert not page.is_visible("#terms")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON", "Tab goes on where nothing is chosen"
    assert [url for url in asked if "/static/icon" not in url] == [], "the terms come with the page"
    page.focus("#query")
    page.keyboard.press("Control+End")
    page.keyboard.type("ak }")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert page.inner_text("#answer + p") == "Yes"
    page.close()


def test_everything_works_without_javascript(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.fill("#site-q", "harbour led")
    with page.expect_navigation():
        page.press("#site-q", "Enter")
    with page.expect_navigation():
        page.click("main .list a")
    assert page.inner_text("h1") == "Harbour Ledgers"
    with page.expect_navigation():
        page.click("text=characters 60–110 >> nth=0")
    assert "Quill says over 5,200 pages" in page.inner_text("mark >> nth=0")
    page.goto(address + "/query")
    with page.expect_navigation():
        page.click("text=Run >> nth=0")
    assert "Harbour Ledgers" in page.inner_text("table")
    page.goto(address + "/shacl")
    page.fill("#data", "<https://x.example/a> a <https://x.example/B> .")
    with page.expect_navigation():
        page.click("main button")
    assert page.inner_text("h1") == "It conforms"
    context.close()


def test_paper_gets_the_facts_and_not_the_menus(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_page()
    page.emulate_media(media="print")
    page.goto(address + "/page/article/harbour-story")
    assert not page.is_visible("nav.site")
    assert not page.is_visible("form.search")
    assert page.is_visible("text=Ada Quill got hold of the Harbour Ledgers.")
    page.close()


def test_colour_is_not_all_that_tells_reported_from_denied(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    page = browser.new_page()
    page.goto(address + "/page/article/harbour-story")
    borders = {
        how: page.evaluate(f"getComputedStyle(document.querySelector('.fact.{how}')).borderLeftStyle")
        for how in ("reported", "alleged", "denied")
    }
    assert borders == {"reported": "solid", "alleged": "double", "denied": "dashed"}
    assert page.inner_text(".fact.denied .badge >> nth=0") == "denied"
    page.close()
