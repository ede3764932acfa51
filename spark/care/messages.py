"""Give every message its New York day and leave out copies of lines."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.business_day import business_day
from spark.revisions import is_repeated

SENDER_ROLES = ("caregiver", "care_team")
CHANNELS = ("app", "sms", "phone")


def messages(messages: DataFrame) -> DataFrame:
    message = ("_source.day", "message_id")
    # A file that breaks off within its last line may still have all fields, the last cut short.
    unknown = F.when(~F.col("sender_role").isin(*SENDER_ROLES), "sender role is unknown").when(
        ~F.col("channel").isin(*CHANNELS), "channel is unknown"
    )
    return (
        messages.withColumn("_dropped", F.when(is_repeated(messages, message), "same line again"))
        .withColumn("_rejected", unknown)
        .withColumn("sent_on", business_day("sent_at"))
    )
