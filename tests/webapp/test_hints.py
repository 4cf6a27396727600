"""What the page offers for a text: filters that it names, and a way on where nobody fits it."""

import html
import re

import pytest
from flask.testing import FlaskClient


def banner(web: FlaskClient, text: str, **more: str) -> str:
    page = web.get("/", query_string={"q": text, **more}).text
    found = re.search('class="banner".*?</section>', page, re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found[0]))) if found else ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PM", "PM may mean product manager · project manager"),
        ("SRE", "SRE may mean site reliability engineer"),
        ("prodct manger", "Did you mean product manager"),
        ("Krankenpfleger", "Krankenpfleger may mean registered nurse"),
        ("看護師", "看護師 may mean registered nurse"),
        ("Wir suchen jemanden, der Jodeln kann", "Write the text in English"),
        ("asdfghjkl", "Say in a few more words what the person does"),
        ("!!!", "Say in a few more words what the person does"),
    ],
)
def test_nobody_fits_and_what_to_do(web: FlaskClient, text: str, said: str) -> None:
    told = banner(web, text)
    assert said in told
    page = web.get("/", query_string={"q": text}).text
    if "Nobody here fits this text well" in told:
        assert page.count("probably doesn’t fit") == page.count('class="result"'), "and no percentage pretends"
        assert "<meter" not in page
    else:
        assert text in ("PM", "SRE"), "whom some call by that very word"


def test_a_typing_error_is_said_where_people_fit_too(web: FlaskClient) -> None:
    """By a word that stands in texts alone, and in no field."""
    text = "Data engineer with Kafkka"
    told = banner(web, text)
    assert "Did you mean Data engineer with Kafka" in told and "Nobody here fits" not in told
    results = web.get("/api/search", query_string={"q": text}).get_json()
    assert results["query"] == text and not all(each["weak"] for each in results["results"])
    assert not banner(web, "Data engineer with Kafka")
    assert not banner(web, "Data engineer with at least 5 years"), "a short word that no profile has is no error"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We look for a registered nurse for intensive care", "Your text seems to be in English."),
        (
            "Wir suchen eine Pflegekraft für die Intensivstation",
            "to be in German; people here are described in English.",
        ),
        ("Krankenpfleger", "to be in German; people here are described in English."),
        ("看護師", "to be in Japanese; people here are described in English."),
        ("asdfghjkl", ""),
    ],
)
def test_the_language_that_a_text_was_taken_for(web: FlaskClient, text: str, said: str) -> None:
    page = re.sub(r"\s+", " ", web.get("/", query_string={"q": text}).text)
    assert said in page and ("Your text seems to be in" in page) == bool(said)


@pytest.mark.parametrize("text", ["nurse", "data engineer", "a teacher of mathematics at a school"])
def test_who_fits_needs_no_banner(web: FlaskClient, text: str) -> None:
    assert not banner(web, text)


def test_the_way_on_keeps_the_filters(web: FlaskClient) -> None:
    page = web.get("/?q=prodct+manger&seniority=senior").text
    assert 'href="/?seniority=senior&amp;q=product+manager"' in page


def test_filters_in_the_text_are_offered_and_none_is_applied(web: FlaskClient) -> None:
    text = "product owner in Munich who speaks German with at least 5 years"
    page = web.get("/", query_string={"q": text}).text
    found = re.search('class="offers".*?</div>', page, re.DOTALL)
    assert found is not None
    offers = found[0]
    shown = re.findall("<bdi>([^<]+)</bdi>", offers)
    assert shown == ["at least 5 years’ experience", "role: product owner", "location: München", "languages: German"]
    assert "match all your filters" not in page
    links = [html.unescape(link) for link in re.findall('href="([^"]+)"', offers)]
    filtered = web.get(links[2]).text
    assert "location: <bdi>München</bdi>" in filtered and "<bdi>location: München</bdi>" not in filtered
    assert "years_min=5" in links[0] and "years’ experience: <bdi>at least 5</bdi>" in web.get(links[0]).text


def test_a_card_and_a_page_say_why(web: FlaskClient) -> None:
    """✓ for what the text asks for and the profile has, ✗ for what it lacks, and the sentences that come closest."""
    text = "nurse in Munich who speaks German or Farsi with at least 5 years"
    results = web.get("/api/search", query_string={"q": text}).get_json()["results"]
    page = web.get("/", query_string={"q": text}).text
    cards = re.findall(r'<li class="result".*?</article>', page, re.DOTALL)
    assert len(cards) == len(results)
    for card, result in zip(cards, results, strict=True):
        there = {html.unescape(text) for text in re.findall(r'class="there">.*?<bdi>([^<]+)</bdi>', card, re.DOTALL)}
        missing = {
            html.unescape(text) for text in re.findall(r'class="missing">.*?<bdi>([^<]+)</bdi>', card, re.DOTALL)
        }
        assert ("at least 5 years’ experience" in there) == (result["numbers"]["years"] >= 5)
        assert not {"years", "least"} & (there | missing)  # the field has said it
        said = web.get(f"/api/profiles/{result['id']}").get_json()["text"]
        for field, value in (("location", "München"), ("languages", "German"), ("languages", "Farsi")):
            named = value in result["tags"][field] or re.search(rf"\b{value}\b", said) is not None
            assert (value in there) == named and (value in there) != (value in missing)
    first = results[0]["id"]
    profile = web.get(f"/profiles/{first}", query_string={"q": text}).text
    why = profile[profile.index("Why this person") : profile.index('class="facts"')]
    assert "at least 5 years’ experience" in html.unescape(why) and "Closest to your text" in why
    told = web.get(f"/api/profiles/{first}").get_json()["text"]
    for sentence in re.findall('<li dir="auto">([^<]+)</li>', why):
        assert html.unescape(sentence).removesuffix("...") in told
    assert "Why this person" not in web.get(f"/profiles/{first}").text


def test_a_place_in_the_text_spoils_no_title_and_counts_as_no_word(web: FlaskClient) -> None:
    for text, role in (
        ("product manager in Berlin", "product manager"),
        ("data engineer in Berlin, 5 years", "data engineer"),
    ):
        found = web.get("/api/search", query_string={"q": text, "k": 1}).get_json()["results"]
        assert [person["tags"]["role"] for person in found] == [[role]], text
        assert not any("berlin" in person["words"]["matched"] for person in found)
        assert "<bdi>location: Berlin</bdi>" in web.get("/", query_string={"q": text}).text


def test_offers_and_marks_say_what_the_text_insists_on(web: FlaskClient) -> None:
    text = "Product owner for our payments team.\nMust have\n- German\nNice to have\n- French"
    page = web.get("/", query_string={"q": text}).text
    assert "<bdi>languages: German (required)</bdi>" in page and "<bdi>languages: French (nice to have)</bdi>" in page
    assert "<bdi>French</bdi> <small>nice to have</small>" in page
