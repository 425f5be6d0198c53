from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import builders
import pytest
from feed_server import RETRACTED, UPDATED
from playwright.async_api import expect

from streams.core.model import (
    AlertKind,
    Category,
    Fact,
    Incident,
    Organ,
    Outcome,
    Passage,
    Segment,
    SittingKind,
    SittingStatus,
    Step,
    Tier,
)

pytestmark = pytest.mark.browser
NOW = datetime.now(UTC)

SHELLING = replace(
    builders.alert(
        "shelling", tier=Tier.URGENT, title="قصف مدفعي على أطراف المدينة الساحلية يوقع قتلى", detected=NOW, places=("SD",)
    ),
    score=71,
    categories=(Category.STRIKE, Category.CIVILIAN_HARM),
    passages=(
        Passage(
            "/headlines/0/value",
            0,
            (Segment("قصف مدفعي", "ar.strike.shelling"), Segment(" على أطراف المدينة الساحلية يوقع قتلى")),
        ),
        Passage(
            "/bodies/0/value",
            120,
            (
                Segment("وقال سكان إن المدفعية "),
                Segment("قصفت", "ar.strike.shell"),
                Segment(" الحي الشرقي فجر اليوم، ما أسفر عن "),
                Segment("مقتل 12 مدنيا", "ar.civilian_harm.killed"),
                Segment(" وإصابة آخرين بحسب مصادر طبية في المستشفى المركزي."),
            ),
        ),
    ),
    sources=tuple(
        replace(builders.carrier(f"urn:{n}", version=str(n)), outlet=name, published=NOW)
        for n, name in enumerate(["وكالة الميناء", "Coast Wire", "صحيفة الشرق", "Agence du Fleuve", "راديو المدينة"])
    ),
    origins=3,
)
SITTING = replace(
    builders.alert(
        "sitting",
        kind=AlertKind.UN_SESSION,
        tier=Tier.FLASH,
        language="en",
        title="Security Council to meet in emergency session on the coast",
        detected=NOW,
        places=(),
    ),
    categories=(),
    score=88,
    incident=Incident(
        "i",
        Organ.UNSC,
        SittingKind.EMERGENCY,
        SittingStatus.SCHEDULED,
        NOW.date(),
        "Sudan",
        ("France", "Norway"),
        None,
        (
            Step(
                SittingStatus.REQUESTED,
                "wire|urn:a|1",
                "Example Agency",
                NOW,
                "دعت فرنسا والنرويج إلى عقد جلسة طارئة لمجلس الأمن",
            ),
            Step(
                SittingStatus.SCHEDULED,
                "wire|urn:b|1",
                "Coast Wire",
                NOW,
                "The Council will hold an emergency session this evening",
            ),
        ),
    ),
    passages=(
        Passage(
            "/bodies/0/value",
            0,
            (
                Segment("The "),
                Segment("Council will hold an emergency session", "un.unsc"),
                Segment(" this evening, diplomats said."),
            ),
        ),
    ),
)


def _card(page, name):
    return page.locator(f"#alert-{name}")


async def _open(stage, page, query=""):
    await page.goto(f"{stage.server.url}/{query}")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    await page.evaluate("window.notReloaded = true")


async def _not_reloaded(page):
    assert await page.evaluate("window.notReloaded === true")


async def test_an_alert_appears_without_reload_with_its_matched_words_marked(stage, page, screenshot, pixel):
    await _open(stage, page)
    await expect(page.get_by_text("All quiet")).to_be_visible()
    await screenshot(page, "page-empty")
    await stage.newsroom.publish(SHELLING)
    card = _card(page, "shelling")
    await expect(card).to_be_visible()
    await expect(page.get_by_text("All quiet")).to_be_hidden()
    await expect(page.locator("#news")).to_have_text(f"New urgent alert: {SHELLING.title}")
    await stage.newsroom.publish(SITTING)
    await expect(_card(page, "sitting")).to_be_visible()
    await _not_reloaded(page)

    assert await card.locator("mark").all_inner_texts() == ["قصف مدفعي", "قصفت", "مقتل 12 مدنيا"]
    assert [await mark.get_attribute("title") for mark in await card.locator("mark").all()] == [
        "ar.strike.shelling",
        "ar.strike.shell",
        "ar.civilian_harm.killed",
    ]
    direction = "element => getComputedStyle(element).direction"
    assert await card.locator("h2").evaluate(direction) == "rtl"
    assert await card.locator("blockquote").evaluate(direction) == "rtl"
    assert await _card(page, "sitting").locator("h2").evaluate(direction) == "ltr"
    steps = _card(page, "sitting").locator(".life q")
    assert [await step.evaluate(direction) for step in await steps.all()] == ["rtl", "ltr"]
    assert await page.locator("html").evaluate(direction) == "ltr"

    await card.locator("blockquote mark").first.scroll_into_view_if_needed()
    image = await screenshot(page, "page-light")
    mark = await card.locator("blockquote mark").last.bounding_box()
    quote = await card.locator("blockquote").bounding_box()
    marked = await pixel(image, mark["x"] + 1.5, mark["y"] + mark["height"] / 2)
    plain = await pixel(image, quote["x"] + 8, quote["y"] + 4)
    assert marked == (255, 226, 122)
    assert plain == (247, 248, 250)


async def test_a_late_flash_is_told_as_late_in_words_until_news_of_now_comes(stage, page, screenshot):
    since = NOW - timedelta(minutes=90)
    late = replace(SHELLING, tier=Tier.FLASH, published=since, late=True)
    await stage.newsroom.publish(SITTING)
    await _open(stage, page)
    await stage.newsroom.publish(late)
    card = _card(page, "shelling")
    await expect(page.locator("#news")).to_have_text(f"New late flash alert: {late.title}")  # as a screen reader says it
    await expect(card.locator(".badges")).to_have_text(re.compile(r"^flash\s*late\s*Escalation$"))
    words = card.get_by_text("Told late, out of a backlog: first published")
    await expect(words).to_be_visible()
    await expect(words.locator("time")).to_have_attribute("datetime", since.isoformat(timespec="seconds"))
    await expect(words.locator("time")).to_have_attribute("data-ago", re.compile("hr. ago|hour"))
    await expect(_card(page, "sitting").get_by_text("late")).to_have_count(0)
    await screenshot(page, "page-late", full_page=True)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate(CONTRAST) == [], f"below 4.5:1 in the {scheme}"
    await stage.newsroom.publish(replace(late, type=UPDATED, sequence=2, late=False))
    await expect(card.get_by_text("updated")).to_be_visible()
    await expect(words).to_have_count(0)
    await expect(card.locator(".badge.late")).to_have_count(0)
    await _not_reloaded(page)


async def test_a_sitting_is_a_timeline_that_grows_while_one_looks(stage, page, screenshot):
    at = NOW - timedelta(hours=30)
    history = (
        *(replace(step, published=at + timedelta(hours=n)) for n, step in enumerate(SITTING.incident.history)),
        Step(SittingStatus.HELD, "wire|urn:c|1", "Agence du Fleuve", at + timedelta(hours=20), "Le Conseil a tenu sa réunion"),
        Step(SittingStatus.SCHEDULED, "wire|urn:d|1", "وكالة الميناء", at + timedelta(hours=21), "يعقد المجلس جلسة", moved=False),
    )
    facts = (Fact("requested_by", "France", ("wire|urn:a|1",)), Fact("requested_by", "Norway", ("wire|urn:b|1",)))
    incident = replace(
        SITTING.incident, status=SittingStatus.HELD, history=history, facts=facts, outcome=Outcome.VETOED, moved_from=at.date()
    )
    await stage.newsroom.publish(SITTING)
    await _open(stage, page)
    card = _card(page, "sitting")
    timeline = card.get_by_role("list", name="What was reported, in order")
    await expect(timeline.get_by_role("listitem")).to_have_count(2)
    await stage.newsroom.publish(replace(SITTING, type=UPDATED, sequence=2, incident=incident))
    await expect(timeline.get_by_role("listitem")).to_have_count(3)
    await _not_reloaded(page)
    assert await timeline.locator("strong").all_inner_texts() == ["requested", "scheduled", "held"]
    assert await timeline.locator(".outlet").all_inner_texts() == ["Example Agency", "Coast Wire", "Agence du Fleuve"]
    assert [await time.get_attribute("datetime") for time in await timeline.locator("time").all()] == [
        step.published.isoformat(timespec="seconds") for step in history[:3]
    ]
    direction = "element => getComputedStyle(element).direction"
    assert [await quote.evaluate(direction) for quote in await timeline.locator("q").all()] == ["rtl", "ltr", "ltr"]
    differ = card.get_by_role("list", name="Where reports differ").get_by_role("listitem")
    assert await differ.all_inner_texts() == [
        "Asked for by: France, according to Example Agency",
        "Asked for by: Norway, according to Coast Wire",
    ]
    late = card.get_by_text("يعقد المجلس جلسة")
    await expect(late).to_be_hidden()
    await card.get_by_text("1 more report", exact=True).click()
    await expect(late).to_be_visible()
    assert await late.evaluate(direction) == "rtl"
    await screenshot(page, "page-timeline", full_page=True)

    merged = replace(incident, merged_into="other")
    await stage.newsroom.publish(replace(SITTING, type=RETRACTED, sequence=3, incident=merged))
    await expect(card.get_by_role("link", name="another one")).to_have_attribute("href", "/v1/incidents/other")
    await expect(timeline).to_be_hidden()


async def test_an_update_takes_the_same_place_and_a_retraction_strikes_it(stage, page):
    await stage.newsroom.publish(SHELLING)
    await _open(stage, page)
    await stage.newsroom.publish(SITTING)
    await expect(page.locator(".card")).to_have_count(2)
    await _card(page, "shelling").locator("summary").click()
    await stage.newsroom.publish(replace(SHELLING, type=UPDATED, sequence=2, tier=Tier.FLASH, title="قصف جديد"))
    card = _card(page, "shelling")
    await expect(card.locator("h2")).to_have_text("قصف جديد")
    await expect(card).to_have_attribute("data-tier", "flash")
    assert await card.locator("details").evaluate("element => element.open"), "what was unfolded stays so"
    assert [await item.get_attribute("id") for item in await page.locator(".card").all()] == ["alert-sitting", "alert-shelling"]
    await stage.newsroom.publish(replace(SHELLING, type=RETRACTED, sequence=3))
    await expect(card).to_have_attribute("data-type", "alert.retracted")
    await expect(card.get_by_text("retracted")).to_be_visible()
    assert "line-through" in await card.locator("h2").evaluate("element => getComputedStyle(element).textDecorationLine")
    await expect(card.locator("blockquote").first).to_be_hidden()
    await _not_reloaded(page)
    await page.reload()
    await expect(page.locator(".card")).to_have_count(1)


async def test_what_happens_while_the_page_loads_is_not_lost(stage, page):
    await stage.newsroom.publish(SITTING)
    held = []

    async def late(route):
        await stage.newsroom.publish(SHELLING)  # after the list was rendered, before the script could ask for more
        held.append(route.request.url)
        await route.continue_()

    await page.route("**/static/live.js", late)
    await page.goto(f"{stage.server.url}/")
    await expect(_card(page, "shelling")).to_be_visible()
    assert len(held) == 1


async def test_the_page_shows_that_it_is_cut_off_and_catches_up_after_a_restart(stage, page):
    await _open(stage, page)
    await stage.newsroom.publish(SITTING)
    await expect(_card(page, "sitting")).to_be_visible()
    await stage.server.stop()
    await expect(page.locator("#connection")).to_have_text("Reconnecting…")
    await stage.newsroom.publish(SHELLING, replace(SITTING, type=UPDATED, sequence=2, title="It has begun"))
    await stage.server.start()
    await expect(page.locator("#connection")).to_have_text("Live", timeout=15_000)
    await expect(_card(page, "shelling")).to_be_visible()
    await expect(_card(page, "sitting").locator("h2")).to_have_text("It has begun")
    await expect(page.locator(".card")).to_have_count(2)
    await _not_reloaded(page)


async def test_the_page_comes_back_when_the_server_answered_without_redis(stage, page):
    await _open(stage, page)
    await stage.server.stop()
    stage.feed.down = True
    await stage.server.start(ready=False)
    async with page.expect_response(
        lambda response: "/fragments/stream" in response.url and response.status == 503, timeout=15_000
    ):
        pass
    stage.feed.down = False
    await stage.newsroom.publish(SHELLING)
    await expect(_card(page, "shelling")).to_be_visible(timeout=15_000)
    await _not_reloaded(page)


async def test_without_redis_the_page_says_so_and_loads_itself_when_it_is_back(stage, page):
    stage.feed.down = True
    await page.goto(f"{stage.server.url}/")
    await expect(page.get_by_role("alert")).to_contain_text("The alert log does not answer")
    stage.feed.down = False
    await expect(page.locator("#connection")).to_have_text("Live", timeout=15_000)


async def test_a_gap_replaces_the_whole_list(stage, page):
    await stage.newsroom.publish(SITTING, SHELLING)
    await _open(stage, page)
    await stage.server.stop()
    await stage.newsroom.publish(replace(SITTING, type=RETRACTED, sequence=2), builders.alert("third", title="ثالث"))
    while len(stage.log.entries) > 1:
        stage.log.entries.popleft()
    await stage.server.start()
    await expect(_card(page, "third")).to_be_visible(timeout=15_000)
    await expect(_card(page, "sitting")).to_have_count(0)
    await expect(page.locator(".card")).to_have_count(2)
    await _not_reloaded(page)


async def test_hostile_texts_stay_text(stage, page):
    hostile = replace(
        SHELLING,
        title='<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">',
        passages=(Passage("/bodies/0/value", 0, (Segment("<svg onload=alert(1)>", '"><script>'), Segment("</blockquote>"))),),
        sources=(replace(builders.carrier(), outlet="<b>bold</b>", url="javascript:document.title='owned'"),),
    )
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await _open(stage, page)
    await stage.newsroom.publish(hostile)
    card = _card(page, "shelling")
    await expect(card.locator("h2")).to_have_text(hostile.title)
    await expect(card.locator("mark")).to_have_text("<svg onload=alert(1)>")
    assert await card.locator("script, img, svg, b").count() == 0
    assert await card.locator(".sources a").count() == 0
    await page.reload()
    await expect(card.locator("h2")).to_have_text(hostile.title)
    assert await card.locator("script, img, svg, b").count() == 0
    assert (dialogs, await page.title()) == ([], "wirewatch – alerts")


async def test_filters_hold_for_what_comes_live_too(stage, page):
    await stage.newsroom.publish(SITTING)
    await _open(stage, page)
    await page.get_by_role("navigation", name="Filter alerts").get_by_role("link", name="Escalation").click()
    await page.wait_for_url("**/?kind=escalation")
    await expect(page.get_by_text("No alerts match this filter")).to_be_visible()
    await expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    await stage.newsroom.publish(builders.alert("other", kind=AlertKind.UN_SESSION), SHELLING)
    await expect(_card(page, "shelling")).to_be_visible()
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.get_by_role("link", name="Escalation")).to_have_attribute("aria-current", "true")


async def test_the_page_is_reached_by_keyboard_and_has_its_landmarks(stage, page):
    await stage.newsroom.publish(SHELLING)
    await _open(stage, page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the alerts")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#alerts")).to_be_focused()
    for role in ("banner", "main", "contentinfo"):
        await expect(page.get_by_role(role).first).to_be_visible()
    await expect(page.get_by_role("article", name=SHELLING.title)).to_be_visible()
    await expect(page.get_by_role("list", name="Alerts, newest first")).to_be_visible()


async def test_it_fits_a_phone_and_the_dark(stage, page, screenshot):
    await stage.newsroom.publish(SHELLING, SITTING, replace(SITTING, id="long", title="x" * 300, tier=Tier.INFO))
    await page.set_viewport_size({"width": 360, "height": 740})
    await _open(stage, page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await screenshot(page, "phone-light", full_page=True)
    await page.emulate_media(color_scheme="dark")
    await screenshot(page, "phone-dark", full_page=True)
    await page.set_viewport_size({"width": 1100, "height": 900})
    await screenshot(page, "page-dark", full_page=True)


async def test_contrast_is_enough_in_light_and_dark(stage, page):
    await stage.newsroom.publish(*(replace(SHELLING, id=tier, tier=tier) for tier in Tier), SITTING)
    await _open(stage, page)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        low = await page.evaluate(CONTRAST)
        assert low == [], f"below 4.5:1 in the {scheme}"


CONTRAST = """() => {
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const found = colour(getComputedStyle(element).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.body.querySelectorAll("*")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    if (!element.checkVisibility() || element.closest("noscript")) continue;
    const pair = [luminance(colour(getComputedStyle(element).color)), luminance(ground(element))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) low.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)} ${element.textContent.slice(0, 20)}`);
  }
  return low;
}"""
