"""The page as people use it."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

QUERY = "/?q=registered+nurse+for+intensive+care"
PLACES = {
    "first visit": "/", "results": QUERY, "everybody, filtered": QUERY + "&cluster=off&seniority=senior",
    "filters without scripts": QUERY + "&facets=1&seniority=senior&years_min=2", "picked groups": QUERY + "&cluster=1,2",
    "no result": QUERY + "&location=Atlantis", "a profile": "/profiles/p000001?q=nurse", "an error": "/?q=x&cluster=red",
    "compare": "/compare?q=registered+nurse", "no such page": "/nothing",
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
    page.get_by_role("link", name="Search everybody").click()
    assert "cluster=off" in page.url
    expect(page.get_by_label("Everybody")).to_be_checked()
    page.get_by_label("Best groups").check()
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**cluster=auto**")
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
    for wanted in (60, 90, 120, 150, 180, 200):
        page.get_by_role("link", name="More people").click()
        expect(page.locator(".result")).to_have_count(wanted)
    assert [int(rank) for rank in page.locator(".rank").all_inner_texts()] == list(range(1, 201))
    assert len(set(page.locator(".result").evaluate_all("all => all.map(each => each.dataset.id)"))) == 200
    expect(page.get_by_role("link", name="More people")).to_have_count(0)


def test_back_and_forward_restore_each_search(page: Page, address: str):
    page.goto(address + "/?q=nurse")
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=teacher**")
    first = page.locator(".result h2").first.inner_text()
    page.go_back()
    expect(page.get_by_label("Who are you looking for?")).to_have_value("nurse")
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("Who are you looking for?")).to_have_value("teacher")
    expect(page.locator(".result h2").first).to_have_text(first)


def test_a_running_search_can_be_replaced(page: Page, address: str):
    page.goto(address)
    box = page.get_by_label("Who are you looking for?")
    box.fill("a first long text " * 400)
    page.evaluate("document.querySelector('form.search').requestSubmit()")
    expect(page.locator("form[aria-busy]").or_(page.locator(".results"))).to_be_visible()
    box.fill("teacher")
    page.get_by_role("button", name=re.compile("Search")).first.click()
    page.wait_for_url("**q=teacher**")
    expect(page.locator(".result").first).to_be_visible()


def test_filters_with_counts_and_ranges(page: Page, address: str):
    page.goto(address + QUERY + "&cluster=off")
    page.locator("summary", has_text="Narrow down").click()
    senior = page.locator(".facets").get_by_role("link", name="senior").first
    count = int(senior.locator("span").inner_text())
    senior.click()
    page.wait_for_url("**seniority=senior**")
    expect(page.get_by_role("link", name="Remove filter seniority: senior")).to_be_visible()
    page.locator("summary", has_text="Narrow down").click()
    chosen = page.locator(".facets a[aria-current]")
    expect(chosen).to_have_count(1)
    assert int(chosen.locator("span").inner_text()) == count
    page.get_by_role("spinbutton", name="from").fill("5")
    page.get_by_role("spinbutton", name="to").fill("9")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**years_min=5**")
    for years in page.locator(".result .tags").all_inner_texts():
        assert any(f"years {number}" in years for number in range(5, 10)), years
    page.locator("summary", has_text="Narrow down").click()
    page.get_by_role("link", name="Clear all filters").click()
    page.wait_for_url(lambda url: "years_min" not in url and "seniority" not in url)


def test_groups_picked_by_hand(page: Page, address: str):
    page.goto(address + QUERY)
    page.locator("summary", has_text="Groups").click()
    boxes = page.locator(".groups input[type=checkbox]")
    expect(boxes).to_have_count(10)
    wanted = {boxes.nth(1).get_attribute("value"), boxes.nth(2).get_attribute("value")}
    boxes.nth(0).uncheck()
    boxes.nth(1).check()
    boxes.nth(2).check()
    page.get_by_role("button", name="Search the chosen groups").click()
    page.wait_for_url("**cluster=**")
    expect(page.get_by_label("Picked groups")).to_be_checked()
    assert set(page.locator(".groups input:checked").evaluate_all("all => all.map(each => each.value)")) == wanted


def test_compare(page: Page, address: str):
    page.goto(address + QUERY)
    page.get_by_role("link", name="See what the closest group alone would miss").click()
    expect(page.get_by_role("heading", name="The closest group and everybody")).to_be_visible()
    expect(page.locator(".compared")).to_have_count(2)
    expect(page.locator(".compared li")).to_have_count(60)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".compared a").first).to_be_focused()
    page.get_by_role("link", name="Back to the search").click()
    expect(page.locator(".result")).to_have_count(30)


def open_map(page: Page):
    page.locator("summary", has_text="Map").click()
    frame = page.frame_locator("details.map iframe")
    frame.locator("html[data-drawn]").wait_for(state="attached")
    return frame


AT = """(id) => {
  const plot = document.querySelector('#map'), layout = plot._fullLayout;
  const trace = plot.data.find((each) => each.customdata?.includes(id));
  const at = trace.customdata.indexOf(id), box = plot.getBoundingClientRect();
  return [box.left + layout._size.l + layout.xaxis.c2p(trace.x[at]), box.top + layout._size.t + layout.yaxis.c2p(trace.y[at])];
}"""


def test_the_map_shows_names_and_opens_people(page: Page, address: str):
    page.goto(address + QUERY)
    frame = open_map(page)
    handle = page.locator("details.map iframe")
    handle.scroll_into_view_if_needed()
    assert frame.locator("#legend a").count() == 10
    lonely = frame.locator("#map").evaluate("""(plot) => {
      const points = plot.data.slice(0, 10).flatMap((each) => each.customdata.map((id, at) => [id, each.x[at], each.y[at]]));
      return points.sort((a, b) => a[2] - b[2])[0][0];
    }""")
    x, y = frame.locator("#map").evaluate("(plot, id) => (" + AT + ")(id)", lonely)
    box = handle.bounding_box()
    page.mouse.move(box["x"] + x - 40, box["y"] + y - 40)
    for step in (3, 2, 1, 0):
        page.mouse.move(box["x"] + x + step, box["y"] + y, steps=4)
        page.wait_for_timeout(100)  # the library looks for what is under the mouse every now and then
    expect(frame.locator("#tip")).to_be_visible()
    expect(frame.locator("#tip")).not_to_have_text(re.compile(r"^p\d+$"))
    headline = frame.locator("#tip").inner_text()
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_url("**/profiles/**")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    frame = open_map(page)
    assert frame.locator("#legend li", has_text="this person").count() == 1


def test_a_lasso_on_the_map_filters_the_results(page: Page, address: str):
    page.goto(address + QUERY + "&cluster=off")
    frame = open_map(page)
    handle = page.locator("details.map iframe")
    handle.scroll_into_view_if_needed()
    frame.locator(".modebar-btn[data-val=lasso]").click()
    first = page.locator(".result").first.get_attribute("data-id")
    x, y = frame.locator("#map").evaluate("(plot, id) => (" + AT + ")(id)", first)
    box = handle.bounding_box()
    corners = [(-12, -12), (12, -12), (12, 12), (-12, 12), (-12, -12)]
    page.mouse.move(box["x"] + x - 12, box["y"] + y - 12)
    page.mouse.down()
    for dx, dy in corners:
        page.mouse.move(box["x"] + x + dx, box["y"] + y + dy, steps=4)
    page.mouse.up()
    expect(page.locator(".selection")).to_be_visible()
    expect(page.locator(".selection")).to_contain_text("lie in the area")
    shown = page.locator(".result:visible").evaluate_all("all => all.map(each => each.dataset.id)")
    assert first in shown and len(shown) < page.locator(".result").count()
    page.get_by_role("button", name="Show all results").click()
    expect(page.locator(".result:not(:visible)")).to_have_count(0)


def test_a_groups_name_on_the_map_searches_it(page: Page, address: str):
    page.goto(address + QUERY)
    frame = open_map(page)
    frame.locator("#legend a").nth(3).click()
    page.wait_for_url("**cluster=3**")
    expect(page.get_by_label("Picked groups")).to_be_checked()


def test_on_a_wide_screen_filters_and_map_open_by_themselves(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address + QUERY)
    expect(page.locator(".facets a").first).to_be_visible()
    page.frame_locator("details.map iframe").locator("html[data-drawn]").wait_for(state="attached")
    page.set_viewport_size({"width": 3840, "height": 2160})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_command_is_copied(browser: Browser, address: str):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address + QUERY)
    page.locator("summary", has_text="How this was found").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert (
        copied.startswith("printf %b") and "redis-cli" in copied and copied == page.locator("#redis-cli").inner_text()
    )
    context.close()


def test_characters_are_counted_near_the_end(page: Page, address: str):
    page.goto(address)
    box, count = page.get_by_label("Who are you looking for?"), page.locator(".count")
    box.fill("x" * 7000)
    expect(count).to_be_hidden()
    box.fill("x" * 7990)
    expect(count).to_have_text("10 characters left")


def test_results_as_files(page: Page, address: str):
    page.goto(address + QUERY)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "people.csv"
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("rank,id,headline")


def test_an_example_for_a_first_visit(page: Page, address: str):
    page.goto(address)
    page.locator(".examples a").first.click()
    expect(page.locator(".result").first).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, address: str):
    page.goto(address)
    box = page.get_by_label("Who are you looking for?")
    expect(box).to_be_focused()
    page.keyboard.type("office manager")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Best groups")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Closest group only")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**cluster=predicted**")
    assert "q=office+manager" in page.url
    expect(page.locator(".result").first).to_be_visible()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_have_value("")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator(".result h2 a").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".result h2 a").first).to_be_focused()
    headline = page.locator(".result h2 a").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)


def test_without_javascript(browser: Browser, address: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result")).to_have_count(30)
    page.locator("summary", has_text="Narrow down").click()
    page.get_by_role("link", name="Show filters").click()
    page.locator(".facets a", has_text="senior").first.click()
    expect(page.get_by_role("link", name="Remove filter seniority: senior")).to_be_visible()
    page.goto(address + "/?q=teacher&cluster=off")
    page.get_by_role("link", name="More people").click()
    expect(page.locator(".rank").first).to_have_text("31")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".rank").first).to_have_text("1")
    context.close()


@pytest.mark.parametrize(("name", "scheme"), [*((name, "light") for name in PLACES), ("results", "dark"), ("compare", "dark"),
                                              ("filters without scripts", "dark"), ("first visit", "dark")])  # fmt: skip
def test_axe_finds_nothing(browser: Browser, address: str, name: str, scheme: str):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(address + PLACES[name])
    page.evaluate("document.querySelectorAll('details:not(.map)').forEach((each) => { each.open = true; })")
    expect(page.locator(".facets .content > p > a", has_text="Show filters")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    context.close()
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_map(browser: Browser, address: str, scheme: str):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address + "/map?q=nurse")
    page.locator("html[data-drawn]").wait_for(state="attached")
    found = Axe().run(page).response["violations"]
    context.close()
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("width", [320, 3840])
@pytest.mark.parametrize("name", PLACES)
def test_nothing_sticks_out(page: Page, address: str, name: str, width: int):
    page.route("**/map?*", lambda route: route.fulfill(body="the map has a test of its own"))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + PLACES[name])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_pasted_job_description_of_eight_thousand_characters(page: Page, address: str):
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("We look for a nurse. " * 380)
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result").first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_long_text_all_the_way(browser: Browser, address: str, scripts: bool):
    """Paste, search, narrow, compare, open a person and go back: the text is in the box and in no address."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    text = "We look for a registered nurse for intensive care. Nights and weekends. " * 69
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill(text)
    page.get_by_label("Everybody").check()
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".result")).to_have_count(30)
    expect(page.get_by_label("Who are you looking for?")).to_have_value(text)
    assert len(page.url) < len(address) + 50
    page.locator(".result .tags a[title^='Only seniority']").first.click()
    expect(page.get_by_role("link", name="Remove filter seniority")).to_be_visible()
    page.get_by_role("link", name="Remove filter seniority").click()
    page.get_by_role("link", name="More people").click()
    if scripts:
        expect(page.locator(".result")).to_have_count(60)
        page.locator("summary", has_text="Narrow down").click()
        expect(page.locator(".facets").get_by_role("link", name="senior").first).to_be_visible()
        open_map(page)
    else:
        expect(page.locator(".rank").first).to_have_text("31")
    page.locator(".result h2 a").first.click()
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator(".result")).to_have_count(30)
    page.get_by_role("link", name="See what the closest group alone would miss").click()
    expect(page.locator(".compared li")).to_have_count(60)
    page.go_back()
    expect(page.get_by_label("Who are you looking for?")).to_have_value(text)
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=teacher**")
    assert max(map(len, asked)) < 300 and not any("weekends" in url for url in asked)
    context.close()
