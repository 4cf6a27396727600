"""What a recruiter does in a day on the page, by a real Chromium, counted in clicks, keys and seconds.

python -m bench.tasks --address http://127.0.0.1:8000 [--earlier ADDRESS]

Keys are those that are pressed besides typing or pasting a text: Enter, Tab, arrows. Seconds are what the page takes, from the
first key to what was wanted, without the time that a person takes to read and to aim. ``--earlier`` is the page as it was before
it was rebuilt for these tasks (release 1), on the same profiles: what it cannot do is left out.
"""

import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import click
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect, sync_playwright

from .page import FLAGS
from .report import save, show

JOB = """Registered nurse for intensive care (m/f/d)

About us
{company}
Your tasks
You look after patients on our intensive care unit, document what you do and train new colleagues.

Your profile
Must have
- Registered nurse with at least 3 years
- German
Nice to have
- English
""".format(company="Our hospital has cared for this city for a hundred years and opens doors in new markets.\n" * 32)

MEANT = {
    "nurse": "",
    "prodct manger": "product manager",
    "PM": "product manager",
    "SRE": "site reliability engineer",
    "Krankenpfleger": "registered nurse",
    "看護師": "registered nurse",
}
"""Texts, and what their writers mean."""

LOST = ("asdfghjkl", "!!!")


@dataclass
class Hand:
    """A person at a page, who counts.

    Attributes:
        clicks: and taps.
        keys: besides typed text.
        texts: typed or pasted.
    """

    page: Page
    address: str
    clicks: int = 0
    keys: int = 0
    texts: int = 0
    began: float = field(default_factory=time.perf_counter)

    def open(self, path: str = "/") -> None:
        """Come to the page; the clock starts."""
        self.page.goto(self.address + path)
        if path == "/":
            expect(self.page.locator("#q")).to_be_focused()
        self.began = time.perf_counter()

    def click(self, what: Locator) -> None:
        """Click."""
        self.clicks += 1
        what.click()

    def type(self, text: str) -> None:
        """Type or paste a text where the focus is."""
        self.texts += 1
        self.page.keyboard.insert_text(text)

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def back(self) -> None:
        """The browser's own way back, by its keys."""
        self.keys += 1
        self.page.go_back()

    def search(self, text: str) -> None:
        """Type a text into the empty box, which has the focus, and search."""
        box = self.page.locator("#q")
        if box.input_value():
            self.clicks += 1
            box.click(click_count=3)
        self.type(text)
        if "\n" in text:
            self.click(self.page.locator("form.search button[type=submit]"))
        else:
            self.press("Enter")
        self.wait_for_people()

    def wait_for_people(self) -> None:
        """Until people are shown."""
        self.page.locator(".result").first.wait_for()

    def filter(self, link: Locator, count: int) -> None:
        """Click a link that adds a filter, until the page has so many."""
        self.click(link)
        expect(self.page.locator(".answer .filters a")).to_have_count(count)


# ---------------------------------------------------------------- the tasks
def by_a_sentence(hand: Hand) -> None:
    """Product marketing managers in Berlin who speak German, with at least 5 years"""
    hand.open()
    hand.search("product marketing managers in Berlin who speak German with at least 5 years")
    offers = hand.page.locator(".offers a")
    for count, named in enumerate(("location: Berlin", "German", "at least 5"), 1):
        hand.filter(offers.filter(has_text=named), count)
    for card in hand.page.locator(".result .tags").all_inner_texts():
        years = re.search(r"(\d+) year", card)
        assert "Berlin" in card and "German" in card and years and int(years[1]) >= 5, card


def by_a_sentence_before(hand: Hand) -> None:
    hand.open()
    hand.search("product marketing manager")
    panel = hand.page.locator("details.facets")
    panel.locator("a").first.wait_for()
    for facet, value in (("location", "Berlin"), ("languages", "German")):
        link = panel.locator("fieldset", has_text=facet).get_by_role("link", name=value)
        link.first.wait_for()
        hand.click(link.first)
        hand.page.wait_for_url(f"**{facet}={value}**")
        panel.locator("a").first.wait_for()
    hand.click(panel.get_by_label("from").first)
    hand.type("5")
    hand.press("Enter")
    hand.page.wait_for_url("**years_min=5**")
    hand.wait_for_people()


def with_a_job_description(hand: Hand) -> None:
    """Paste a job description of 3,000 characters, narrow, open a person, more like them, back to the list"""
    hand.open()
    hand.search(JOB)
    hand.filter(hand.page.locator(".offers a").filter(has_text="German"), 1)
    first = hand.page.locator(".result h2 a").first
    headline = first.inner_text()
    assert re.search("nurse", headline, re.IGNORECASE), headline
    hand.click(first)
    hand.click(hand.page.get_by_role("link", name="More people like this"))
    hand.wait_for_people()
    hand.back()
    hand.back()
    expect(hand.page.locator(".result h2 a").first).to_have_text(headline)


def with_a_job_description_before(hand: Hand) -> None:
    hand.open()
    hand.search(JOB)
    before = hand.page.url
    hand.click(hand.page.locator(".result .tags a", has_text="German").first)
    hand.page.wait_for_url(lambda url: url != before)
    hand.wait_for_people()
    hand.click(hand.page.locator(".result h2 a").first)
    hand.click(hand.page.get_by_role("link", name=re.compile("[Mm]ore .*like")))
    hand.wait_for_people()
    hand.back()
    hand.back()
    hand.wait_for_people()


def side_by_side(hand: Hand) -> None:
    """Lay two of them side by side"""
    hand.open("/?q=registered+nurse&cluster=off")
    keep(hand, 2)
    ticks = hand.page.locator("input[name=person]")
    hand.click(ticks.nth(0))
    hand.click(ticks.nth(1))
    hand.click(hand.page.get_by_role("button", name="Lay side by side"))
    hand.page.locator("table.side").wait_for()


def to_a_colleague(hand: Hand) -> None:
    """Hand five people to a colleague, with an address"""
    hand.open("/?q=registered+nurse&cluster=off")
    keep(hand, 5)
    hand.click(hand.page.locator("#sharing summary"))
    hand.click(hand.page.get_by_role("button", name="Make an address"))
    shared = hand.page.locator("#shared-address").inner_text()
    hand.click(hand.page.get_by_role("button", name="Copy"))
    hand.page.goto(shared)
    expect(hand.page.locator(".kept-people h2")).to_have_count(5)


def keep(hand: Hand, count: int) -> None:
    """Star the first people, and open the shortlist that this begins."""
    for place in range(count):
        star = hand.page.locator(".result .star").nth(place)
        hand.click(star)
        expect(star).to_have_attribute("aria-pressed", "true")
    hand.click(hand.page.locator("#kept-where a"))
    expect(hand.page.locator(".kept-people > li")).to_have_count(count)


def meant(text: str) -> Callable[[Hand], None]:
    """A text that is not what profiles say, until the first person is what its writer meant."""

    def task(hand: Hand) -> None:
        hand.open()
        hand.search(text)
        wanted = MEANT[text]
        if wanted:
            hand.click(hand.page.locator(".banner a").filter(has_text=re.compile(f"^{wanted}$")))
            expect(hand.page.locator("#q")).to_have_value(wanted)
        expect(hand.page.locator(".result h2").first).to_contain_text(re.compile(wanted or text, re.IGNORECASE))
        expect(hand.page.locator(".banner h2")).to_have_count(0)

    return task


def lost(hand: Hand) -> None:
    """Nonsense: it says that nobody fits"""
    hand.open()
    for text in LOST:
        hand.search(text)
        expect(hand.page.get_by_role("heading", name="Nobody here fits this text well")).to_be_visible()
        expect(hand.page.locator("meter")).to_have_count(0)


def by_an_id(hand: Hand) -> None:
    """A person's id"""
    hand.open()
    hand.search("p000007")
    hand.click(hand.page.locator("p.banner a"))
    expect(hand.page.locator(".facts")).to_contain_text("p000007")


def out_of_nobody(hand: Hand) -> None:
    """Out of filters that leave nobody"""
    hand.open("/?q=registered+nurse&location=Atlantis&seniority=junior")
    hand.click(hand.page.locator(".empty li a").first)
    hand.wait_for_people()


def out_of_nobody_before(hand: Hand) -> None:
    hand.open("/?q=registered+nurse&location=Atlantis&seniority=junior")
    hand.click(hand.page.locator("a[href]", has_text=re.compile("Atlantis")).first)
    hand.wait_for_people()


def by_keyboard(hand: Hand) -> None:
    """By keyboard alone: search, open the second person, and back"""
    hand.open()
    hand.search("registered nurse")
    hand.page.wait_for_load_state()
    hand.press("/", "Tab", "Tab", "Tab", "ArrowDown", "Enter")
    expect(hand.page.locator("h1")).to_be_visible()
    hand.page.locator("article.profile").wait_for()
    hand.back()
    hand.wait_for_people()


def by_keyboard_before(hand: Hand) -> None:
    hand.open()
    hand.search("registered nurse")
    hand.page.wait_for_load_state()
    hand.page.locator("details.facets a").first.wait_for()  # they opened by themselves, before the people
    hand.page.locator("#q").focus()
    for _ in range(150):
        hand.press("Tab")
        if hand.page.evaluate("!!document.activeElement.closest('.result h2')"):
            break
    hand.press("Enter")
    hand.page.locator("article.profile, .profile").first.wait_for()
    hand.back()
    hand.wait_for_people()


_PATIENCE_MS = 20_000
"""How long an earlier page may take for one step."""

Task = Callable[[Hand], None]
TASKS: dict[str, tuple[Task, Task | None]] = {
    "in a sentence": (by_a_sentence, by_a_sentence_before),
    "a job description": (with_a_job_description, with_a_job_description_before),
    "side by side": (side_by_side, None),
    "to a colleague": (to_a_colleague, None),
    **{f"“{text}”": (meant(text), None) for text in MEANT},
    "an id": (by_an_id, None),
    "nonsense": (lost, None),
    "out of nobody": (out_of_nobody, out_of_nobody_before),
    "keyboard alone": (by_keyboard, by_keyboard_before),
}


def measured(browser: Browser, address: str, task: Task, patience_ms: float = 60_000) -> tuple[int, int, float]:
    """The clicks, keys and seconds of a task."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["clipboard-write"], locale="en")
    context.route("**/map?*", lambda route: route.abort())  # which is drawn when nothing else is to be done
    hand = Hand(context.new_page(), address)
    hand.page.set_default_timeout(patience_ms)
    try:
        task(hand)
        return hand.clicks, hand.keys, time.perf_counter() - hand.began
    finally:
        context.close()


@click.command()
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="The page.")
@click.option("--earlier", default="", help="An earlier page, on the same profiles.")
def main(address: str, earlier: str) -> None:
    """Do each task and print what it took."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        raise SystemExit("no Chromium: apt install chromium, or set CHROMIUM=/path/to/chrome")
    expect.set_options(timeout=60_000)
    rows, kept = [], {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, (task, before) in TASKS.items():
            now = measured(browser, address, task)
            then = _if_it_can(browser, earlier, before) if earlier and before else None
            missing = f"not within {_PATIENCE_MS // 1000} s" if before else "not tried"
            rows.append([name, *_shown(now), *(_shown(then) if then else (missing if earlier else "", "", ""))])
            click.echo(" ".join(rows[-1]), err=True)
            kept[name] = {"now": now, "earlier": then}
        browser.close()
    show("The tasks", ["task", "clicks", "keys", "seconds", "earlier: clicks", "keys", "seconds"], rows)
    save("tasks", kept)


def _if_it_can(browser: Browser, address: str, task: Task) -> tuple[int, int, float] | None:
    with suppress(TimeoutError):
        return measured(browser, address, task, _PATIENCE_MS)
    return None


def _shown(took: tuple[int, int, float]) -> tuple[str, str, str]:
    return str(took[0]), str(took[1]), f"{took[2]:.1f}"


if __name__ == "__main__":
    main()
