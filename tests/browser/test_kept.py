"""Stars, shortlists, notes, hidden people and saved searches, as people use them."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from profilesearch.kept.saved_search import SavedSearch
from profilesearch.kept.shortlist import Shortlist
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from tests.servers import wait_until

pytestmark = pytest.mark.usefixtures("nothing_kept")

SEARCH = "/?q=registered+nurse+for+intensive+care&cluster=off"
NAME = "registered nurse for intensive care"


@pytest.fixture
def store(built: str) -> Store:
    return Store(connect(Settings(redis_url=built)))


@pytest.fixture(params=["with scripts", "without scripts"])
def either(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page with scripts, and one without."""
    context = browser.new_context(
        java_script_enabled=request.param == "with scripts", viewport={"width": 1000, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def headlines(page: Page) -> list[str]:
    return page.locator(".kept-people h2").all_inner_texts()


def star(page: Page, *places: int) -> list[str]:
    """Press stars, and return the headlines beside them."""
    for place in places:
        page.locator(".result .star").nth(place).click()
        expect(page.locator(".result .star").nth(place)).to_have_attribute("aria-pressed", "true")
    return [page.locator(".result h2").nth(place).inner_text() for place in places]


def kept(store: Store, *ids: str, **options: str) -> Shortlist:
    shortlist = Shortlist("Nurses, Berlin", options.get("query", "a nurse for intensive care"))
    version = store.versions.live()
    for id_ in ids:
        shortlist = shortlist.keeping(id_, store.profiles.one(version, id_)[0].title)
    return store.shortlists.add("local", shortlist)


def test_from_a_star_to_a_shortlist_and_off_again(either: Page, address: str) -> None:
    page = either
    page.goto(address + SEARCH)
    expected = star(page, 0, 2)
    page.get_by_role("link", name=f"{NAME}: 2 people").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    assert headlines(page) == expected
    page.get_by_role("link", name=expected[0]).click()
    button = page.get_by_role("button", name=re.compile("^Keep"))
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.get_by_role("link", name="Shortlists").first.click()
    expect(page.locator(".kept-lists").first).to_contain_text("1 person")


def test_a_star_changes_the_button_alone(page: Page, address: str) -> None:
    """Nothing is loaded again: what was typed stays, the focus stays, and a line says what was done."""
    page.goto(address + SEARCH)
    page.get_by_label("Who are you looking for?").fill("a text that is not searched for yet")
    page.evaluate("window.same = true")
    button = page.locator(".result .star").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    expect(page.get_by_role("status").filter(has_text=f"Kept in “{NAME}”.")).to_be_visible()
    assert page.evaluate("window.same")
    expect(page.get_by_label("Who are you looking for?")).to_have_value("a text that is not searched for yet")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_stars_that_are_pressed_at_once_go_to_one_list(page: Page, address: str, store: Store) -> None:
    page.goto(address + SEARCH)
    page.evaluate("[...document.querySelectorAll('.result .star')].slice(0, 3).forEach((each) => each.click())")
    expect(page.get_by_role("link", name=f"{NAME}: 3 people")).to_be_visible()
    assert len(store.shortlists.all("local")) == 1


def test_who_fits_and_who_does_not(either: Page, address: str, store: Store) -> None:
    page = either
    page.goto(address + SEARCH)
    fits, unfit = page.locator(".result .fits"), page.locator(".result .unfit")
    fits.nth(0).click()
    expect(fits.nth(0)).to_have_attribute("aria-pressed", "true")
    unfit.nth(1).click()
    expect(unfit.nth(1)).to_have_attribute("aria-pressed", "true")
    assert sorted(label.grade for label in store.labels.each("local", NAME)) == [0, 1]
    unfit.nth(0).click()
    expect(fits.nth(0)).to_have_attribute("aria-pressed", "false")
    unfit.nth(1).click()
    expect(unfit.nth(1)).to_have_attribute("aria-pressed", "false")
    assert [label.grade for label in store.labels.each("local")] == [0]


def test_whoever_is_hidden_is_away_until_shown_again(either: Page, address: str) -> None:
    page = either
    page.goto(address + SEARCH)
    first = page.locator(".result h2").first.inner_text()
    page.locator(".result .hide").first.click()
    page.locator("button[name=show]").first.wait_for(state="attached")
    page.goto(address + SEARCH)
    expect(page.locator(".result")).to_have_count(29)
    page.locator("summary", has_text=f"1 person of this page is hidden for “{NAME}”").click()
    expect(page.locator(".hidden-people")).to_contain_text(first[:40])
    page.get_by_role("button", name="Show again").click()
    page.goto(address + SEARCH)
    expect(page.locator(".result h2").first).to_have_text(first)


def test_hiding_can_be_undone_at_once(page: Page, address: str) -> None:
    page.goto(address + SEARCH)
    person = page.locator(".result").first
    person.get_by_role("button", name="Hide: ").click()
    again = person.get_by_role("button", name="Show again")
    expect(again).to_be_focused()
    expect(person.locator("article")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(person.locator("article")).to_be_visible()
    expect(person.get_by_role("button", name="Hide: ")).to_be_focused()


def test_an_order_by_buttons(either: Page, address: str, store: Store) -> None:
    page = either
    page.goto(f"{address}/shortlists/{kept(store, 'p000001', 'p000002', 'p000003').key}")
    one, two, three = headlines(page)
    page.get_by_role("button", name=f"Move up: {three[:20]}").click()
    expect(page.locator(".kept-people h2")).to_have_text([one, three, two])
    page.get_by_role("button", name=f"Move down: {one[:20]}").click()
    expect(page.locator(".kept-people h2")).to_have_text([three, one, two])
    expect(page.locator("[name=up]").first).to_be_disabled()
    page.get_by_role("button", name=f"Take off the list: {one[:20]}").click()
    expect(page.locator(".kept-people h2")).to_have_text([three, two])
    page.locator("summary", has_text="1 person was taken off recently").click()
    page.get_by_role("button", name="Put back").click()
    expect(page.locator(".kept-people h2")).to_have_text([three, two, one])


def test_an_order_by_dragging(page: Page, address: str, store: Store) -> None:
    shortlist = kept(store, "p000001", "p000002", "p000003")
    page.goto(f"{address}/shortlists/{shortlist.key}")
    one, two, three = headlines(page)
    people = page.locator(".kept-people > li")
    people.nth(2).locator(".grip").drag_to(people.nth(0), target_position={"x": 60, "y": 4})
    expect(page.locator(".kept-people h2")).to_have_text([three, one, two])
    expect(page.get_by_role("status").filter(has_text="Now in place 1.")).to_be_visible()
    expect(page.locator(".rank")).to_have_text(["1", "2", "3"])
    assert store.shortlists.get("local", shortlist.key).ids == ("p000003", "p000001", "p000002")
    page.locator("[name=down]").first.click()
    expect(page.locator(".kept-people h2")).to_have_text([one, three, two])


def test_notes_are_saved_and_not_overwritten(either: Page, address: str, store: Store) -> None:
    page = either
    shortlist = kept(store, "p000001", "p000002")
    page.goto(f"{address}/shortlists/{shortlist.key}")
    note = page.get_by_label("Note: ").first
    write(note, "Called on Monday.\nStarts in March.")
    wait_until(
        lambda: store.shortlists.get("local", shortlist.key).people[0].note == "Called on Monday.\nStarts in March."
    )
    page.reload()
    expect(note).to_have_value("Called on Monday.\nStarts in March.")
    store.shortlists.change("local", shortlist.key, lambda each: each.noted("p000001", "somebody else’s", 1))
    write(note, "mine")
    expect(page.get_by_role("alert")).to_contain_text(
        "Somebody changed this note meanwhile. It says now: “somebody else’s”."
    )
    expect(note).to_have_value("mine")
    page.get_by_role("button", name="Save the note: ").first.click()
    wait_until(lambda: store.shortlists.get("local", shortlist.key).people[0].note == "mine")


def write(note: Locator, text: str) -> None:
    """Write a note, and leave it; without scripts the button beside it saves."""
    note.fill(text)
    button = note.locator("xpath=following-sibling::button")
    if button.is_visible():
        button.click()
    else:
        note.press("Tab")


def test_an_address_to_share(either: Page, browser: Browser, address: str, store: Store) -> None:
    page = either
    shortlist = kept(store, "p000001", "p000002")
    page.goto(f"{address}/shortlists/{shortlist.key}")
    page.locator("summary", has_text="Share").click()
    page.get_by_role("button", name="Make an address").click()
    shared = page.locator(".address a").get_attribute("href")
    assert shared is not None
    other = browser.new_context()
    guest = other.new_page()
    guest.goto(shared)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Nurses, Berlin")
    expect(guest.locator("main button, main input, main form")).to_have_count(0)
    page.get_by_role("button", name="End sharing").click()
    page.locator("[name=share]").wait_for(state="attached")
    reply = guest.goto(shared)
    assert reply is not None and reply.status == 404
    other.close()


def test_people_side_by_side(either: Page, address: str, store: Store) -> None:
    page = either
    page.goto(f"{address}/shortlists/{kept(store, 'p000001', 'p000002', 'p000003').key}")
    expected = [headlines(page)[at] for at in (0, 2)]
    for at in (0, 2):
        page.locator(".tick input").nth(at).check()
    page.get_by_role("button", name="Lay side by side").click()
    expect(page.locator(".side thead th")).to_have_text(expected)
    expect(page.get_by_role("row", name="What you asked for").locator(".points")).to_have_count(2)
    page.get_by_role("link", name="Nurses, Berlin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nurses, Berlin")


def test_a_saved_search_says_who_is_new(either: Page, address: str, store: Store) -> None:
    page = either
    page.goto(address + SEARCH)
    first = page.locator(".result h2").first.inner_text()
    page.locator("summary", has_text="Save this search").click()
    page.get_by_label("Name", exact=True).fill("Intensive care")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Nobody is new since"))).to_be_visible()
    (search,) = store.searches.all("local")
    store.searches.looked("local", search.key, search.seen[1:])
    page.get_by_role("link", name="Shortlists").first.click()
    page.locator(".new a").click()
    expect(page.get_by_role("heading", name=re.compile("1 person is new since"))).to_be_visible()
    expect(page.locator(".kept-people h2")).to_have_text([first])
    page.get_by_role("button", name="I have seen them").click()
    expect(page.get_by_role("heading", name=re.compile("Nobody is new since"))).to_be_visible()
    page.get_by_role("link", name="Open the whole search").click()
    expect(page.locator(".result h2").first).to_have_text(first)


def test_the_page_of_all_counts_who_is_new(page: Page, address: str, store: Store) -> None:
    for name in ("one", "two"):
        store.searches.add("local", SavedSearch(name, (("q", NAME),)))
    page.goto(address + "/shortlists")
    expect(page.locator(".new")).to_have_text(["50 new people", "50 new people"])


def test_all_of_it_goes_out_and_comes_in(either: Page, address: str, store: Store) -> None:
    page = either
    shortlist = kept(store, "p000001", "p000002")
    page.goto(address + "/shortlists")
    with page.expect_download() as download:
        page.get_by_role("link", name="All of it as a file (JSON)").click()
    file = download.value.path()  # once it is here whole: it is given out line by line
    store.shortlists.remove("local", shortlist.key)
    page.goto(address + "/shortlists")
    expect(page.get_by_text("Press the star beside a person to keep them.")).to_be_visible()
    page.get_by_label("Read such a file").set_input_files(file)
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.get_by_text("1 thing was added or completed.")).to_be_visible()
    expect(page.get_by_role("link", name="Nurses, Berlin")).to_be_visible()


def test_a_list_is_begun_named_and_deleted(either: Page, address: str) -> None:
    page = either
    page.goto(address + "/shortlists")
    page.get_by_label("New shortlist").fill("Teachers")
    page.get_by_role("button", name="Create").click()
    page.locator("summary", has_text="Change or delete").click()
    page.get_by_label("Name").fill("Teachers, Hamburg")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Teachers, Hamburg")
    page.goto(address + SEARCH)
    star(page, 0)
    expect(page.get_by_role("link", name="Teachers, Hamburg: 1 person")).to_be_visible()
    page.get_by_role("link", name="Teachers, Hamburg: 1 person").click()
    page.locator("summary", has_text="Change or delete").click()
    page.locator("summary", has_text="Delete this shortlist").click()
    page.get_by_role("button", name="Delete it with 1 person and all notes").click()
    expect(page.get_by_text("Press the star beside a person to keep them.")).to_be_visible()


# ---------------------------------------------------------------- how it looks
@pytest.fixture
def full(store: Store, address: str) -> dict[str, str]:
    """Pages with all that they can have: a person who is gone, notes, hidden and former people, a long headline."""
    shortlist = kept(store, "p000001", "p000002", "p000003", "p000004")
    key = shortlist.key

    def more(each: Shortlist) -> Shortlist:
        each = each.keeping("gone", "w" * 300).keeping("left", "somebody who left").leaving("left")
        return each.hiding("p000009", "x" * 300).noted("p000001", "a note " * 100, 0)

    store.shortlists.change("local", key, more)
    token = store.shortlists.share("local", key).token
    return {
        "all": "/shortlists?added=3",
        "one": f"/shortlists/{key}",
        "shared": f"/shared/{token}",
        "side by side": f"/side-by-side?list={key}&person=p000001&person=p000002&person=p000003&person=p000004",
        "a search": f"/searches/{saved(store)}",
        "not there": "/shortlists/nothing",
        "in German": f"/shortlists/{key}?lang=de",
    }


def saved(store: Store) -> str:
    search = SavedSearch("nurses " * 20, (("q", "nurse " * 40),))
    store.searches.add("local", search)
    return search.key


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, address: str, full: dict[str, str], scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    for name, path in full.items():
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        found = Axe().run(page).response["violations"]
        assert not found, (name, [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found])
    context.close()


@pytest.mark.parametrize("width", [320, 360, 1280, 3840])
def test_nothing_sticks_out_and_targets_are_large_enough(
    browser: Browser, address: str, full: dict[str, str], width: int
) -> None:
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": 740}, has_touch=width < 500)
    page = context.new_page()
    for name, path in full.items():
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        small = page.evaluate("""() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea')]
          .filter((each) => each.checkVisibility() && !each.closest('.skip'))
          .map((each) => [each.outerHTML.slice(0, 90), (each.closest('label') ?? each).getBoundingClientRect()])
          .filter(([, box]) => box.height < 24 || box.width < 24).map(([html]) => html)""")
        assert not small, (name, small)
    context.close()


def test_printed_it_is_a_document(page: Page, address: str, full: dict[str, str]) -> None:
    page.goto(address + full["one"])
    page.emulate_media(media="print")
    for selector in (".moves", ".note", ".tick", ".tools", ".yours"):
        for each in page.locator(selector).all():
            expect(each).to_be_hidden()
    expect(page.locator("p.printed").first).to_be_visible()
    expect(page.locator("p.printed").nth(1)).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_stars_are_seen_in_forced_colours_and_by_keyboard(browser: Browser, address: str) -> None:
    context = browser.new_context(forced_colors="active", viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(address + SEARCH)
    button = page.locator(".result .star").first
    page.keyboard.press("Tab")
    button.focus()
    assert button.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    assert button.evaluate("each => getComputedStyle(each).color") != button.evaluate(
        "each => getComputedStyle(document.documentElement).backgroundColor"
    )
    context.close()
