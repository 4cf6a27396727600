"""The page enlarged, in the system's colours, without movement, on paper; and what it says of its people."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_search_page import QUERY, box_of, open_map

SENTENCE = "/?q=nurse+in+Berlin+who+speaks+German+with+at+least+5+years&cluster=off"


def test_at_four_hundred_percent_nothing_is_lost(browser: Browser, address: str) -> None:
    """A window of 1280 by 1024 at 400 % has 320 by 256 CSS pixels (WCAG 1.4.10)."""
    context = browser.new_context(viewport={"width": 320, "height": 256}, device_scale_factor=4)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address + SENTENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    card = page.locator(".result").first
    for part in ("h2 a", ".snippet", ".points", ".tags a.filter", ".alike", ".star", ".fits"):
        each = card.locator(part).first
        each.scroll_into_view_if_needed()
        box = box_of(each)
        assert 0 <= box["x"] and box["x"] + box["width"] <= 320, part
        assert each.evaluate(
            "each => each.scrollWidth <= each.clientWidth + 1 || getComputedStyle(each).display === 'inline'"
        ), part
    page.locator(".offers a", has_text="German").click()
    expect(page.get_by_role("link", name="Take away the filter languages: German")).to_be_visible()
    page.locator("summary", has_text="Filters").click()
    page.get_by_role("button", name="Apply").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator(".result h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_in_forced_colours_what_is_chosen_is_seen(browser: Browser, address: str) -> None:
    context = browser.new_context(forced_colors="active", viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(address + QUERY + "&seniority=senior&facets=1")

    def background(selector: str) -> str:
        colour: str = page.locator(selector).first.evaluate("each => getComputedStyle(each).backgroundColor")
        return colour

    assert background("form.search input:checked + span") != background("form.search input:not(:checked) + span")
    for selector in ("form.search button[type=submit]", ".panel"):
        assert page.locator(selector).first.evaluate("each => getComputedStyle(each).borderTopWidth") != "0px", selector
    chosen = page.locator(".tags .chosen").first
    assert "underline" in chosen.evaluate("each => getComputedStyle(each).textDecorationLine")
    page.keyboard.press("Tab")
    page.locator(".result h2 a").first.focus()
    outline = page.locator(".result h2 a").first.evaluate("each => getComputedStyle(each).outlineStyle")
    assert outline == "solid"
    context.close()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_whoever_wants_no_movement(browser: Browser, address: str, motion: str) -> None:
    context = browser.new_context(reduced_motion=motion)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    moving = page.evaluate("""() => [...document.querySelectorAll('*')].filter((each) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(each);
      return transitionDuration.split(', ').some((time) => time !== '0s') || animationName !== 'none' || scrollBehavior === 'smooth';
    }).length""")
    assert bool(moving) == (motion == "no-preference")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tool_in_use_is_seen_on_the_map(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1000, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + QUERY)
    frame = open_map(page)
    fill = "each => getComputedStyle(each.querySelector('path')).fill"
    active, other = (frame.locator(f".modebar-btn[data-val={tool}]").evaluate(fill) for tool in ("pan", "lasso"))
    paper = frame.locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
    assert len({active, other, paper}) == 3
    context.close()


def test_the_map_stands_below_the_filters(page: Page, address: str) -> None:
    page.goto(address + QUERY)
    assert box_of(page.locator("details.map"))["y"] > box_of(page.locator("aside details.facets"))["y"]
    assert page.evaluate("document.activeElement === document.body"), "and it takes no focus"


def test_a_card_and_a_page_say_why(page: Page, address: str) -> None:
    page.goto(address + SENTENCE)
    points = page.locator(".result").first.locator(".points li")
    expect(points.first).to_have_text(re.compile("✓|✗"))
    said = {text.strip() for text in points.all_inner_texts()}
    page.locator(".result h2 a").first.click()
    expect(page.get_by_role("heading", name="Why this person")).to_be_visible()
    assert said == {text.strip() for text in page.locator(".why .points li").all_inner_texts()}
    expect(page.locator(".why .sentences li").first).to_be_visible()


def test_what_others_add_to_an_address_is_ignored(page: Page, address: str) -> None:
    page.goto(address + QUERY + "&utm_source=mail&fbclid=1")
    expect(page.locator(".result")).to_have_count(30)
    expect(
        page.locator("main [href*=utm_source], main [data-src*=utm_source], main [action*=utm_source]")
    ).to_have_count(0)
    assert page.request.get(address + "/api/search" + QUERY[1:] + "&utm_source=mail").status == 400


def test_the_switch_to_everyone_works_for_people_like_somebody(page: Page, address: str) -> None:
    page.goto(address + "/?like=p000001")
    page.get_by_role("radio", name="Everyone").check()
    page.wait_for_url("**cluster=off**")
    expect(page.locator(".result").first).to_be_visible()


JARGON = re.compile(
    r"vector|embedding|cluster|centroid|recall|cosine|similarity|redis|index\b|neighbour|query\b", re.IGNORECASE
)


@pytest.mark.parametrize("place", ["/", QUERY, QUERY + "&cluster=predicted&facets=1", "/profiles/p000001?q=nurse", "/shortlists",
                                   "/?q=asdfghjkl", QUERY + "&location=Atlantis", "/nothing"])  # fmt: skip
def test_no_page_speaks_of_how_it_is_made(page: Page, address: str, place: str) -> None:
    page.goto(address + place)
    page.evaluate("document.querySelectorAll('details:not(.map)').forEach((each) => { each.open = true; })")
    own = page.evaluate("""() => {
      document.querySelectorAll('.result, .similar, article.profile > p, blockquote, .chip, .facet li, textarea').forEach((each) => each.remove());
      return document.body.innerText;
    }""")
    assert not JARGON.findall(own)
