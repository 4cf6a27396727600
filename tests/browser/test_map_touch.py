"""The map under fingers, on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.test_search_page import QUERY, open_map
from tests.servers import wait_until

Finger = tuple[float, float]


class Fingers:
    """Touches of a phone's screen, as the browser gets them."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def _send(self, kind: str, fingers: list[Finger]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, *paths: list[Finger]) -> None:
        """Put a finger down at the beginning of each path, move all along them, and lift them."""
        self._send("touchStart", [path[0] for path in paths])
        for places in zip(*(path[1:] for path in paths), strict=True):
            self._send("touchMove", list(places))
        self._send("touchEnd", [])


def line(start: Finger, end: Finger, steps: int = 10) -> list[Finger]:
    """A way in small steps."""
    (x, y), (to_x, to_y) = start, end
    return [(x + (to_x - x) * step / steps, y + (to_y - y) * step / steps) for step in range(steps + 1)]


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[tuple[Page, FrameLocator, Finger]]:
    """A page of results on a phone, its map, and the middle of that in the window."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address + QUERY + "&cluster=off")
    frame = open_map(page)
    page.locator("details.map iframe").evaluate("each => each.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = page.locator("details.map iframe").bounding_box()
    assert box is not None
    plot = frame.locator("#map").evaluate("each => each.getBoundingClientRect().height")
    yield page, frame, (box["x"] + box["width"] / 2, box["y"] + plot / 2)
    context.close()


def ranges(frame: FrameLocator) -> list[float]:
    found: list[float] = frame.locator("#map").evaluate(
        "plot => [...plot._fullLayout.xaxis.range, ...plot._fullLayout.yaxis.range]"
    )
    return found


def test_one_finger_scrolls_the_page_and_moves_no_map(phone: tuple[Page, FrameLocator, Finger]) -> None:
    page, frame, (x, y) = phone
    before, top = ranges(frame), page.evaluate("scrollY")
    Fingers(page).drag(line((x, y + 60), (x, y - 60)))
    wait_until(lambda: page.evaluate("scrollY") > top + 30, what="the page scrolling")
    assert ranges(frame) == before


def test_two_fingers_zoom_the_map_where_they_are(phone: tuple[Page, FrameLocator, Finger]) -> None:
    page, frame, (x, y) = phone
    before, top = ranges(frame), page.evaluate("scrollY")
    Fingers(page).drag(line((x - 30, y), (x - 60, y)), line((x + 30, y), (x + 60, y)))
    half = (before[1] - before[0]) / 2
    wait_until(lambda: abs(ranges(frame)[1] - ranges(frame)[0] - half) < half / 20, what="the map at twice its size")
    after = ranges(frame)
    assert sum(after[:2]) / 2 == pytest.approx(sum(before[:2]) / 2, abs=half / 10), "what was between them still is"
    assert page.evaluate("scrollY") == top and page.evaluate("visualViewport.scale") == 1


def test_two_fingers_move_the_map(phone: tuple[Page, FrameLocator, Finger]) -> None:
    page, frame, (x, y) = phone
    before, top = ranges(frame), page.evaluate("scrollY")
    Fingers(page).drag(line((x - 30, y), (x + 30, y + 40)), line((x + 30, y), (x + 90, y + 40)))
    wait_until(
        lambda: ranges(frame)[0] < before[0] and ranges(frame)[2] > before[2], what="the map to the right and down"
    )
    after = ranges(frame)
    assert after[1] - after[0] == pytest.approx(before[1] - before[0], rel=0.02), "nothing is zoomed"
    assert page.evaluate("scrollY") == top


def test_a_finger_draws_the_lasso_and_nothing_scrolls(phone: tuple[Page, FrameLocator, Finger]) -> None:
    page, frame, (x, y) = phone
    frame.locator(".modebar-btn[data-val=lasso]").click()
    expect(frame.locator("#map")).to_have_attribute("data-tool", "lasso")
    before = page.locator("details.map iframe").bounding_box()
    corners = [(x - 120, y - 90), (x + 120, y - 90), (x + 120, y + 90), (x - 120, y + 90), (x - 120, y - 90)]
    way = [place for start, end in zip(corners, corners[1:], strict=False) for place in line(start, end)]
    Fingers(page).drag(way)
    expect(page.locator(".selection")).to_contain_text("in the area that you drew")
    after = page.locator("details.map iframe").bounding_box()
    assert before is not None and after is not None
    assert after["y"] == pytest.approx(before["y"], abs=2), "the map stays where it is"
