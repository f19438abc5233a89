"""The palette and the keys, in a real browser and without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from salesgoals.demo.load import PASSWORD
from salesgoals.tests.browser import PHONE

pytestmark = pytest.mark.e2e
FIELD = "#palette [role=combobox]"
CHOSEN = "#palette [role=option][aria-selected=true]"


def test_palette_opens_on_a_key_finds_a_page_and_gives_focus_back(page_as):
    page = page_as("rep")
    page.goto("/targets/")
    page.get_by_role("link", name="Board").focus()
    page.keyboard.press("/")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.get_by_role("link", name="Board")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_be_focused()
    page.keyboard.type("aler")
    expect(page.locator(CHOSEN)).to_contain_text("Alerts")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tracking/alerts/")


def test_a_person_is_found_and_opened_by_keyboard_alone(page_as):
    page = page_as("director")
    page.keyboard.press("/")
    page.keyboard.type("sha02")
    person = page.locator("#palette-people-1")
    expect(person).to_contain_text("SHA02")
    expect(page.locator("#palette-status")).to_contain_text("sha02")
    name = person.locator(".palette-title").inner_text()
    while page.locator(FIELD).get_attribute("aria-activedescendant") != "palette-people-1":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/**")
    expect(page.locator("h1")).to_contain_text(name)


def test_enter_before_the_answer_leads_to_the_page_of_results(page_as):
    page = page_as("director")
    page.route("**/search/?q=*", lambda route: route.abort() if _is_palette(route) else route.continue_())
    page.keyboard.press("/")
    page.keyboard.type("sha02")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=sha02")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def _is_palette(route):
    return "hx-request" in route.request.headers


def test_letters_lead_to_the_pages_of_ones_menu_only(page_as):
    page = page_as("rep")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/crm/opportunities/")
    page.keyboard.press("g")
    page.keyboard.press("p")  # people are the leaders' page
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    expect(page.locator("#shortcuts")).not_to_contain_text("Go to People")
    assert page.url.endswith("/crm/opportunities/")


def test_letters_typed_into_a_field_are_letters(page_as):
    page = page_as("rep")
    page.goto("/crm/accounts/")
    field = page.locator("main input[name=q]")
    field.focus()
    page.keyboard.type("gh/?t")
    expect(field).to_have_value("gh/?t")
    assert page.url.endswith("/crm/accounts/")
    expect(page.locator(".modal.show")).to_have_count(0)


@pytest.fixture
def prefer(page):
    """Call to save preferences of who is signed in; afterwards they are as in the beginning."""

    def save(theme="light", density="comfortable", shortcuts=True):
        page.goto("/org/preferences/")
        page.get_by_label("Theme", exact=True).select_option(theme)
        page.get_by_label("Density").select_option(density)
        page.get_by_label("Keyboard shortcuts of single letters").set_checked(shortcuts)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()

    yield save
    save()


def test_letters_can_be_turned_off_and_the_palette_still_opens(page_as, prefer):
    page = page_as("finance")
    prefer(shortcuts=False)
    page.goto("/targets/")
    page.keyboard.press("?")
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_theme_and_density_follow_to_another_browser(page_as, prefer, chromium, site):
    page = page_as("finance")
    with page.expect_response("**/org/preferences/theme/") as kept:
        page.keyboard.press("t")
    assert kept.value.status == 204
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    prefer(theme="dark", density="compact")
    other = chromium.new_context(base_url=site).new_page()
    other.goto("/accounts/login/")
    other.get_by_label("Email").fill("finance@demo.example")
    other.get_by_label("Password").fill(PASSWORD)
    other.locator("main form button[type=submit]").click()
    other.wait_for_url(lambda url: "/accounts/login" not in url)
    expect(other.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(other.locator("html")).to_have_attribute("data-density", "compact")
    other.context.close()


def test_theme_of_the_device_is_followed(page_as, prefer):
    page = page_as("admin")
    page.emulate_media(color_scheme="dark")
    prefer(theme="system")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_phone_has_the_palette_behind_an_icon(page_as):
    page = page_as("manager")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Search").click()
    page.locator(FIELD).fill("a")
    page.locator("#palette-results [role=option]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
