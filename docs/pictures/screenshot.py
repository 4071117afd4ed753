"""A picture of a page for the docs: python docs/pictures/screenshot.py FILE-OR-URL PICTURE.png."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
VIEW = {"width": 1200, "height": 1000}


def main(page: str, picture: str) -> None:
    """Open the page as a screen shows it, and save what is seen of it."""
    url = page if "://" in page else Path(page).resolve().as_uri()
    with sync_playwright() as started:
        found = next((path for path in map(shutil.which, BROWSERS) if path), None)
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        opened = browser.new_page(viewport=VIEW)
        opened.goto(url, wait_until="networkidle")
        opened.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
