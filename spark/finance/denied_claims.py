"""Keep the denied claims, with what their enrolment says."""

from pyspark.sql import DataFrame


def denied_claims(claims: DataFrame, enrolments: DataFrame) -> DataFrame:
    levels = enrolments.select("enrolment_id", "caregiver_id", "level")
    return (
        claims.where("status = 'denied'")
        .join(levels, "enrolment_id", "left")
        .select(
            "claim_id",
            "enrolment_id",
            "consumer_id",
            "caregiver_id",
            "programme_code",
            "level",
            "service_on",
            "billed_on",
            "units",
            "amount_usd",
        )
    )
