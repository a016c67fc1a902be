"""Every page that a role can open, in both languages and widths: accessible, within its width, without complaint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from alliance.kit.keys.secrets import Vault
from alliance.kit.sheets.writing import write_xlsx
from alliance.programmes import importing
from tests.browser.conftest import Visitor
from tests.compliance.passing import broken_world
from tests.programmes.test_importing import HEAD, people
from tests.world import World

Visit = Callable[..., Awaitable[Visitor]]
Survey = Callable[..., Awaitable[None]]


async def test_hr_and_members_pages(survey: Survey, world: World) -> None:
    post = world.posts["turning"]
    for login, paths in (
        (None, ("/sign-in", "/nowhere", "/welcome/used-up")),
        (
            "hr.precision",
            (
                "/",
                "/posts",
                "/posts/new",
                f"/posts/{post}",
                "/candidates",
                "/interns",
                "/accounts",
                "/roles",
                "/password",
                "/organisations",
                f"/organisations/{world.organisations['precision']}",
            ),
        ),
        (
            "secretary.centre",
            (
                "/",
                "/organisations?kind=enterprise",
                "/organisations/new",
                "/accounts",
                "/search?q=清溪",
            ),
        ),
        ("planner.centre", ("/", "/rounds", f"/posts/{post}")),
        ("mentor.precision", ("/",)),
        ("researcher.institute", ("/",)),
    ):
        await survey(login, paths)


async def test_school_pages(survey: Survey, world: World, vault: Vault) -> None:
    rows = people(4)
    rows[1][2], rows[2][5], rows[3][4] = "110101200903070000", "月亮乡", "没有这个班"
    import_id = await importing.import_roster(
        world.coordinator_centre, vault, "2025级学生名单.xlsx", write_xlsx(HEAD, rows)
    )
    paths = (
        "/classes",
        f"/classes/{world.classes['centre']}",
        f"/students/{world.students[0]}",
        "/imports",
        f"/imports/{import_id}",
        "/specialties/660103",
    )
    await survey("coordinator.centre", paths)


async def test_compliance_pages(survey: Survey, world: World) -> None:
    await broken_world(world)
    for login, paths in (
        (
            "authority.bureau",
            (
                "/compliance?by=host",
                "/compliance?by=rule&opened=E01",
                "/compliance/findings",
                "/compliance/sheet",
                "/rules",
                "/rules/C06",
                "/",
            ),
        ),
        (
            "hr.precision",
            ("/compliance?by=school", "/compliance/findings?severity=stop", "/notices", "/"),
        ),
        ("coordinator.centre", ("/compliance", "/notices", "/")),
        ("student0.centre", ("/notices", "/rules/E01", "/preferences")),
    ):
        await survey(login, paths)


async def test_a_list_is_uploaded_checked_and_confirmed_in_the_browser(
    visit: Visit, world: World, vault: Vault
) -> None:
    window = await visit("coordinator.centre", "zh")
    page = window.page
    await window.open("/imports")
    rows = people(3)
    rows[0][2] = "110101200903070000"
    await page.set_input_files(
        "[name=file]",
        {
            "name": "名单.xlsx",
            "mimeType": "application/octet-stream",
            "buffer": write_xlsx(HEAD, rows),
        },
    )
    await page.click("form[action='/imports'] button[type=submit]")
    await page.wait_for_url("**/imports/*-*")
    # what the worker does; the page follows
    await importing.read(vault, UUID(page.url.rsplit("/", 1)[1]))
    await page.wait_for_selector("text=只导入无误的行")
    await page.click("text=只导入无误的行")
    await page.click("dialog .btn-primary")
    await page.wait_for_selector("text=新增 2 人")
    await window.look("import-done")


async def test_the_essential_tasks_work_without_javascript(
    chromium: object, address: str, world: World
) -> None:
    from tests.rounds.rounds import open_round
    from tests.world import PASSWORD

    round_id = await open_round(world, world.coordinator_centre, "centre", ["turning", "milling"])
    context = await chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )  # type: ignore[attr-defined]
    page = await context.new_page()
    await page.goto(f"{address}/sign-in")
    await page.fill("[name=login]", "student0.centre")
    await page.fill("[name=password]", PASSWORD)
    await page.click("form[action='/sign-in'] button")
    await page.click(f"form:has(input[name=post][value='{world.posts['milling']}']) button")
    from alliance.kit.engine import DB

    async with DB.acting_for(world.actors["student0.centre"]):
        assert (
            await DB.fetch_value("select post from preference where round = $1", round_id)
            == world.posts["milling"]
        )
    await context.close()
