"""A headless Chromium for tests of pages, and what a page must never do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = (400, 1400)  # pixels across: a phone and a screen
SCHEMES = ("light", "dark")


@contextmanager
def opened_browser() -> Iterator[Any]:
    """Chromium of the system or of playwright; the test is skipped, with the reason, where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    with playwright.sync_playwright() as started:
        path = found or started.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no Chromium here: install one with the system's packages, or run playwright install chromium")
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def page_of(browser: Any, url: str, width: int, scheme: str = "light") -> Iterator[Any]:
    """A page that was opened. At its end: it reported no error, and asked for nothing but `url` and its site."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    own = (url.rpartition("/")[0], "data:")
    page.on("request", lambda asked: None if asked.url.startswith(own) else faults.append(f"asked for {asked.url}"))
    page.goto(url)
    yield page
    assert faults == []
    context.close()


def overflow(page: Any) -> int:
    """Pixels by which a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def least_contrast(page: Any) -> float:
    """The lowest contrast of visible words against what is behind them, as WCAG 2 computes it."""
    return float(page.evaluate(_CONTRAST))


_CONTRAST = """() => {
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = node => {
    for (let at = node; at; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  let least = 21;
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const ink = light(parse(node.namespaceURI.endsWith("svg") ? style.fill : style.color).slice(0, 3));
    const behind = light(ground(node));
    least = Math.min(least, (Math.max(ink, behind) + 0.05) / (Math.min(ink, behind) + 0.05));
  }
  return least;
}"""
