"""Advertisements, the imports that bring them in, forecast runs with their series, what planners
add, how runs are judged."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    Bytea,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from alliance.kit.engine import DB
from alliance.kit.language import N_
from alliance.kit.problems import At
from alliance.members.tables import Organisation
from alliance.reference.tables import Town


class ForecastRun(Table, tablename="forecast_run", db=DB):
    """One forecast: what it saw (panels and their hash), how it was set, with which code, what came
    out (series, growth and replacement by year, the hash of their export, the fitted model), how
    the method did in the past, and the drivers that were in force when it ended. `yearly` says what
    growth and replacement came from, or why there are none; `learnt` by what the intervals of each
    level were widened, and for which misses."""

    id = UUID(primary_key=True, default=UUID4())
    number = Integer(default=None)
    state = Varchar(length=10, default="queued")
    step = Varchar(length=20, default="waiting")
    done = Integer(default=0)
    total = Integer(default=0)
    attempts = SmallInt(default=0)
    error = Text(null=True, default=None)
    seed = Integer(default=7)
    configuration = JSONB(default="{}")
    data_until = Varchar(length=7, null=True, default=None)
    first_month = Varchar(length=7, null=True, default=None)
    panel = Bytea(null=True, default=None)
    skill_panel = Bytea(null=True, default=None)
    place_panel = Bytea(null=True, default=None)
    use_panel = Bytea(null=True, default=None)
    panel_digest = Varchar(length=64, null=True, default=None)
    quality = JSONB(default="{}")
    scores = JSONB(default="{}")
    year_paths = Bytea(null=True, default=None)
    yearly = JSONB(default="{}")
    yearly_paths = Bytea(null=True, default=None)
    code = JSONB(default="{}")
    card = JSONB(default="{}")
    drivers = JSONB(default="[]")
    model = Bytea(null=True, default=None)
    learnt = JSONB(default="{}")
    result_digest = Varchar(length=64, null=True, default=None)
    organisation = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict)
    requested = Timestamptz(default=TimestamptzNow())
    requested_by = UUID(null=True, default=None)
    started = Timestamptz(null=True, default=None)
    finished = Timestamptz(null=True, default=None)

    forecast_run_number_key = Unique(["number"])
    forecast_run_state_check = Check(
        "state in ('queued', 'running', 'done', 'failed', 'cancelled')"
    )


class ForecastSeries(Table, tablename="forecast_series", db=DB):
    """One series of a run at one level, history and forecast by month and by year; `code` names it
    within its level. Of the next twelve months together `expected` is the sum of the months' means,
    which adds up over series, `coming` the median of the sum, which does not, `coming_low` and
    `coming_high` the ends of its 80 % interval, `change` what is expected against the `past`."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(ForecastRun, null=False, on_delete=OnDelete.cascade, index=True)
    level = Varchar(length=10, default=None)
    code = Varchar(length=80, default=None)
    occupation = Varchar(length=12, null=True, default=None)
    industry = Varchar(length=5, null=True, default=None)
    town = Varchar(length=12, null=True, default=None)
    skill = Varchar(length=60, null=True, default=None)
    observed = Array(base_column=DoublePrecision(), default=list)
    history = Array(base_column=DoublePrecision(), default=list)
    months = JSONB(default="{}")
    years = JSONB(default="{}")
    parts = JSONB(default="{}")
    breaks = JSONB(default="[]")
    changed = JSONB(default="{}")
    advertisements = Integer(default=0)
    repeated = Integer(default=0)
    past = DoublePrecision(default=0)
    expected = DoublePrecision(default=0)
    coming = DoublePrecision(default=0)
    coming_low = DoublePrecision(default=0)
    coming_high = DoublePrecision(default=0)
    change = DoublePrecision(null=True, default=None)
    change_low = DoublePrecision(null=True, default=None)
    change_high = DoublePrecision(null=True, default=None)
    rising = DoublePrecision(default=0)

    forecast_series_run_level_code_key = Unique(["run", "level", "code"])
    forecast_series_level_check = Check(
        "level in ('total', 'occupation', 'industry', 'town', 'cell', 'skill', 'use')"
    )


class ForecastYearly(Table, tablename="forecast_yearly", db=DB):
    """Growth and replacement by year of one occupation, one industry or the county, as a run
    computed them from members' staff: staff by past year, means and quantiles by year ahead, the
    leaving rate. What they came from stands in the run's `yearly`."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(ForecastRun, null=False, on_delete=OnDelete.cascade)
    level = Varchar(length=10, default=None)
    code = Varchar(length=80, default=None)
    stock = Array(base_column=DoublePrecision(), default=list)
    ahead = JSONB(default="{}")
    rate = JSONB(default="{}")

    forecast_yearly_run_level_code_key = Unique(["run", "level", "code"])
    forecast_yearly_level_check = Check("level in ('total', 'occupation', 'industry')")


class DemandDriver(Table, tablename="demand_driver", db=DB):
    """What a planner knows of the future, from a month on: advertised heads in all (`total`) or a
    month (`monthly`), a `share` of them more or less, or `hires`, persons who are really taken on.
    For an industry, a member, a town, a skill, or the county where all are empty. Kept apart from
    every forecast; how much of which occupation stands in its parts."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    title = Varchar(length=120, default=None)
    industry = Varchar(length=5, null=True, default=None)
    skill = Varchar(length=60, null=True, default=None)
    member = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict)
    town = ForeignKey(Town, null=True, default=None, on_delete=OnDelete.restrict)
    kind = Varchar(length=8, default=None)
    first_month = Varchar(length=7, default=None)
    months = Integer(null=True, default=None)
    lasting = Boolean(default=False)
    """Whether those hired stay as staff, whose leavers are then hired back."""
    probability = DoublePrecision(default=1)
    source = Varchar(length=300, default=None)
    state = Varchar(length=10, default="active")
    version = Integer(default=1)
    created = Timestamptz(default=TimestamptzNow())
    changed = Timestamptz(default=TimestamptzNow())
    changed_by = UUID(null=True, default=None)

    demand_driver_kind_check_v2 = Check("kind in ('total', 'monthly', 'share', 'hires')")
    demand_driver_state_check = Check("state in ('active', 'withdrawn')")
    demand_driver_months_check_v2 = Check(
        "(months is not null or kind in ('monthly', 'share')) and (months is null or months "
        "between 1 and 120)"
    )
    demand_driver_place_check_v2 = Check(
        "skill is null or (industry is null and member is null and town is null and kind <> "
        "'hires')"
    )
    demand_driver_lasting_check = Check("kind = 'hires' or not lasting")
    demand_driver_probability_check = Check(
        "probability > 0 and probability <= 1 and (kind = 'hires' or probability = 1)"
    )
    demand_driver_source_check = Check("length(source) >= 4")


class DemandDriverPart(Table, tablename="demand_driver_part", db=DB):
    """How much a driver brings of one occupation, of all where none is named: heads, a share (0.2
    is a fifth more), or hired persons, `low` and `high` being the ends of their 80 % interval.
    `turnover` is what share of the lasting staff leaves in a year; empty: the leaving rate of the
    occupation."""

    id = UUID(primary_key=True, default=UUID4())
    driver = ForeignKey(DemandDriver, null=False, on_delete=OnDelete.cascade)
    occupation = Varchar(length=12, null=True, default=None)
    low = DoublePrecision(null=True, default=None)
    middle = DoublePrecision(default=None)
    high = DoublePrecision(null=True, default=None)
    turnover = DoublePrecision(null=True, default=None)

    demand_driver_part_driver_occupation_key = Unique(
        ["driver", "occupation"], nulls_distinct=False
    )
    demand_driver_part_middle_check = Check("middle <> 0")
    demand_driver_part_order_check = Check(
        "(low is null) = (high is null) and (low is null or low >= 0 and low <= middle and middle "
        "<= high)"
    )
    demand_driver_part_turnover_check = Check("turnover between 0 and 2")


class ForecastScore(Table, tablename="forecast_score", db=DB):
    """How one run did in one month that has become complete, at one level, once written never
    changed. Sums over `series` series; `lead` is in months; `inside80`, `inside95` count truths in
    their interval among the `active` series; `rebased` is by what the truth was multiplied because
    sources came or went; `reach` is how far truths lay from the median in halves of the 80 %
    interval. The quantiles are kept for the county's total."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(ForecastRun, null=False, on_delete=OnDelete.cascade, index=True)
    month = Varchar(length=7, default=None)
    level = Varchar(length=10, default=None)
    lead = SmallInt(default=None)
    series = Integer(default=None)
    active = Integer(default=None)
    actual = DoublePrecision(default=None)
    predicted = DoublePrecision(default=None)
    absolute = DoublePrecision(default=None)
    squared = DoublePrecision(default=None)
    naive = DoublePrecision(default=None)
    inside80 = Integer(default=None)
    inside95 = Integer(default=None)
    quantiles = JSONB(default="{}")
    rebased = DoublePrecision(default=1)
    reach = JSONB(default="[]")
    scored = Timestamptz(default=TimestamptzNow())

    forecast_score_run_month_level_key = Unique(["run", "month", "level"])


class ForecastYearScore(Table, tablename="forecast_year_score", db=DB):
    """How one run did in one calendar year that has become complete, at one level, once written
    never changed; columns as of `ForecastScore`. `kind` is advertised `heads`, or `growth` of
    members' staff, whose sums may lie below zero. `lead` is in months from the run's last one to
    the year's end: below 12 the run had seen a part of the year."""

    id = UUID(primary_key=True, default=UUID4())
    run = ForeignKey(ForecastRun, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(length=6, default=None)
    year = Varchar(length=4, default=None)
    level = Varchar(length=10, default=None)
    lead = SmallInt(default=None)
    series = Integer(default=None)
    active = Integer(default=None)
    actual = DoublePrecision(default=None)
    predicted = DoublePrecision(default=None)
    absolute = DoublePrecision(default=None)
    squared = DoublePrecision(default=None)
    naive = DoublePrecision(default=None)
    inside80 = Integer(default=None)
    inside95 = Integer(default=None)
    quantiles = JSONB(default="{}")
    rebased = DoublePrecision(default=1)
    scored = Timestamptz(default=TimestamptzNow())

    forecast_year_score_run_kind_year_level_key = Unique(["run", "kind", "year", "level"])
    forecast_year_score_kind_check = Check("kind in ('heads', 'growth')")


class DriftAlarm(Table, tablename="drift_alarm", db=DB):
    """Coverage or bias has drifted: what was seen, in which months, who took note of it with which
    words, and the later run that repaired it; one that went on in a later alarm is `continued`."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(length=10, default=None)
    level = Varchar(length=10, default=None)
    percent = SmallInt(default=0)
    first_month = Varchar(length=7, default=None)
    last_month = Varchar(length=7, default=None)
    evidence = JSONB(default="{}")
    state = Varchar(length=12, default="open")
    raised = Timestamptz(default=TimestamptzNow())
    note = Text(default="")
    acknowledged = Timestamptz(null=True, default=None)
    acknowledged_by = UUID(null=True, default=None)
    repaired = Timestamptz(null=True, default=None)
    repaired_by = ForeignKey(ForecastRun, null=True, default=None, on_delete=OnDelete.restrict)

    drift_alarm_kind_check = Check("kind in ('coverage', 'bias')")
    drift_alarm_state_check_v2 = Check("state in ('open', 'repaired', 'continued')")
    drift_alarm_note_check_v2 = Check("note = '' or length(note) >= 4")


CONSTRAINTS: dict[str, str | At] = {
    "demand_driver_lasting_check": At("lasting", N_("Only hired persons stay as staff.")),
    "demand_driver_months_check_v2": At(
        "months",
        N_("Heads in all and hires need a number of months over which they come, at most 120."),
    ),
    "demand_driver_part_driver_occupation_key": At(
        "occupation-1", N_("One occupation stands in two rows. Put them together.")
    ),
    "demand_driver_part_fits": At(
        "middle-1",
        N_(
            "Hires name an occupation with low, middle and high; a share lies between −100 and "
            "1,000 per cent."
        ),
    ),
    "demand_driver_part_middle_check": At("middle-1", N_("Nothing is no driver.")),
    "demand_driver_part_order_check": At(
        "middle-1", N_("The three numbers must not fall: low, middle, high; none below zero.")
    ),
    "demand_driver_part_turnover_check": At(
        "turnover-1", N_("A turnover lies between 0 and 200 per cent a year.")
    ),
    "demand_driver_place_check_v2": At(
        "skill", N_("A skill has no industry, member or town beside it, and no hires.")
    ),
    "demand_driver_probability_check": At(
        "probability",
        N_("A probability lies above 0 and up to 100 per cent, and only hires have one."),
    ),
    "demand_driver_source_check": At("source", N_("Say where you know this from.")),
    "drift_alarm_note_check_v2": N_("Write what you found, in at least four characters."),
    "forecast_run_number_key": N_(
        "Another forecast run was asked for at the same moment. Try again."
    ),
}
"""Constraint name → the sentence for whoever ran into it."""
