"""The page as people use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

QUERY = "/?q=registered+nurse+for+intensive+care"
PLACES = {
    "first visit": "/", "results": QUERY, "everybody, filtered": QUERY + "&cluster=off&seniority=senior",
    "no result": QUERY + "&location=Atlantis", "a profile": "/profiles/p000001?q=nurse", "an error": "/?q=x&cluster=red",
    "no such page": "/nothing",
}  # fmt: skip


def test_from_typing_to_a_profile_and_back(page: Page, address: str):
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("Data engineer with Kafka and Spark")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result")).to_have_count(30)
    assert "q=Data+engineer+with+Kafka+and+Spark" in page.url
    first = page.locator(".result h2").first
    headline = first.inner_text()
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator(".result h2").first).to_have_text(headline)


def test_switching_between_the_cluster_and_everybody(page: Page, address: str):
    page.goto(address + QUERY)
    chips = page.locator(".result .chip").all_inner_texts()
    assert len(set(chips)) == 1
    page.get_by_role("link", name="Search everybody").click()
    assert "cluster=off" in page.url
    expect(page.get_by_label("Everybody")).to_be_checked()
    page.get_by_label("Best group").check()
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**cluster=predicted**")
    assert set(page.locator(".result .chip").all_inner_texts()) == set(chips)


def test_a_tag_filters_and_is_taken_away_again(page: Page, address: str):
    page.goto(address + QUERY + "&cluster=off")
    tag = page.locator(".result .tags a[title^='Only location']").first
    city = tag.inner_text()
    tag.click()
    for place in page.locator(".result .tags a[title^='Only location']").all_inner_texts():
        assert place == city
    page.get_by_role("link", name="Remove filter location").click()
    expect(page.locator(".filters")).to_have_count(0)


def test_more_people(page: Page, address: str):
    page.goto(address + QUERY + "&cluster=off")
    page.get_by_role("link", name="More people").click()
    expect(page.locator(".rank").first).to_have_text("31")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".rank").first).to_have_text("1")


def test_an_example_for_a_first_visit(page: Page, address: str):
    page.goto(address)
    page.locator(".examples a").first.click()
    expect(page.locator(".result").first).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, address: str):
    page.goto(address)
    expect(page.get_by_label("Who are you looking for?")).to_be_focused()
    page.keyboard.type("office manager")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**cluster=auto**")
    assert "q=office+manager" in page.url


def test_without_javascript(browser: Browser, address: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search").click()
    assert page.locator(".result").count() == 30
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PLACES)
def test_axe_finds_nothing(browser: Browser, address: str, name: str, scheme: str):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address + PLACES[name])
    found = Axe().run(page).response["violations"]
    context.close()
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("width", [320, 768, 2560])
@pytest.mark.parametrize("name", PLACES)
def test_nothing_sticks_out(page: Page, address: str, name: str, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + PLACES[name])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_pasted_job_description_of_eight_thousand_characters(page: Page, address: str):
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("We look for a nurse. " * 380)
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result").first).to_be_visible()
