"""The page when something is not as it should be, and content that wants to be something else."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.servers import RedisLocal, run_indexer, serving

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'>&amp;"
PEOPLE = [
    {"id": "</script><b>1", "headline": HOSTILE, "text": f"nurse {HOSTILE}", "city": HOSTILE[:60]},
    {"id": "long", "headline": "h" * 300, "text": "nurse " + "x" * 10_000, "city": "y" * 200},
    {
        "id": "rtl",
        "headline": "ممرضة في وحدة العناية المركزة \u202e\u2066",
        "text": "nurse ممرضة ذات خبرة\u202e in Cairo",
        "city": "القاهرة",
    },
    {"id": "cjk", "headline": "重症监护室护士", "text": "nurse 在上海的一家医院工作了十年。", "city": "上海"},
    {"id": "emoji", "headline": "🩺👩‍⚕️🏥 nurse", "text": "nurse 🙂🙂🙂", "city": "🏙️"},
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RedisLocal, str, str]]:
    """A redis_local of its own, and the web app on it."""
    server = RedisLocal(tmp_path_factory.mktemp("redis")).start()
    url = f"redis://127.0.0.1:{server.port}/0"
    with serving(url, ready=False) as address:
        yield server, url, address
    server.stop()


def check(page: Page) -> None:
    """Nothing sticks out, axe finds nothing, and no script of the content ran."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("window.hacked === undefined")
    found = Axe().run(page).response["violations"]
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


def test_before_the_first_build_while_loading_with_hostile_content_and_without_redis(
    stage: tuple[RedisLocal, str, str], browser: Browser, tmp_path: Path
) -> None:
    server, url, address = stage
    context = browser.new_context(viewport={"width": 400, "height": 800})
    page = context.new_page()

    page.goto(address)  # the model may still be loading: the page looks again by itself
    expect(page.get_by_role("heading", name="There is nobody to search for yet")).to_be_visible()
    expect(page.get_by_text("python -m indexer build").first).to_be_visible()
    check(page)

    source = tmp_path / "people.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in PEOPLE))
    done = run_indexer(url, "build", str(source), "--tag-fields", "city", "--clusters", "2")
    assert done.returncode == 0, done.stderr.decode()
    for width in (320, 1100):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address + "/?q=nurse&cluster=off&facets=1")
        expect(page.locator(".result")).to_have_count(5)
        check(page)
        page.goto(address + "/compare?q=nurse")
        check(page)
        for position in range(5):
            page.goto(address + "/?q=nurse&cluster=off")
            page.locator(".result h2 a").nth(position).click()
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            check(page)
    page.goto(address + "/?q=nurse&cluster=off")
    arabic = page.locator(".result h2 a", has_text="ممرضة")
    assert arabic.evaluate("each => getComputedStyle(each).direction") == "rtl"
    page.goto(address + "/map?q=nurse")
    page.locator("html[data-drawn]").wait_for(state="attached")
    assert page.evaluate("window.hacked === undefined")

    page.set_viewport_size({"width": 1100, "height": 900})
    page.goto(address + "/?q=nurse&cluster=off")
    server.stop()
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Searching is not possible at the moment")).to_be_visible()
    check(page)
    server.start()
    page.get_by_role("link", name="Try again").click()
    expect(page.locator(".result").first).to_be_visible()
    expect(page.get_by_label("Who are you looking for?")).to_have_value("teacher")
    context.close()
    shutil.rmtree(tmp_path)


def test_filters_that_cannot_be_loaded_say_so(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 900})
    page = context.new_page()
    page.goto(address + "/?q=nurse")
    page.route("**/facets**", lambda route: route.abort())
    page.route("**/*offset=30*", lambda route: route.fulfill(status=503))
    page.locator("summary", has_text="Filters").click()
    expect(page.locator(".facets .content")).to_contain_text("The filters could not be loaded.")
    page.get_by_role("link", name="More people").click()
    expect(page.locator("nav.pages [role=status]")).to_have_text("They could not be loaded. Try again")
    context.close()


def test_reduced_motion_and_print(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(address + "/?q=nurse")
    assert page.evaluate("getComputedStyle(document.querySelector('button')).transitionDuration") in ("0s", "")
    context.close()


def test_paper_has_the_text_and_the_people(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 1100})
    page = context.new_page()
    page.goto(address + "/?q=registered+nurse&seniority=senior")
    page.emulate_media(media="print")
    expect(page.locator(".printed")).to_contain_text("registered nurse")
    expect(page.locator(".answer .filters")).to_contain_text("senior")
    for pressed in ("form.search", "aside", "nav.pages", ".alike", ".export", "footer nav", "footer .keys"):
        expect(page.locator(pressed).first).to_be_hidden()
    first = page.locator(".result").first.bounding_box()
    assert first is not None and first["y"] < 400
    context.close()
