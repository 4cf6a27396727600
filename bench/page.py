"""What the search page weighs and how fast it is in a real Chromium, on the index at REDIS_URL.

python -m bench.page [--query TEXT]

One run on one machine; Chromium draws in software where there is no GPU, so frame times are an upper bound.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from playwright.sync_api import Page, sync_playwright

from .report import save, show

PORT = 8456
ADDRESS = f"http://127.0.0.1:{PORT}"
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_LCP = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime)).observe({ type: 'largest-contentful-paint', buffered: true });
})"""
_FRAMES = """() => { window.frames_ = []; let last = performance.now();
  const tick = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"""


@click.command()
@click.option("--query", default="product marketing manager for a software company", show_default=True)
def main(query: str) -> None:
    """Measure and print."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise SystemExit("no Chromium: apt install chromium, or set CHROMIUM=/path/to/chrome")
    with _web_app(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found = measure(lambda: browser.new_context(viewport={"width": 1440, "height": 900}).new_page(), query)
        browser.close()
    show("The search page", ["", "measured"], [[name, text] for name, text in found["told"]])
    save("page", found)


def measure(new_page: Any, query: str) -> dict[str, Any]:
    """Weight, paint, the way from Enter to results, and panning the map."""
    _enter(new_page(), "somebody to warm up with")
    page: Page = new_page()
    weights: dict[str, int] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    urls: dict[str, str] = {}
    session.on("Network.responseReceived", lambda event: urls.update({event["requestId"]: event["response"]["url"]}))
    session.on("Network.loadingFinished", lambda event: weights.update({urls.get(event["requestId"], ""): int(event["encodedDataLength"])}))  # fmt: skip
    page.goto(f"{ADDRESS}/?q={urllib.parse.quote(query)}")
    paints = [page.evaluate(_LCP)]
    started = time.perf_counter()
    frame = page.frame_locator("details.map iframe")
    frame.locator("html[data-drawn]").wait_for(state="attached", timeout=180_000)
    drawn = time.perf_counter() - started
    own = sum(size for url, size in weights.items() if "/map" not in url and "chart-library" not in url)
    paints += [_paint(new_page(), f"{query} {number}") for number in range(7)]
    enters = [_enter(new_page(), f"{query} {number}") for number in range(7)]
    page.locator("details.map iframe").scroll_into_view_if_needed()
    box = page.locator("details.map iframe").bounding_box()
    assert box is not None
    inner = page.frames[-1]
    inner.evaluate(_FRAMES)
    page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.mouse.down()
    for step in range(120):
        page.mouse.move(box["x"] + 150 + step, box["y"] + 150 + step / 2)
    page.mouse.up()
    frames = sorted(inner.evaluate("frames_"))[:-1]
    people = page.locator(".about-index").inner_text()
    return {"told": [
        ("index", people),
        ("page without the map, as sent", f"{own / 1000:.0f} kB"),
        ("largest contentful paint, median of 7 with empty caches", f"{statistics.median(paints[1:]):.0f} ms"),
        ("largest contentful paint, the browser's first page", f"{paints[0]:.0f} ms"),
        ("from Enter to results, new text, median of 7", f"{statistics.median(enters) * 1000:.0f} ms"),
        ("map drawn after the results", f"{drawn:.1f} s"),
        ("frame while panning, median / 95th percentile", f"{statistics.median(frames):.0f} / {frames[int(len(frames) * 0.95)]:.0f} ms"),
    ]}  # fmt: skip


def _paint(page: Page, query: str) -> float:
    page.goto(f"{ADDRESS}/?q={urllib.parse.quote(query)}")
    lcp: float = page.evaluate(_LCP)
    page.close()
    return lcp


def _enter(page: Page, query: str) -> float:
    page.set_viewport_size({"width": 1000, "height": 900})
    page.goto(ADDRESS)
    page.get_by_label("Who are you looking for?").fill(query)
    started = time.perf_counter()
    page.keyboard.press("Enter")
    page.locator(".result").first.wait_for()
    took = time.perf_counter() - started
    page.close()
    return took


@contextmanager
def _web_app() -> Iterator[None]:
    server = subprocess.Popen([sys.executable, "-m", "webapp", "--port", str(PORT)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            with suppress(OSError), urllib.request.urlopen(ADDRESS + "/readyz", timeout=2):
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the web app is not ready: is there an index at REDIS_URL?")
        yield
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
