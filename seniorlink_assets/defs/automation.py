"""When everything is brought up to date: the landing sensor and the nightly run."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from seniorlink_assets.calendar import ZONE
from seniorlink_assets.landing_sensor import evaluate
from seniorlink_assets.reaper import reap

_GRACE_SECONDS = 60

landing_sensor = dg.SensorDefinition(
    name="landing_sensor",
    evaluation_fn=evaluate,
    asset_selection=dg.AssetSelection.all(),
    required_resource_keys={"environment"},
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description=(
        "Materializes exactly the tables and days that a new, late or changed landing file "
        "touches. Turn it on together with the automation condition sensor, which brings what "
        "lies below up to date."
    ),
)

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    description="The day that has just ended of every daily table, and everything unpartitioned.",
)


@dg.schedule(
    job=nightly,
    cron_schedule="0 3 * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="At 03:00 where the company works, for the day that has just ended.",
)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    today = context.scheduled_execution_time.astimezone(ZoneInfo(ZONE)).date()
    ended = (today - timedelta(days=1)).isoformat()
    return dg.RunRequest(run_key=ended, partition_key=ended)


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    required_resource_keys={"environment"},
    description="Ends Spark jobs whose Dagster run is over, and nothing else.",
)
def job_reaper(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    environment = context.resources.environment
    ended = [*reap(environment, context.instance, grace_seconds=_GRACE_SECONDS)]
    for job in ended:
        context.log.info(f"Ended {job.entry.key} {job.entry.attempt}, which was {job.state}")
    return dg.SkipReason(f"{len(ended)} jobs were ended")
