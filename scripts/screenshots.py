"""``make screenshots``: every page and state, narrow and wide, light and dark, from the index at REDIS_URL.

All of them go to build/screenshots; the ones that the documents show go to docs/images as well, with fewer colours.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
QUERY = "/?q=Product+marketing+manager+who+plans+launches%2C+writes+positioning+and+enables+sales"
PAGES = {
    "first": "/", "results": QUERY, "filtered": QUERY + "&facets=1&seniority=senior&years_min=5", "everybody": QUERY + "&cluster=off",
    "compare": "/compare" + QUERY[1:], "profile": "/profiles/p000001?q=engineer", "nobody": QUERY + "&location=Atlantis",
    "error": "/?t=no", "missing": "/nothing",
}  # fmt: skip
SHOWN = {"search": ("results", 1000, "light"), "map": ("results", 1440, "dark"), "compare": ("compare", 1440, "light")}
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def main() -> int:
    """Take them all."""
    browser_path = next((found for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
                         if name and (found := shutil.which(name))), None)  # fmt: skip
    if browser_path is None:
        print("no Chromium: apt install chromium, or set CHROMIUM=/path/to/chrome", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with _web_app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        for scheme in ("light", "dark"):
            for width in (390, 1000, 1440):
                for name, path in PAGES.items():
                    _shoot(browser, address + path, name, width, scheme)
        browser.close()
    for image, (name, width, scheme) in SHOWN.items():
        picture = Image.open(OUT / f"{name}-{width}-{scheme}.png").convert("RGB")
        picture.quantize(256, method=Image.Quantize.FASTOCTREE).save(IMAGES / f"{image}.png", optimize=True)
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT}, {len(SHOWN)} of them in {IMAGES}")
    return 0


def _shoot(browser: Browser, address: str, name: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    if width >= 1440 and page.locator("aside details.map").count():
        page.frame_locator("details.map iframe").locator("html[data-drawn]").wait_for(state="attached", timeout=60_000)
        page.wait_for_timeout(500)
    page.screenshot(path=OUT / f"{name}-{width}-{scheme}.png")
    context.close()


@contextlib.contextmanager
def _web_app() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "webapp", "--port", str(port)], cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(address + "/readyz", timeout=2):  # noqa: S310  ours
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the web app is not ready: is there an index at REDIS_URL?")
        yield address
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    sys.exit(main())
