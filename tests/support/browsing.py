"""A headless Chromium for tests of pages, and checks that every page passes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VIEWS = ((400, "dark"), (1400, "light"))  # width in pixels and colour scheme: a phone at night and a screen by day


@contextmanager
def open_browser() -> Iterator[Any]:
    """Launch the Chromium of the system or of playwright; skip the test, with the reason, if neither is installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    system_path = next((path for path in map(shutil.which, BROWSERS) if path), None)
    with playwright.sync_playwright() as driver:
        path = system_path or driver.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no Chromium here: install one with the system's packages, or run playwright install chromium")
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Any, url: str, width: int, scheme: str = "light") -> Iterator[Any]:
    """Open a page; on exit assert that it reported no error and requested nothing outside the site of `url`."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    own = (url.rpartition("/")[0], "data:")
    page.on(
        "request", lambda request: None if request.url.startswith(own) else errors.append(f"requested {request.url}")
    )
    page.goto(url)
    yield page
    assert errors == []
    context.close()


def measure_overflow(page: Any) -> int:
    """The number of pixels by which a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def measure_contrast(page: Any) -> float:
    """The lowest contrast of visible text against its background, as WCAG 2 defines it."""
    return float(page.evaluate(_CONTRAST))


_CONTRAST = """() => {
  const light = rgb => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = node => {
    for (let element = node; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
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
