"""The page as people use it."""

import re
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FloatRect, FrameLocator, Locator, Page, expect

from tests.servers import wait_until

JOB = (
    "As registered nurse on our intensive care unit you look after patients, work in shifts, document what you do and train "
    "new colleagues. You have some years of experience and like to work in a team. "
)
QUERY = "/?q=registered+nurse+for+intensive+care"
PLACES = {
    "first visit": "/", "results": QUERY, "everybody, filtered": QUERY + "&cluster=off&seniority=senior",
    "filters without scripts": QUERY + "&facets=1&seniority=senior&years_min=2", "picked groups": QUERY + "&cluster=1,2",
    "no result": QUERY + "&location=Atlantis", "a profile": "/profiles/p000001?q=nurse", "an error": "/?t=no",
    "compare": "/compare?q=registered+nurse", "no such page": "/nothing", "a wrong range": QUERY + "&years_min=9&years_max=2", "for developers": "/how" + QUERY[1:],
    "in German": QUERY + "&lang=de&facets=1",
}  # fmt: skip


def test_from_typing_to_a_profile_and_back(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("Data engineer with Kafka and Spark")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".result")).to_have_count(30)
    assert "q=Data+engineer+with+Kafka+and+Spark" in page.url
    first = page.locator(".result h2").first
    headline = first.inner_text()
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    page.get_by_role("link", name="Back to the people").click()
    expect(page.locator(".result h2").first).to_have_text(headline)


def test_switching_between_fields_and_everyone_searches_at_once(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&cluster=predicted")
    people = page.locator(".result").evaluate_all("all => all.map(each => each.dataset.id)")
    page.get_by_role("radio", name="Everyone").check()
    page.wait_for_url("**cluster=off**")
    expect(page.get_by_text("Looked through everyone, 400 people.")).to_be_visible()
    page.get_by_role("radio", name="Closest field").check()
    page.wait_for_url("**cluster=predicted**")
    assert page.locator(".result").evaluate_all("all => all.map(each => each.dataset.id)") == people
    page.get_by_role("link", name="Look through all 400 people").click()
    expect(page.get_by_role("radio", name="Everyone")).to_be_checked()


def test_tags_add_to_each_other_and_are_taken_away_again(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&cluster=off")
    chosen = page.locator(".answer .filters a")
    for count, field in enumerate(("location", "level"), 1):
        tag = page.locator(f".result .tags a[title^='Filter: {field}']").first
        value = tag.inner_text()
        tag.click()
        expect(chosen).to_have_count(count)
        page.locator(".result .tags .chosen", has_text=value).first.wait_for()
    for count in (1, 0):
        chosen.first.click()
        expect(chosen).to_have_count(count)


def test_more_people_and_the_way_back_to_them(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&cluster=off")
    for wanted in (60, 90, 120, 150, 180, 200):
        page.get_by_role("link", name="More people").click()
        expect(page.locator(".result")).to_have_count(wanted)
        expect(
            page.locator(".result").nth(wanted - 30 if wanted < 200 else 180).get_by_role("link").first
        ).to_be_focused()
    assert [int(rank) for rank in page.locator(".rank").all_inner_texts()] == list(range(1, 201))
    assert len(set(page.locator(".result").evaluate_all("all => all.map(each => each.dataset.id)"))) == 200
    expect(page.get_by_role("link", name="More people")).to_have_count(0)
    headline = page.locator(".result h2 a").nth(150)
    headline.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="Back to the people").click()
    expect(page.locator(".result")).to_have_count(200)
    headline.click()
    page.get_by_role("link", name="Back to the people").wait_for()
    page.go_back()
    expect(page.locator(".result")).to_have_count(200)


def test_back_and_forward_restore_each_search(page: Page, address: str) -> None:
    page.goto(address + "/?q=nurse")
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**q=teacher**")
    first = page.locator(".result h2").first.inner_text()
    page.go_back()
    expect(page.get_by_label("Who are you looking for?")).to_have_value("nurse")
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_label("Who are you looking for?")).to_have_value("teacher")
    expect(page.locator(".result h2").first).to_have_text(first)


def test_a_running_search_can_be_replaced(page: Page, address: str) -> None:
    page.goto(address)
    box = page.get_by_label("Who are you looking for?")
    box.fill("a first long text " * 400)
    page.evaluate("document.querySelector('form.search').requestSubmit()")
    expect(page.locator("form[aria-busy]").or_(page.locator(".results"))).to_be_visible()
    box.fill("teacher")
    page.get_by_role("button", name=re.compile("Search")).first.click()
    page.wait_for_url("**q=teacher**")
    expect(page.locator(".result").first).to_be_visible()


def open_filters(page: Page) -> Locator:
    """The panel, once its values are there."""
    panel = page.locator("details.facets")
    panel.get_by_role("button", name="Apply").wait_for()
    return panel


def test_filters_with_counts_and_ranges(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&cluster=off")
    senior = open_filters(page).locator("label", has_text="senior")
    count = senior.locator("span").inner_text()
    senior.click()
    page.wait_for_url("**seniority=senior**")
    expect(page.get_by_role("link", name="Take away the filter level: senior")).to_be_visible()
    expect(page.get_by_text(f"{count} people match all your filters.")).to_be_visible()
    chosen = open_filters(page).get_by_role("checkbox", name="senior")
    expect(chosen).to_be_checked()
    expect(chosen).to_be_focused()
    page.get_by_label("from").fill("5")
    page.get_by_label("to", exact=True).fill("9")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**years_min=5**")
    for years in page.locator(".result .tags").all_inner_texts():
        assert any(f"{number} years" in years for number in range(5, 10)), years
    open_filters(page).get_by_role("link", name="Clear all filters").click()
    page.wait_for_url(lambda url: "years_min" not in url and "seniority" not in url)


def test_another_text_keeps_the_filters_and_a_filter_keeps_another_text(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&seniority=senior")
    box = page.get_by_label("Who are you looking for?")
    box.fill("teacher")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**q=teacher**")
    expect(page.locator(".answer .filters a")).to_have_text(["level: senior ×"])
    box.fill("paramedic")
    page.locator(".result .tags a[title^='Filter: languages']").first.click()
    page.wait_for_url("**q=paramedic**")
    expect(page.locator(".answer .filters a")).to_have_count(2)
    box.fill("pharmacist")
    open_filters(page).locator("label", has_text="lead").click()
    page.wait_for_url("**q=pharmacist**")
    expect(page.locator(".answer .filters a")).to_have_count(3)


def test_a_value_that_is_not_among_the_first_is_found_by_typing(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    panel = open_filters(page)
    find = panel.get_by_role("searchbox", name="Find a value: location")
    find.fill("copenh")
    expect(panel.locator("[data-field=location] li")).to_have_text([re.compile("København")])
    find.press("Enter")
    page.wait_for_url("**location=K%C3%B8benhavn**")
    expect(page.locator(".answer .filters a")).to_have_text(["location: København ×"])


def test_a_wrong_range_is_said_where_it_was_typed(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    open_filters(page)
    page.get_by_label("from").fill("10")
    page.get_by_label("to", exact=True).fill("2")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The first is greater than the second, so both were left out.")).to_be_visible()
    expect(page.get_by_label("from")).to_have_value("10")
    expect(page.get_by_label("from")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".result")).to_have_count(30)


def test_out_of_no_results(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&location=Atlantis&seniority=junior")
    way = page.get_by_role("link", name=re.compile("Without location: Atlantis"))
    told = re.search(r"(\d+) (people|person)", way.inner_text())
    assert told is not None
    count = told[1]
    way.click()
    expect(page.get_by_text(re.compile(f"^.*{count} people match all your filters"))).to_be_visible()
    expect(page.locator(".result").first).to_be_visible()


def test_groups_picked_by_hand(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    page.locator("summary", has_text="Fields of work").click()
    boxes = page.locator(".groups input[type=checkbox]")
    expect(boxes).to_have_count(10)
    wanted = {boxes.nth(1).get_attribute("value"), boxes.nth(2).get_attribute("value")}
    boxes.nth(0).uncheck()
    boxes.nth(1).check()
    boxes.nth(2).check()
    page.get_by_role("button", name="Look only there").click()
    page.wait_for_url("**cluster=**")
    expect(page.get_by_label("Chosen fields")).to_be_checked()
    assert set(page.locator(".groups input:checked").evaluate_all("all => all.map(each => each.value)")) == wanted


def test_compare(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    page.get_by_role("link", name="For developers").click()
    page.get_by_role("link", name="What the closest cluster alone would miss").click()
    expect(page.get_by_role("heading", name="The closest field and everyone")).to_be_visible()
    expect(page.locator(".compared")).to_have_count(2)
    expect(page.locator(".compared li")).to_have_count(60)
    page.locator(".compared a").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".compared a").nth(1)).to_be_focused()
    page.get_by_role("link", name="Back to the people").click()
    expect(page.locator(".result")).to_have_count(30)


def box_of(element: Locator) -> FloatRect:
    """Where it is, in pixels of the window."""
    box = element.bounding_box()
    assert box is not None
    return box


def open_map(page: Page) -> FrameLocator:
    panel = page.locator("details.map")
    panel.evaluate("(each) => { each.open = true; }")
    frame = page.frame_locator("details.map iframe")
    frame.locator("html[data-drawn]").wait_for(state="attached")
    return frame


AT = """(id) => {
  const plot = document.querySelector('#map'), layout = plot._fullLayout;
  const trace = plot.data.find((each) => each.customdata?.includes(id));
  const at = trace.customdata.indexOf(id), box = plot.getBoundingClientRect();
  return [box.left + layout._size.l + layout.xaxis.c2p(trace.x[at]), box.top + layout._size.t + layout.yaxis.c2p(trace.y[at])];
}"""


def test_the_map_shows_names_and_opens_people(page: Page, address: str) -> None:
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
    box = box_of(handle)
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


def test_a_lasso_on_the_map_filters_the_results(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&cluster=off")
    frame = open_map(page)
    handle = page.locator("details.map iframe")
    handle.scroll_into_view_if_needed()
    frame.locator(".modebar-btn[data-val=lasso]").click()
    first = page.locator(".result").first.get_attribute("data-id")
    x, y = frame.locator("#map").evaluate("(plot, id) => (" + AT + ")(id)", first)
    box = box_of(handle)
    corners = [(-12, -12), (12, -12), (12, 12), (-12, 12), (-12, -12)]
    page.mouse.move(box["x"] + x - 12, box["y"] + y - 12)
    page.mouse.down()
    for dx, dy in corners:
        page.mouse.move(box["x"] + x + dx, box["y"] + y + dy, steps=4)
    page.mouse.up()
    expect(page.locator(".selection")).to_be_visible()
    expect(page.locator(".selection")).to_contain_text("in the area that you drew")
    shown = page.locator(".result:visible").evaluate_all("all => all.map(each => each.dataset.id)")
    assert first in shown and len(shown) < page.locator(".result").count()
    assert box_of(handle)["y"] == pytest.approx(box["y"], abs=2), "the map stays where it is"
    assert page.evaluate("!document.activeElement.closest('.result')"), "and nobody is given the focus"
    page.get_by_role("button", name="Show everybody again").click()
    expect(page.locator(".result:not(:visible)")).to_have_count(0)


def test_a_groups_name_on_the_map_searches_it(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    frame = open_map(page)
    frame.locator("#legend a").nth(3).click()
    page.wait_for_url("**cluster=3**")
    expect(page.get_by_label("Chosen fields")).to_be_checked()


def test_on_a_wide_screen_filters_and_map_open_by_themselves(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address + QUERY)
    expect(page.locator(".facets a").first).to_be_visible()
    page.frame_locator("details.map iframe").locator("html[data-drawn]").wait_for(state="attached")
    page.set_viewport_size({"width": 3840, "height": 2160})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_command_is_copied(browser: Browser, address: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address + "/how" + QUERY[1:])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert (
        copied.startswith("printf %b") and "redis-cli" in copied and copied == page.locator("#redis-cli").inner_text()
    )
    context.close()


def test_characters_are_counted_and_too_many_stay_in_the_box(page: Page, address: str) -> None:
    page.goto(address)
    box, count = page.get_by_label("Who are you looking for?"), page.locator(".count")
    box.fill("x" * 7000)
    expect(count).to_have_text("")
    box.fill("x" * 7990)
    expect(count).to_have_text("Characters left: 10")
    box.fill("x" * 10_000)
    expect(count).to_contain_text("too long by 2,000 characters")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(box).to_be_focused()
    expect(box).to_have_value("x" * 10_000)
    assert page.url.rstrip("/") == address


def test_results_as_files(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    with page.expect_download() as download:
        page.get_by_role("link", name="as a table (CSV)").click()
    assert download.value.suggested_filename == "people.csv"
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("rank,id,headline")


def test_an_example_for_a_first_visit(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".examples a").first.click()
    expect(page.locator(".result").first).to_be_visible()


def test_the_keyboard_alone_suffices(page: Page, address: str) -> None:
    page.goto(address)
    box = page.get_by_label("Who are you looking for?")
    expect(box).to_be_focused()
    page.keyboard.type("office manager")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Related fields")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radio", name="Closest field")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**cluster=predicted**")
    assert "q=office+manager" in page.url
    people = page.locator(".result h2 a")
    expect(people.first).to_be_visible()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(people.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(people.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(people.first).to_be_focused()
    headline = people.first.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)


def test_keys_take_nothing_from_anybody(page: Page, address: str) -> None:
    """Esc erases no text, arrows scroll unless a person has the focus, and / can be turned off."""
    page.goto(address + "/?q=a+text+that+was+pasted")
    box = page.get_by_label("Who are you looking for?")
    box.focus()
    page.keyboard.press("Escape")
    expect(box).to_have_value("a text that was pasted")
    expect(box).not_to_be_focused()

    def scrolled_by_an_arrow() -> bool:  # a page that is still being laid out has nothing to scroll
        page.keyboard.press("ArrowDown")
        return bool(page.evaluate("scrollY") > 0)

    wait_until(scrolled_by_an_arrow, what="the page scrolling")
    expect(page.locator("body")).to_be_focused()
    page.get_by_role("button", name="Turn keys off").click()
    page.keyboard.press("/")
    expect(box).not_to_be_focused()
    page.reload()
    page.keyboard.press("/")
    expect(box).not_to_be_focused()
    page.get_by_role("button", name="Turn keys on").click()
    page.keyboard.press("/")
    expect(box).to_be_focused()


def test_the_skip_link_leads_to_the_people(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the people")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".result h2 a").first).to_be_focused()


def test_a_phone_shows_the_first_person_at_once(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    for query in (QUERY, "/?q=" + JOB * 5, QUERY + "&seniority=senior&years_min=2"):
        page.goto(address + query)
        place = box_of(page.locator(".result h2").first)
        assert place["y"] + place["height"] < 740, query[:60]
    page.get_by_role("link", name="Filters and map").click()
    assert page.locator("aside").evaluate("each => Math.abs(each.getBoundingClientRect().top) < 600")
    context.close()


@pytest.mark.parametrize(
    "place", [QUERY + "&facets=1&seniority=senior&cluster=off", "/profiles/p000001?q=nurse", "/how" + QUERY[1:]]
)
def test_targets_are_large_enough(browser: Browser, address: str, place: str) -> None:
    """WCAG 2.5.8: 24 by 24 pixels, but for links within a sentence."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address + place)
    small = page.evaluate("""() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea')]
      .filter((each) => each.checkVisibility() && !each.closest('.skip'))
      .map((each) => [each.outerHTML.slice(0, 90), (each.closest('label') ?? each).getBoundingClientRect()])
      .filter(([, box]) => box.height < 24 || box.width < 24).map(([html]) => html)""")
    context.close()
    assert not small


def test_the_focus_is_seen_whole(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    link = page.locator(".result h2 a").first
    page.keyboard.press("Tab")
    link.focus()
    assert link.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    assert link.evaluate("each => getComputedStyle(each.closest('h2')).overflow") == "visible"


def test_the_map_takes_no_wheel(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address + QUERY)
    frame = open_map(page)
    handle = page.locator("details.map iframe")
    handle.scroll_into_view_if_needed()
    box = box_of(handle)
    before = frame.locator("#map").evaluate("plot => plot.layout.xaxis.range.join()")
    top = page.evaluate("scrollY")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    page.mouse.wheel(0, -300)
    wait_until(lambda: page.evaluate("scrollY") < top, what="the page scrolling")
    assert frame.locator("#map").evaluate("plot => plot.layout.xaxis.range.join()") == before


def test_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".result")).to_have_count(30)
    page.locator("summary", has_text="Filters").click()
    page.get_by_role("link", name="Show the filters").click()
    page.locator(".facets label", has_text="senior").click()
    page.get_by_label("Who are you looking for?").fill("nurse")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="Take away the filter level: senior")).to_be_visible()
    expect(page.get_by_label("Who are you looking for?")).to_have_value("nurse")
    page.get_by_role("link", name=re.compile("Show \\d+ more")).nth(2).click()
    expect(page.locator("[data-field=location] li").nth(30)).to_be_visible()
    page.goto(address + "/?q=teacher&cluster=off")
    page.get_by_role("link", name="More people").click()
    expect(page.locator(".rank").first).to_have_text("31")
    page.get_by_role("link", name="Earlier people").click()
    expect(page.locator(".rank").first).to_have_text("1")
    context.close()


@pytest.mark.parametrize(("name", "scheme"), [*((name, "light") for name in PLACES), ("results", "dark"), ("compare", "dark"),
                                              ("filters without scripts", "dark"), ("first visit", "dark")])  # fmt: skip
def test_axe_finds_nothing(browser: Browser, address: str, name: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(address + PLACES[name])
    page.evaluate("document.querySelectorAll('details:not(.map)').forEach((each) => { each.open = true; })")
    expect(page.locator(".facets .content > p > a", has_text="Show the filters")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    context.close()
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_map(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address + "/map?q=nurse")
    page.locator("html[data-drawn]").wait_for(state="attached")
    found = Axe().run(page).response["violations"]
    context.close()
    assert not found, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("width", [320, 3840])
@pytest.mark.parametrize("name", PLACES)
def test_nothing_sticks_out(page: Page, address: str, name: str, width: int) -> None:
    page.route("**/map?*", lambda route: route.fulfill(body="the map has a test of its own"))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + PLACES[name])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_pasted_job_description_of_eight_thousand_characters(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill("We look for a nurse. " * 380)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".result").first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_long_text_all_the_way(browser: Browser, address: str, scripts: bool) -> None:
    """Paste, search, narrow, compare, open a person and go back: the text is in the box and in no address."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    text = "We look for a registered nurse for intensive care. Nights and weekends. " * 69
    page.goto(address)
    page.get_by_label("Who are you looking for?").fill(text)
    page.get_by_role("radio", name="Everyone").check()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".result")).to_have_count(30)
    expect(page.get_by_label("Who are you looking for?")).to_have_value(text)
    assert len(page.url) < len(address) + 50
    page.locator(".result .tags a[title^='Filter: level']").first.click()
    expect(page.get_by_role("link", name="Take away the filter level")).to_be_visible()
    page.get_by_role("link", name="Take away the filter level").click()
    page.get_by_role("link", name="More people").click()
    if scripts:
        expect(page.locator(".result")).to_have_count(60)
        expect(open_filters(page).get_by_role("checkbox", name="senior")).to_be_visible()
        open_map(page)
    else:
        expect(page.locator(".rank").first).to_have_text("31")
    page.locator(".result h2 a").first.click()
    page.get_by_role("link", name="Back to the people").click()
    expect(page.locator(".result")).to_have_count(60 if scripts else 30)
    page.get_by_role("link", name="For developers").click()
    page.get_by_role("link", name="What the closest cluster alone would miss").click()
    expect(page.locator(".compared li")).to_have_count(60)
    page.go_back()
    page.go_back()
    expect(page.get_by_label("Who are you looking for?")).to_have_value(text)
    page.get_by_label("Who are you looking for?").fill("teacher")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**q=teacher**")
    assert max(map(len, asked)) < 300 and not any("weekends" in url for url in asked)
    context.close()


def test_what_was_read_of_a_text_can_be_changed(page: Page, address: str) -> None:
    page.goto(address)
    about = "About us\n" + "Our account executives open doors in new markets every day.\n" * 12
    box = page.get_by_label("Who are you looking for?")
    box.fill(about + "Your profile\nA registered nurse for intensive care\n")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("13 parts of your text were left aside.")).to_be_visible()
    expect(page.locator(".result h2").first).to_contain_text(re.compile("nurse", re.IGNORECASE))
    page.locator("summary", has_text="What was read of your text").click()
    boxes = page.locator(".reading input")
    expect(boxes).to_have_count(15)
    boxes.nth(1).check()
    page.wait_for_url("**parts=**")
    expect(page.get_by_text("12 parts of your text were left aside.")).to_be_visible()
    expect(box).to_have_value(re.compile("^About us"))
    box.fill("teacher")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**q=teacher**")
    expect(page.locator(".reading")).to_have_count(0)
