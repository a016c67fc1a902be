"""A small world for tests: two schools, hosts, people in every role, two classes, posts. Invented throughout.

`World` names everything, so that a test reads as a story: `world.hr_precision`, `world.students[0]`, `world.post_turning`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from stdnum.cn import uscc

from alliance.kit.actors import SYSTEM, Actor
from alliance.kit.engine import DB
from alliance.kit.keys.secrets import Vault
from alliance.members.doors import second_factor
from alliance.members.keyrings import cover
from alliance.members.sign_in import Hasher
from alliance.privacy.model import CONSENT_VERSION
from alliance.privacy.telling import audience_of, present
from alliance.regulation import INSPECTION_ITEMS

PASSWORD = "Plum-blossom-7"
FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""The secret of every authenticator in the world."""
STARTS, ENDS = date(2027, 9, 6), date(2028, 3, 3)
"""The internship window of the world's posts."""
CHECKED = date(2027, 3, 1)
"""When everything of the host files was checked: within the year before the first day."""
ENTRY_YEAR = 2025
"""Of the classes that are due for placement."""

SPECIALTIES = {
    "660103": ("数控技术应用", "CNC technology"),
    "660301": ("机电技术应用", "Mechatronics"),
    "720201": ("护理", "Nursing"),
    "740101": ("旅游服务与管理", "Tourism services"),
}
OCCUPATIONS = {
    "6-18-01-01": ("车工", "Lathe operator"),
    "6-31-01-03": ("电工", "Electrician"),
    "4-14-01-02": ("医疗护理员", "Care assistant"),
    "4-03-01-01": ("前厅服务员", "Front desk clerk"),
}
INDUSTRIES = {
    "C3670": ("汽车零部件及配件制造", "Car parts", "C367"),
    "Q8411": ("综合医院", "General hospital", "Q841"),
    "L7263": ("劳务派遣服务", "Labour dispatch", "L726"),
    "H6110": ("旅游饭店", "Tourist hotel", "H611"),
    "P8336": ("中等职业学校教育", "Secondary vocational education", "P833"),
}
TOWNS = {"q01": ("东桥街道", "Dongqiao", 107.30, 30.30), "q02": ("河湾镇", "Hewan", 107.40, 30.20)}
LINKS = {
    ("660103", "6-18-01-01"): 1.0,
    ("660301", "6-18-01-01"): 0.6,
    ("660301", "6-31-01-03"): 1.0,
    ("720201", "4-14-01-02"): 1.0,
    ("740101", "4-03-01-01"): 1.0,
}


@dataclass
class World:
    """Ids of organisations and things, actors of people; logins are the attribute names with a dot for the underscore."""

    organisations: dict[str, UUID] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    classes: dict[str, UUID] = field(default_factory=dict)
    students: list[UUID] = field(default_factory=list)
    """Twelve CNC students of the centre's class, best grade first."""
    nurses: list[UUID] = field(default_factory=list)
    """Four nursing students of the health school."""
    posts: dict[str, UUID] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.actors[name.replace("_", ".", 1)]
        except KeyError:
            raise AttributeError(name) from None


ORGANISATIONS = {
    "centre": ("vocational_centre", "清溪示例职教中心", "Qingxi Model Vocational Centre", "P8336"),
    "health": ("health_school", "清溪示例卫生学校", "Qingxi Model Health School", "P8336"),
    "precision": ("enterprise", "清溪精密制造", "Qingxi Precision", "C3670"),
    "hotel": ("enterprise", "清溪湖宾馆", "Qingxi Lake Hotel", "H6110"),
    "hospital": ("enterprise", "清溪仁和医院", "Qingxi Renhe Hospital", "Q8411"),
    "dispatch": ("enterprise", "清溪人力派遣", "Qingxi Dispatch", "L7263"),
    "institute": ("research_institute", "清溪产业研究院", "Qingxi Institute", None),
    "association": (
        "industry_association",
        "清溪机械行业协会",
        "Qingxi Machinery Association",
        None,
    ),
    "bureau": ("authority", "清溪县教委", "Qingxi Education Bureau", None),
}
STAFF = {"precision": 138, "hotel": 60, "hospital": 240, "dispatch": 90}
PEOPLE = {  # login: (organisation, role)
    "secretary.centre": ("centre", "secretary"),
    "coordinator.centre": ("centre", "coordinator"),
    "colleague.centre": ("centre", "coordinator"),
    "instructor.centre": ("centre", "instructor"),
    "planner.centre": ("centre", "planner"),
    "coordinator.health": ("health", "coordinator"),
    "instructor.health": ("health", "instructor"),
    "hr.precision": ("precision", "hr"),
    "second.precision": ("precision", "hr"),
    "mentor.precision": ("precision", "mentor"),
    "hr.hotel": ("hotel", "hr"),
    "mentor.hotel": ("hotel", "mentor"),
    "hr.hospital": ("hospital", "hr"),
    "hr.dispatch": ("dispatch", "hr"),
    "researcher.institute": ("institute", "researcher"),
    "assessor.association": ("association", "assessor"),
    "authority.bureau": ("bureau", "authority"),
}
POSTS = {  # enterprise, title, occupation, specialties, head count, staff of the same type
    "turning": ("precision", "数控车削操作", "6-18-01-01", ("660103", "660301"), 6, 50),
    "milling": ("precision", "加工中心操作", "6-18-01-01", ("660103",), 4, 50),
    "wiring": ("precision", "产线设备点检", "6-31-01-03", ("660301", "660103"), 3, 20),
    "reception": ("hotel", "前厅接待", "4-03-01-01", ("740101",), 5, 20),
    "ward": ("hospital", "病区护理助理", "4-14-01-02", ("720201",), 10, 60),
}


def identity(name: str) -> UUID:
    """The same id for the same name in every run."""
    return uuid5(NAMESPACE_URL, f"hub-tests/{name}")


def credit_code(index: int) -> str:
    """A valid unified social credit code that belongs to nobody."""
    body = f"91500000MA{index:07d}"
    return body + uscc.calc_check_digit(body)


async def build_world(vault: Vault, hasher: Hasher) -> World:
    """Write the world as the hub itself, straight into the tables."""
    world = World()
    hashed = await hasher.hash(PASSWORD)
    async with DB.acting_for(SYSTEM):
        await _reference()
        for index, (key, (kind, name, name_en, industry)) in enumerate(ORGANISATIONS.items(), 1):
            world.organisations[key] = identity(key)
            await DB.connection().execute(
                "insert into organisation (id, kind, name, name_en, uscc, industry, town, address, created)"
                " values ($1, $2, $3, $4, $5, $6, 'q01', '', now())",
                identity(key),
                kind,
                name,
                name_en,
                credit_code(index),
                industry,
            )
        for key, staff in STAFF.items():
            await DB.connection().execute(
                "insert into staff_count (id, organisation, counted_on, staff, source) values (gen_random_uuid(), $1, '2026-01-01', $2, '')",
                identity(key),
                staff,
            )
        for login, (organisation, role) in PEOPLE.items():
            await _account(
                world, vault, hashed, login, organisation, role, identity(f"person {login}")
            )
        await _classes(world, vault, hashed)
        await _posts(world)
        await _files(world)
        await _told(world)
    return world


async def _reference() -> None:
    run = DB.execute_many
    await run(
        "insert into industry (code, name_zh, name_en, level, parent) values ($1, $2, $3, '小类', $4)",
        [(code, *names) for code, names in INDUSTRIES.items()],
    )
    await run(
        "insert into occupation (code, name_zh, name_en) values ($1, $2, $3)",
        [(c, *n) for c, n in OCCUPATIONS.items()],
    )
    await run(
        "insert into specialty (code, name_zh, name_en) values ($1, $2, $3)",
        [(c, *n) for c, n in SPECIALTIES.items()],
    )
    await run(
        "insert into town (code, name_zh, name_en, longitude, latitude, position) values ($1, $2, $3, $4, $5, 0)",
        [(c, *v) for c, v in TOWNS.items()],
    )
    await run(
        "insert into specialty_occupation (specialty, occupation, weight, source) values ($1, $2, $3, 'tests')",
        [(*pair, weight) for pair, weight in LINKS.items()],
    )


async def _account(
    world: World,
    vault: Vault,
    hashed: str,
    login: str,
    organisation: str,
    role: str,
    person: UUID,
    key: UUID | None = None,
) -> None:
    account, owner = identity(f"account {login}"), world.organisations[organisation]
    if key is None:
        key = vault.new_key()
        await DB.connection().execute(
            "insert into person (id, organisation, key, created) values ($1, $2, $3, now())",
            person,
            owner,
            key,
        )
    await DB.connection().execute(
        "insert into account (id, person, organisation, login, password_hash, name, active, created)"
        " values ($1, $2, $3, $4, $5, $6, true, now())",
        account,
        person,
        owner,
        login,
        hashed,
        vault.keyring(key).encrypt(login.title()),
    )
    await DB.connection().execute(
        "insert into role_grant (id, account, organisation, role) values ($1, $2, $3, $4)",
        identity(f"grant {login}"),
        account,
        owner,
        role,
    )
    if role in second_factor.ROLES:
        await second_factor.enrol(vault.keyring(key), account, FACTOR)
    world.actors[login] = Actor(
        role=role,
        person=person,
        organisation=owner,
        account=account,
        name=login.title(),
        organisation_name=ORGANISATIONS[organisation][1],
    )


async def _classes(world: World, vault: Vault, hashed: str) -> None:
    for school, specialty, name, count, into in (
        ("centre", "660103", "数控技术应用1班", 12, world.students),
        ("health", "720201", "护理1班", 4, world.nurses),
    ):
        owner = world.organisations[school]
        programme, group = identity(f"programme {school}"), identity(f"class {school}")
        world.classes[school] = group
        await DB.connection().execute(
            "insert into programme (id, school, specialty, years) values ($1, $2, $3, 3)",
            programme,
            owner,
            specialty,
        )
        await DB.connection().execute(
            "insert into school_class (id, school, programme, name, entry_year) values ($1, $2, $3, $4, $5)",
            group,
            owner,
            programme,
            name,
            ENTRY_YEAR,
        )
        for index in range(count):
            person, key = identity(f"student {school} {index}"), vault.new_key()
            ring = vault.keyring(key)
            await DB.connection().execute(
                "insert into person (id, organisation, key, created) values ($1, $2, $3, now())",
                person,
                owner,
                key,
            )
            await DB.connection().execute(
                "insert into student (id, person, school, school_class, number, pseudonym, name, identity_number,"
                " identity_mark, sex, born, town, grade, changed)"
                " values ($1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now())",
                person,
                owner,
                group,
                f"2025{index:04d}",
                f"{school[:1].upper()}-{index:05d}",
                ring.encrypt(f"学生{school}{index}"),
                ring.encrypt(f"身份{index}"),
                vault.mark(f"{school}{index}"),
                "FM"[index % 2],
                date(2009, 3, 1 + index),
                ("q01", "q02")[index % 2],
                95 - index * 3,
            )
            into.append(person)
            if index < 2:
                await _account(
                    world, vault, hashed, f"student{index}.{school}", school, "student", person, key
                )
        await DB.connection().execute(
            "insert into class_instructor (id, school, school_class, person, starts) values (gen_random_uuid(), $1, $2, $3, '2025-09-01')",
            owner,
            group,
            world.actors[f"instructor.{school}"].person,
        )
        guardian = identity(f"guardian {school}")
        await _account(world, vault, hashed, f"guardian.{school}", school, "guardian", guardian)
        await DB.connection().execute(
            "insert into guardianship (id, guardian, student) values (gen_random_uuid(), $1, $2)",
            guardian,
            into[0],
        )


async def _posts(world: World) -> None:
    for key, (enterprise, title, occupation, specialties, heads, staff) in POSTS.items():
        world.posts[key] = identity(f"post {key}")
        await DB.connection().execute(
            "insert into post (id, enterprise, kind, title, occupation, description, head_count, starts, ends, town, address,"
            " pay_monthly, hours_per_day, days_per_week, shift, staff_same_type, lodging, meals, labour_grade, hazards,"
            " works_holidays, tasks, wage_standard, lowest_tier, state, version, created, published)"
            " values ($1, $2, 'internship', $3, $4, '', $5, $6, $7, 'q02', '', 3200, 8, 5, 'day', $8, false, true, 2, '{}', false,"
            " E'点检\\n操作\\n自检', 4000, 2800, 'published', 1, now(), now())",
            identity(f"post {key}"),
            world.organisations[enterprise],
            title,
            occupation,
            heads,
            STARTS,
            ENDS,
            staff,
        )
        await DB.execute_many(
            "insert into post_specialty (id, post, specialty) values (gen_random_uuid(), $1, $2)",
            [(identity(f"post {key}"), code) for code in specialties],
        )


async def _told(world: World) -> None:
    """Everybody was shown the present privacy notice, and the students agreed to what needs it."""
    day = date(2026, 11, 30)
    shown = {
        (actor.person, present(audience_of(actor), day).audience): present(audience_of(actor), day)
        for actor in world.actors.values()
    }
    # also students without an account: some tests give them one
    shown |= {
        (student, "student"): present("student", day) for student in world.students + world.nurses
    }
    await DB.execute_many(
        "insert into notice_shown (id, person, audience, version, language, sha256, shown)"
        " values (gen_random_uuid(), $1, $2, $3, 'zh', $4, now())",
        [
            (person, audience, notice.version, notice.digests["zh"])
            for (person, audience), notice in shown.items()
        ],
    )
    guardians = {world.students[0]: world.guardian_centre, world.nurses[0]: world.guardian_health}
    students = [(one, "centre") for one in world.students] + [
        (one, "health") for one in world.nurses
    ]
    await DB.execute_many(
        "insert into consent (id, person, organisation, purpose, version, given_by, capacity, how, given)"
        " values (gen_random_uuid(), $1, $2, 'grade_to_host', $3, $4, $5, 'page', now())",
        [
            (student, world.organisations[school], CONSENT_VERSION, student, "self")
            for student, school in students
        ]
        + [
            (student, guardian.organisation, CONSENT_VERSION, guardian.person, "guardian")
            for student, guardian in guardians.items()
        ],
    )


async def _files(world: World) -> None:
    """Host files in order: checks of every enterprise, and each school's inspections, published list and arrangements."""
    hosts = [world.organisations[key] for key in STAFF]
    await DB.execute_many(
        "insert into host_check (id, host, organisation, kind, checked_on, good, details) values (gen_random_uuid(), $1, $1, $2, $3, true, $4::jsonb)",
        [
            (
                host,
                kind,
                CHECKED,
                '{"met": ["workplace", "safety", "mentors", "rest", "training"]}'
                if kind == "conditions"
                else "{}",
            )
            for host in hosts
            for kind in ("registration", "credit", "safety", "conditions")
        ],
    )
    items = ", ".join(f'"{code}": "ok"' for code in INSPECTION_ITEMS)
    for school in ("centre", "health"):
        owner, listed = world.organisations[school], identity(f"list {school}")
        writer = world.actors[f"coordinator.{school}"].person
        assert writer is not None
        await DB.connection().execute(
            "insert into host_list (id, school, title, decided_on, minutes, published_on) values ($1, $2, '名单', $3, '1', $3)",
            listed,
            owner,
            CHECKED,
        )
        words = await cover(writer, "yes")
        for host in hosts:
            await DB.connection().execute(
                "insert into inspection (id, school, host, inspected_on, visitors, items, passed, recorded_by)"
                " values (gen_random_uuid(), $1, $2, $3, $4, $5::jsonb, true, $6)",
                owner,
                host,
                CHECKED,
                await cover(writer, "教师"),
                f"{{{items}}}",
                writer,
            )
            await DB.connection().execute(
                "insert into host_list_entry (id, list, school, host) values (gen_random_uuid(), $1, $2, $3)",
                listed,
                owner,
                host,
            )
        await DB.execute_many(
            "insert into school_arrangement (id, school, kind, detail, since, recorded_by)"
            " values (gen_random_uuid(), $1, $2, $3, $4, $5)",
            [
                (owner, kind, words, CHECKED, writer)
                for kind in (
                    "leader",
                    "office",
                    "rules",
                    "emergency",
                    "channel_host",
                    "channel_guardian",
                    "channel_student",
                )
            ],
        )
