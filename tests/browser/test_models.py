"""Choosing among several models, and two of them side by side."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

import redis
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from tests.profilesearch.search.small_version import Told
from tests.servers import free_port, wait_until
from tests.webapp.small_models import Second, version_of
from webapp.app import create_app

COMPARED = "/compare?q=somebody&by=meaning&view-model="


class Elsewhere(Second):
    """A model in a folder with a long path."""

    name = "/srv/models/" + "a-long-name-of-a-folder-" * 6 + "/fine-tuned-for-recruiters-2026"


@pytest.fixture(scope="module")
def two_models(redis_url: str) -> Iterator[str]:
    """The address of a web app with two models."""
    with redis.Redis.from_url(redis_url, protocol=2) as client:
        client.flushall()
        store = Store(connect(Settings(redis_url=redis_url)))
        for model in (Told, Elsewhere):
            version_of(store, model)
        app = create_app(Settings(redis_url=redis_url), Told(), lambda name: Elsewhere())
        port = free_port()
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        wait_until(lambda: app.test_client().get(f"/readyz?model={Elsewhere.name}").status_code == 200)
        yield f"http://127.0.0.1:{port}"
        server.shutdown()
        thread.join(60)
        server.server_close()
        client.flushall()


def test_a_model_is_chosen_and_stays_chosen(page: Page, two_models: str) -> None:
    page.goto(two_models)
    page.get_by_label("Who are you looking for?").fill("somebody")
    page.get_by_label("Model").select_option(label="fine-tuned-for-recruiters-2026")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result").first).to_contain_text("whom second finds")
    expect(page.get_by_label("Model")).to_have_value(Elsewhere.name)
    page.get_by_label("Everyone", exact=True).click()
    page.wait_for_url("**cluster=off**")
    expect(page.get_by_label("Model")).to_have_value(Elsewhere.name)
    page.get_by_label("Model").select_option("")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result").first).to_contain_text("whom told finds")
    assert "model=" not in page.url


def test_two_models_are_compared(page: Page, two_models: str) -> None:
    page.goto(two_models + "/?q=somebody&by=meaning")
    page.get_by_role("link", name="What another model finds").click()
    expect(page.get_by_role("heading", name="Two models side by side")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_text(["told", "fine-tuned-for-recruiters-2026"])
    expect(page.locator("section[aria-labelledby=right] li").first).to_contain_text("whom second finds")
    page.get_by_label("Left").select_option(label="fine-tuned-for-recruiters-2026")
    page.get_by_label("Right").select_option("told")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["fine-tuned-for-recruiters-2026", "told"])
    page.get_by_role("link", name="Back to the people").click()
    expect(page.locator(".result").first).to_contain_text("whom second finds")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1400])
@pytest.mark.parametrize("place", ["/?q=somebody", "compared"])
def test_it_fits_and_axe_finds_nothing(
    browser: Browser, two_models: str, place: str, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.route("**/map?*", lambda route: route.fulfill(body="the map has a test of its own"))
    page.goto(two_models + (COMPARED + Elsewhere.name if place == "compared" else place))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page).response["violations"]
    page.screenshot(path=tmp_path / f"{place.strip('/?')}-{width}-{scheme}.png", full_page=True)
    context.close()
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]
