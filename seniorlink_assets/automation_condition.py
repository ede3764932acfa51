"""When a table or extract is brought up to date by itself: when what it reads has changed."""

import dagster as dg

from seniorlink_assets.catalogue import Declared


def when_inputs_change(table: Declared) -> dg.AutomationCondition | None:
    """Requests what a changed input touches: of a daily table its day, of another table all of it.

    An input has changed when its data version has, so a rerun that made the same rows requests
    nothing. Daily tables follow their daily inputs only: a changed dimension does not recompute
    their history. None if no table changes it; what it reads from landing is the sensor's.
    """
    read = [given for given in table.inputs.values() if isinstance(given, Declared)]
    watched = [
        given for given in read if given.contract.partition_by or not table.contract.partition_by
    ]
    if not watched:
        return None
    condition = dg.AutomationCondition
    changed = (
        condition.data_version_changed() & ~condition.executed_with_root_target()
    ) | condition.will_be_requested()
    news = condition.any_deps_match(changed).allow(_keys(watched))
    # Only a request handles news, and not news of after it: a run that was at work meanwhile may
    # have resolved its inputs before. A request too many finds its snapshots and runs no Spark job.
    pending = (condition.newly_missing() | news).since(
        (condition.newly_requested() & ~news) | condition.initial_evaluation()
    )
    # Landing sets never have materializations, and one published day of an input is enough for an
    # unpartitioned table: eager's any_deps_missing would wait forever for both.
    ready = condition.all_deps_match(~condition.missing() | condition.will_be_requested())
    return (
        pending
        & ready.allow(_keys(read))
        & ~condition.any_deps_in_progress()
        & ~condition.in_progress()
    ).with_label("when inputs change")


def _keys(given: list[Declared]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(one.asset_key for one in given))
