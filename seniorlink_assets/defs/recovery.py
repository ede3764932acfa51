"""The job `recover`, which the UI can launch: what `seniorlink recover` does."""

from contextlib import nullcontext
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from seniorlink_assets.demo_report import lines_of
from seniorlink_assets.materialize import ALLOW_BREAKING_TAG
from seniorlink_assets.recovery.foreground import Foreground, prepare_steps
from seniorlink_assets.recovery.recover import fewest_spark_jobs, recover, spark_jobs
from seniorlink_assets.recovery.report import summary, to_table
from seniorlink_assets.recovery.scope import scope
from seniorlink_assets.sentence import SentenceError

_LAUNCHED_BY = "seniorlink/recovery"
"""The runs of a recovery have its own run's id as this tag."""


class Asked(dg.Config):
    """Everything, unless `keys` name some tables, with what lies below them, or `since` a day.

    With `allow_breaking` live tables are changed even if that may break their readers.
    """

    keys: list[str] = Field(default_factory=list)
    since: str | None = None
    allow_breaking: bool = False


@dg.op(required_resource_keys={"environment"})
def recover_what_is_not_up_to_date(context: dg.OpExecutionContext, config: Asked) -> None:
    bound = context.resources.environment
    try:
        first = date.fromisoformat(config.since) if config.since else None
        with Foreground.opened(bound.home, nullcontext(context.instance), "recover") as foreground:
            about = scope(bound, config.keys, first)
            plan = about.plan(bound, context.instance, allow_breaking=config.allow_breaking)
            context.log.info(summary(plan))
            prepare_steps()
            tags = {_LAUNCHED_BY: context.run_id}
            if config.allow_breaking:
                tags[ALLOW_BREAKING_TAG] = "true"
            done = recover(plan, foreground, lambda run, wanted: nullcontext(), tags)
    except (SentenceError, ValueError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    jobs, fewest = spark_jobs(done, bound), fewest_spark_jobs(done, bound)
    metadata: dict[str, Any] = {
        "plan": to_table(plan),
        "spark jobs": jobs,
        "minimum": fewest,
        "monolith": len(about.known),
        **{
            f"run {number}": dg.MetadataValue.dagster_run(one.run_id)
            for number, one in enumerate(done, 1)
        },
    }
    lines = lines_of(context.instance, plan, done, about.tables, bound)
    reasons = [line.reason for line in lines if line.reason]
    if not all(line.is_up_to_date for line in lines):
        raise dg.Failure(
            "; ".join(reasons) or "Something is at work on what is to be recovered",
            metadata=metadata,
            allow_retries=False,
        )
    context.add_output_metadata(metadata)


@dg.job(
    name="recover",
    executor_def=dg.in_process_executor,
    description=(
        "Computes exactly what is failed, missing or stale, over all landed days, and what lies "
        "below it. `seniorlink plan` shows what that is."
    ),
)
def recover_job() -> None:
    recover_what_is_not_up_to_date()
